#!/usr/bin/env python3
"""Compares what hoodwink writes as ONNX with what ONNX Runtime and PyTorch make of it. See README.md."""

import argparse
import glob
import os
import subprocess
import tempfile

import numpy as np
import onnx
import onnxruntime
import torch

import engines
import peers
import torchgraph

TOLERANCE = 1e-4  # of logits, in relation to the largest; of gradients, in relation to the norm in the median example
SKETCHBOOK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "model", "sketchbook", "model.onnx")


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--cases", metavar="DIR", help="check what 'go test ./onnx -run TestWrite$ -keep DIR' has left")
    p.add_argument("--hoodwink", metavar="PATH", help="check what this program exports")
    p.add_argument("--serve", metavar="PATH", help="the program built from bench/peers/serve")
    p.add_argument("--batch", type=int, default=8)
    a = p.parse_args()
    right = cases(a.cases) if a.cases else True
    if a.hoodwink and a.serve:
        with tempfile.TemporaryDirectory(prefix="exported") as folder:
            for name in ("googlenet", "squeezenet", "resnet20", "sketchbook"):
                right = network(a, name, os.path.join(folder, name)) and right
    if not right:
        raise SystemExit("error: not all agree")


def runtime(path, x):
    """ONNX Runtime's result for a batch."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: x})[0]


def apart(got, want):
    """The largest difference, in relation to the largest value."""
    return float(np.abs(got - want).max() / (np.abs(want).max() or 1)) if got.shape == want.shape else float("inf")


def cases(folder):
    """Single layers with an input and hoodwink's result, as batches of all sizes that there are."""
    right, worst, files = 0, 0.0, sorted(glob.glob(os.path.join(folder, "*.onnx")))
    for path in files:
        name = os.path.splitext(path)[0]
        x, want = np.load(name + ".x.npy"), np.load(name + ".y.npy")
        try:
            onnx.checker.check_model(onnx.load(path), full_check=True)
            d = max(apart(runtime(path, x[:n]), want[:n]) for n in {1, len(x)})
        except Exception as e:  # each library has its own
            print(f"{os.path.basename(name)}: {str(e).splitlines()[0][-200:]}")
            continue
        worst = max(worst, d)
        if d <= TOLERANCE:
            right += 1
        else:
            print(f"{os.path.basename(name)}: {d:.1e} apart")
    print(f"{right} of {len(files)} layers agree with ONNX Runtime {onnxruntime.__version__}, {worst:.1e} apart at most")
    return 0 < right == len(files)


def network(a, name, folder):
    """A whole network: its logits by ONNX Runtime and PyTorch, its gradient by PyTorch."""
    os.makedirs(folder)
    if name == "sketchbook":
        network, original, reach = ["-onnx", SKETCHBOOK], None, (0, 1)
    else:
        (definition, weights, original), reach = peers.files(name, folder), peers.MODELS[name][2]
        network = ["-caffe", definition, "-weights", weights]
    path = os.path.join(folder, "exported", name + ".onnx")
    subprocess.run([a.hoodwink, "models", "export", original or name, "-o", path, "--quiet"], check=True, stdout=subprocess.DEVNULL)
    onnx.checker.check_model(onnx.load(path), full_check=True)
    hoodwink = engines.Hoodwink(a.serve, network, a.batch, 2, folder)
    x = np.random.default_rng(1).uniform(*reach, hoodwink.shape).astype(np.float32)
    hoodwink.load(x)
    logits, grad = hoodwink.logits(), hoodwink.grad()
    hoodwink.close()
    leaf = torch.from_numpy(x).requires_grad_()
    y = torchgraph.Graph(path)(leaf).flatten(1)
    g = torch.autograd.grad(y[:, 0].sum(), leaf)[0].numpy()
    by_runtime, by_torch = (apart(v.reshape(logits.shape), logits) for v in (runtime(path, x), y.detach().numpy()))
    each = [np.linalg.norm(g[i] - grad[i]) / np.linalg.norm(grad[i]) for i in range(len(x))]
    print(f"{name}: logits of ONNX Runtime {onnxruntime.__version__} {by_runtime:.1e} apart, of PyTorch {torch.__version__} {by_torch:.1e}; "
          f"gradients of PyTorch {np.median(each):.1e} in the median example, {max(each):.1e} in the worst")
    return max(by_runtime, by_torch, float(np.median(each))) <= TOLERANCE and max(each) <= 1e-2


if __name__ == "__main__":
    main()
