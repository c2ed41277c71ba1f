"""Time an epoch of plain training of the MNIST network of arXiv:2001.03994: PyTorch beside hoodwink.

    go build -o hoodwink ./cmd/hoodwink
    HOODWINK_DATA=DATA /usr/bin/python3 bench/peers/mnistepoch.py ./hoodwink [THREADS] [ROUNDS]

An epoch is 600 steps of Adam on batches of 100, and the accuracy on the 10,000 test pictures. Rounds of two
epochs each alternate between the two; what is printed are medians of the second epochs, and the least.
"""

import gzip
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

BATCH = 100
RATE = 0.005


def idx(name, header):
    path = os.path.join(os.environ["HOODWINK_DATA"], "datasets", "mnist", name)
    opened = gzip.open(path + ".gz") if os.path.exists(path + ".gz") else open(path, "rb")
    with opened as f:
        return np.frombuffer(f.read(), np.uint8, offset=header).copy()


def part(name):
    x = idx(f"{name}-images-idx3-ubyte", 16).reshape(-1, 1, 28, 28)
    return torch.from_numpy(x).float() / 255, torch.from_numpy(idx(f"{name}-labels-idx1-ubyte", 8)).long()


def torch_epochs(train, test, epochs):
    net = nn.Sequential(
        nn.Conv2d(1, 16, 4, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 4, 2, 1), nn.ReLU(), nn.Flatten(),
        nn.Linear(1568, 100), nn.ReLU(), nn.Linear(100, 10))
    optimizer = torch.optim.Adam(net.parameters(), lr=RATE)
    x, y = train
    for _ in range(epochs):
        start = time.perf_counter()
        net.train()
        order = torch.randperm(len(x))
        for i in range(0, len(x), BATCH):
            rows = order[i:i + BATCH]
            optimizer.zero_grad()
            F.cross_entropy(net(x[rows]), y[rows]).backward()
            optimizer.step()
        net.eval()
        with torch.no_grad():
            right = sum((net(test[0][i:i + BATCH]).argmax(1) == test[1][i:i + BATCH]).sum().item() for i in range(0, len(test[0]), BATCH))
        seconds = time.perf_counter() - start
    return seconds, right / len(test[0])


def hoodwink_epochs(program, threads, epochs):
    with tempfile.TemporaryDirectory() as out:
        lines = subprocess.run(
            [program, "train", "--data", "mnist", "--arch", "cnn", "--batch", str(BATCH), "--rate", str(RATE), "--schedule", "constant",
             "--epochs", str(epochs), "--evaluate", "0", "--threads", str(threads), "--json", "--quiet", "--out", os.path.join(out, "net")],
            check=True, capture_output=True, text=True).stdout.splitlines()
    last = json.loads(lines[epochs - 1])
    return last["seconds"], last["test_accuracy"]


def main(program, threads=2, rounds=5):
    torch.set_num_threads(threads)
    train, test = part("train"), part("t10k")
    times = {"PyTorch " + torch.__version__: [], "hoodwink": []}
    for _ in range(rounds):
        for (name, list), run in zip(times.items(), (lambda: torch_epochs(train, test, 2), lambda: hoodwink_epochs(program, threads, 2))):
            seconds, accuracy = run()
            list.append(seconds)
            print(f"{name}: {seconds:.2f} s, test accuracy {100 * accuracy:.2f} %", flush=True)
    theirs, ours = times.values()
    for name, list in times.items():
        print(f"{name}, {threads} threads: median {statistics.median(list):.2f} s, least {min(list):.2f} s")
    print(f"ratio of the medians {statistics.median(theirs) / statistics.median(ours):.2f}")


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
