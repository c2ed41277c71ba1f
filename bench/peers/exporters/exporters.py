#!/usr/bin/env python3
"""Writes networks of timm, torchvision and Keras as their users' exporters do, with what the frameworks compute.

    exporters.py timm-old DIR [NAME...]     timm through PyTorch's older exporter (TorchScript), opset 17
    exporters.py torch-new DIR [NAME...]    timm and torchvision through its newest (torch.export), all defaults
    exporters.py keras DIR [NAME...]        Keras' applications through model.export(format="onnx")

Each network is a folder with its .onnx and with input, logits, cotangent, grad and exact as .npy, for ../zoo/compare.
What a framework cannot export is said and left out; what is there already is not written again.
"""

import argparse
import contextlib
import gc
import glob
import io
import json
import logging
import os
import sys
import traceback
import warnings

import numpy as np

import networks

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
NUDGE = 1e-6  # relative change of the input
ROUNDING = 1e-7  # of weights
NUDGES = 4  # tries, of which the largest move counts


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("what", choices=["timm-old", "torch-new", "keras"])
    p.add_argument("dir")
    p.add_argument("names", nargs="*")
    a = p.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    if a.what == "keras":
        os.environ.setdefault("KERAS_BACKEND", "tensorflow")
        todo = [(n, lambda n=n: keras(n, a.dir)) for n in networks.KERAS]
    elif a.what == "timm-old":
        todo = [(n, lambda n=n: pytorch(n, *networks.timm_net(n), a.dir, newest=False)) for n in networks.TIMM]
    else:
        todo = [("timm_" + n, lambda n=n: pytorch("timm_" + n, *networks.timm_net(n), a.dir, newest=True)) for n in networks.BOTH]
        todo += [(n, lambda n=n: pytorch(n, *networks.torchvision_net(n), a.dir, newest=True)) for n in networks.TORCHVISION]
    for name, write in todo:
        if a.names and name not in a.names or glob.glob(os.path.join(a.dir, name, "*.onnx")):
            continue
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                write()
            print(f"{name}: written", flush=True)
        except Exception as e:
            if os.environ.get("TRACE"):
                traceback.print_exc()
            print(f"{name}: not exported: {type(e).__name__}: {str(e).strip().splitlines()[:1]}", flush=True)
        gc.collect()


def pytorch(name, net, side, folder, newest):
    sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "zoo"))
    import torch

    import weights

    torch.set_num_threads(weights.THREADS)
    g = torch.Generator().manual_seed(1)
    networks.enliven(net, weights.pictures(4, side, g), seed=1)
    x = weights.pictures(1, side, g)
    with torch.no_grad():
        cotangent = torch.randn(net(x).shape, generator=g)
    logits, grad = gradient(net, x, cotangent)
    noise, kept = Noise(logits, grad), [p.detach().clone() for p in net.parameters()]
    for _ in range(NUDGES):
        with torch.no_grad():
            for p, k in zip(net.parameters(), kept):
                p.copy_(k * (1 + ROUNDING * torch.randn(k.shape, generator=g)))
        noise.add(*gradient(net, x * (1 + NUDGE * torch.randn(x.shape, generator=g)), cotangent))
    with torch.no_grad():
        for p, k in zip(net.parameters(), kept):
            p.copy_(k)
    at = os.path.join(folder, name)
    save(at, noise, input=x, logits=logits, cotangent=cotangent, grad=grad, exact=grad)
    path = os.path.join(at, "new.onnx" if newest else "old.onnx")
    if newest:
        torch.onnx.export(net, (x,), path, dynamo=True, verbose=False)
    else:
        torch.onnx.export(net, (x,), path, dynamo=False, opset_version=17, input_names=["input"], output_names=["logits"],
                          dynamic_axes={"input": {0: "batch"}, "logits": {0: "batch"}})


class Noise:
    """How far results move when input and weights change by some rounding: no other engine can be nearer.

    Exporters fold batch norms into weights, which rounds all of them anew.
    """

    def __init__(self, logits, grad):
        self.logits, self.grad = np.asarray(logits), np.asarray(grad)
        self.most = {"logits": 0.0, "grad": 0.0}

    def add(self, logits, grad):
        apart = {
            "logits": np.abs(np.asarray(logits) - self.logits).max() / np.abs(self.logits).max(),
            "grad": np.linalg.norm(np.asarray(grad) - self.grad) / np.linalg.norm(self.grad),
        }
        self.most = {k: max(self.most[k], float(apart[k])) for k in apart}


def gradient(net, x, cotangent):
    """The logits of the first of two copies of a picture, and what the cotangent gives there."""
    import torch

    x = x.repeat(2, 1, 1, 1).requires_grad_()  # one picture alone goes to BLAS, which rounds otherwise
    logits = net(x)[:1]
    (grad,) = torch.autograd.grad(logits, x, cotangent)
    return logits.detach(), grad[:1]


def save(at, noise, **arrays):
    os.makedirs(at, exist_ok=True)
    for name, value in arrays.items():
        np.save(os.path.join(at, name + ".npy"), np.asarray(value))
    with open(os.path.join(at, "noise.json"), "w") as f:
        json.dump(noise.most, f)


def keras(name, folder):
    import tensorflow as tf

    import keras

    keras.backend.clear_session(free_memory=True)
    keras.utils.set_random_seed(1)
    net, shape = networks.keras_net(name)
    for layer in net.layers:  # batch norms and biases that say something
        for w in layer.weights:
            if w.ndim == 1:
                value = np.asarray(w) + np.random.default_rng(w.shape[0]).uniform(-0.1, 0.1, w.shape)
                w.assign(np.abs(value) + 0.5 if "variance" in w.path else value)
    rng = np.random.default_rng(1)
    x = rng.uniform(0, 255 if name == "convnet28" else 1, (1, *shape)).astype(np.float32)
    tail = net.layers[-1]
    if getattr(tail, "activation", None) is keras.activations.softmax:
        tail.activation = keras.activations.linear  # logits as the reference; the file has the softmax
        scores = keras.Model(net.inputs, tail(tail.input) if name != "convnet28" else net(net.inputs[0]))
    else:
        scores = net
    cotangent = rng.standard_normal(scores(x, training=False).shape).astype(np.float32)

    def run(x):
        v = tf.Variable(x.astype(np.float32))
        with tf.GradientTape() as tape:
            logits = scores(v, training=False)
            total = tf.reduce_sum(logits * cotangent)
        return logits.numpy(), tape.gradient(total, v).numpy()

    logits, grad = run(x)
    noise, kept = Noise(logits, grad), net.get_weights()
    for _ in range(NUDGES):
        net.set_weights([w * (1 + ROUNDING * rng.standard_normal(w.shape)).astype(w.dtype) for w in kept])
        noise.add(*run(x * (1 + NUDGE * rng.standard_normal(x.shape))))
    net.set_weights(kept)
    if scores is not net or name == "convnet28":
        tail.activation = keras.activations.softmax
    at = os.path.join(folder, name)
    save(at, noise, input=x, logits=logits, cotangent=cotangent, grad=grad, exact=grad)
    net.make_predict_function()
    net(x)
    net.export(os.path.join(at, "keras.onnx"), format="onnx", verbose=False)


if __name__ == "__main__":
    main()
