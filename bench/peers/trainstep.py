"""Time one step of gradient descent in PyTorch, for the networks of nn's BenchmarkTraining.

    /usr/bin/python3 bench/peers/trainstep.py [THREADS]
    go test ./nn -run - -bench Training
"""

import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


class Residual(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        stride = outputs // inputs
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.short = nn.Identity()
        if stride > 1:
            self.short = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(y)) + self.short(x))


def mnist():
    return nn.Sequential(
        nn.Conv2d(1, 16, 4, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 4, 2, 1), nn.ReLU(), nn.Flatten(),
        nn.Linear(1568, 100), nn.ReLU(), nn.Linear(100, 10))


def residual():
    return nn.Sequential(
        nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
        Residual(16, 16), Residual(16, 32), Residual(32, 64),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 17))


def step_times(net, shape, runs):
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
    x, labels = torch.randn(shape), torch.randint(10, shape[:1])
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        optimizer.zero_grad()
        F.cross_entropy(net(x), labels).backward()
        optimizer.step()
        times.append(1e3 * (time.perf_counter() - start))
    return times


def main(threads):
    torch.set_num_threads(threads)
    print(f"PyTorch {torch.__version__}, {threads} threads")
    for name, net, shape, runs in (("mnist-128", mnist(), (128, 1, 28, 28), 200), ("residual-64", residual(), (64, 3, 64, 64), 10)):
        times = step_times(net, shape, runs)
        print(f"{name}: median {statistics.median(times):.2f} ms, least {min(times):.2f} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2)
