"""Times the zoo's networks in hoodwink and PyTorch, interleaved, with the engines and the measuring of peers.py."""

import argparse
import os
import re
import sys
import tempfile

import torch

import nets
import weights

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))
import engines
import peers

NAMES = ["resnet50", "mobilenet_v2", "densenet121", "vit_b_16"]
EXAMPLES = 8  # at least this many have to agree before anything is timed

# Random weights tie more often than trained ones: any picture's gradient has a few rectifiers that rounding turns.
LIMITS = peers.LIMITS | {"gradient": (peers.euclidean, 1e-2, 3e-2)}


class Torch(engines.Torch):
    """A module that is at hand."""

    def __init__(self, net, threads):
        torch.set_num_threads(threads)
        self.torch, self.net = torch, net
        self.name = f"PyTorch {torch.__version__}" + (", reference BLAS" if engines.reference_blas() else "")


def run(folder, names, batches, threads, runs, serve):
    for name in names:
        path = latest(os.path.join(folder, name))
        net, side = nets.full(name)
        weights.prepare(net, side, seed=1)  # export's
        net.requires_grad_(False)
        for batch in batches:
            print(peers.markdown(measure(name, net, side, path, batch, threads, runs, serve)), flush=True)


def latest(folder):
    """The file of the highest opset."""
    files = {int(m[1]): f for f in sorted(os.listdir(folder)) if (m := re.fullmatch(r"opset(\d+)\.onnx", f))}
    if not files:
        raise SystemExit(f"error: no opset*.onnx in {folder}: write it with zoo.py export")
    return os.path.join(folder, files[max(files)])


def measure(name, net, side, path, batch, threads, runs, serve):
    g = torch.Generator().manual_seed(1)
    inputs = [weights.pictures(batch, side, g).numpy() for _ in range(-(-EXAMPLES // batch))]
    with tempfile.TemporaryDirectory(prefix="zoo") as folder:
        hoodwink, peer = engines.Hoodwink(serve, ["-onnx", path], batch, threads, folder), Torch(net, threads)
        agreement = peers.check(hoodwink, [peer], inputs, LIMITS)
        times, peaks = peers.measure(hoodwink, [peer], runs)
        hoodwink.close()
    about = argparse.Namespace(model=name, batch=batch, threads=threads, runs=runs)
    return peers.summary(about, hoodwink, times, peaks, agreement)
