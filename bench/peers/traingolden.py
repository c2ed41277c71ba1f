"""Write what ten steps of training come to in PyTorch: the golden tensors of nn's test.

The network is conv-bn-relu-pool-conv-bn-relu, a sum with what went in, an average and a
linear layer; the pictures and the weights it begins with are random numbers.

    /usr/bin/python3 bench/peers/traingolden.py nn/testdata/training
"""

import pathlib
import sys

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

STEPS, BATCH, SIZE, CHANNELS, CLASSES = 10, 6, 10, 18, 5


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, CHANNELS, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(CHANNELS)
        self.conv2 = nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(CHANNELS)
        self.fc = nn.Linear(CHANNELS, CLASSES)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 2)
        x = F.relu(self.bn2(self.conv2(x))) + x
        return self.fc(x.mean((2, 3)))


def flat(tensors):
    return np.concatenate([t.detach().numpy().ravel() for t in tensors])


def main(folder):
    torch.manual_seed(4)
    net = Net()
    for bn in (net.bn1, net.bn2):
        nn.init.uniform_(bn.weight, 0.5, 1.5)
        nn.init.normal_(bn.bias, std=0.3)
    x = torch.randn(STEPS, BATCH, 3, SIZE, SIZE)
    labels = torch.randint(CLASSES, (STEPS, BATCH))
    before = flat(net.parameters())
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    losses = []
    for pictures, wanted in zip(x, labels):
        optimizer.zero_grad()
        loss = F.cross_entropy(net(pictures), wanted)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    net.eval()
    bns = (net.bn1, net.bn2)
    results = {
        "pictures": x.numpy(),
        "labels": labels.numpy().astype(np.float32),
        "before": before,
        "after": flat(net.parameters()),
        "statistics": flat([t for bn in bns for t in (bn.running_mean, bn.running_var)]),
        "losses": np.array(losses, np.float32),
        "logits": net(x[0]).detach().numpy(),  # of the trained network, for inference
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, values in results.items():
        np.save(folder / f"{name}.npy", values)
    print(f"losses {losses}")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
