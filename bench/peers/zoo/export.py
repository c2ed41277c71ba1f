"""A network with what PyTorch makes of one picture, and the folder they are written to."""

import copy
import json
import os
import warnings

import numpy as np
import onnx
import torch

try:
    import onnxruntime
except ModuleNotFoundError:
    onnxruntime = None

import nets
import weights

# SwinV2 zeroes a part of a bias each time it runs, for which the exporter has no word; prepare has zeroed it for good.
torch.onnx.register_custom_op_symbolic("aten::zero", lambda g, x: x, 7)

LOGITS = 1e-4  # how far the logits of the file may be from PyTorch's, of the largest
LAST_OPSET = 17  # PyTorch 1.13 writes no later one
SEEDS = 20  # small networks: how many random ones are tried for a calm and lively one
COPIES = 2  # small pictures that are alone go to BLAS too
PICTURES = 6  # full networks: how many pictures are tried for a calm one
LIVELY = 0.5  # small networks: the share of the input that the logits must depend on
EXACT = 2e-6  # small networks: what rounding may do to the logits and the gradient
CALM = 1e-4  # what NUDGE may do to the gradient
NUDGE = 2e-6  # relative change of the input, larger than rounding


class Case:
    """A network, an input (1,3,S,S), its logits (1,K), a cotangent of these, and the input gradient it gives,
    in single precision and exact, in double.

    A rectifier near zero, or a window whose largest values are all but equal, lets rounding turn the gradient
    of a deep network by a percent. Such gradients do not compare, so noise and doubt measure how far PyTorch alone
    is from itself in double precision, and there from itself on an input next to this one.
    """

    def __init__(self, net, side, seed):
        g = torch.Generator().manual_seed(1000 + seed)
        self.net = net
        self.input = weights.pictures(1, side, g)
        with torch.no_grad():
            classes = net(self.input).shape[1]
        self.cotangent = torch.randn(1, classes, generator=g)
        self.logits, self.grad = self.run(net, self.input, COPIES)
        exact, x = copy.deepcopy(net).double(), self.input.double()
        logits, grad = self.run(exact, x)
        self.exact = grad.float()
        self.noise = {  # measured as compare does
            "logits": float((self.logits - logits).abs().max() / logits.abs().max()),
            "grad": float((self.grad - grad).norm() / grad.norm()),
        }
        self.doubt = self.noise["grad"]
        if self.doubt <= CALM:
            _, nudged = self.run(exact, x * (1 + NUDGE * torch.randn(x.shape, generator=g)))
            self.doubt = max(self.doubt, float((nudged - grad).norm() / grad.norm()))

    def run(self, net, x, copies=1):
        """The logits and the gradient of the first of some copies of the input."""
        x = x.repeat(copies, 1, 1, 1).requires_grad_()
        logits = net(x)[:1]
        (grad,) = torch.autograd.grad(logits, x, self.cotangent.to(x.dtype))
        return logits.detach(), grad[:1]

    def alive(self):
        """The share of the input that the logits depend on."""
        return float((self.grad != 0).float().mean())

    def about(self):
        return (f"logits up to {float(self.logits.abs().max()):.2g}, rounding {self.noise['logits']:.1e}; gradient of norm {float(self.grad.norm()):.2g}, "
                f"{self.alive():.0%} of it not 0, rounding {self.noise['grad']:.1e}, doubt {self.doubt:.1e}")

    def write(self, folder, opsets, short=False):
        """Writes .npy files, noise.json and an opsetN.onnx for each opset, of which it returns the paths."""
        os.makedirs(folder, exist_ok=True)
        for name in ("input", "logits", "cotangent", "grad") + (() if short else ("exact",)):
            np.save(os.path.join(folder, name + ".npy"), getattr(self, name).numpy())
        with open(os.path.join(folder, "noise.json"), "w") as f:
            json.dump(self.noise | {"doubt": self.doubt}, f)
            f.write("\n")
        paths = [self.export(folder, opset, symbolic=opset == opsets[-1]) for opset in opsets]
        for path in paths:
            model = onnx.load(path)
            if short:
                shorten(model.graph)
                onnx.save(model, path)
            onnx.checker.check_model(path)
            self.verify(path)
        return paths

    def verify(self, path):
        """Ends the program if ONNX Runtime, where installed, finds other logits in the file."""
        if onnxruntime is None:
            return
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        # Version 1.19's optimiser gets a Pad before an AveragePool wrong.
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        (logits,) = session.run(None, {"input": self.input.numpy()})
        apart = np.abs(logits - self.logits.numpy()).max() / np.abs(logits).max()
        if not apart <= LOGITS:
            raise SystemExit(f"error: {path}: ONNX Runtime's logits are {apart:.1e} apart from PyTorch's, allowed {LOGITS:g}")

    def export(self, folder, opset, symbolic):
        """Writes the network in the opset or, if that lacks an operator, the first later one that does not."""
        axes = {"input": {0: "batch"}, "logits": {0: "batch"}} if symbolic else None
        path = os.path.join(folder, f"opset{opset}.onnx")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of shapes that become constants
                torch.onnx.export(self.net, self.input, path, opset_version=opset, dynamic_axes=axes,
                                  input_names=["input"], output_names=["logits"])
        except torch.onnx.errors.UnsupportedOperatorError:
            if opset == LAST_OPSET:
                raise
            return self.export(folder, opset + 1, symbolic)
        return path


def shorten(graph):
    """Gives inner values short names and nodes none: in little networks names outweigh the weights."""
    names = {v.name: v.name for v in [*graph.input, *graph.output]} | {"": ""}
    short = lambda name: names.setdefault(name, f"v{len(names)}")
    for weight in graph.initializer:
        weight.name = short(weight.name)
    for node in graph.node:
        if any(a.HasField("g") for a in node.attribute):
            raise ValueError(f"{node.op_type} {node.name} has a graph of its own")
        node.name = ""
        node.input[:], node.output[:] = map(short, node.input), map(short, node.output)
    del graph.value_info[:]


def full(name):
    """A case with the calmest of some pictures."""
    net, side = nets.full(name)
    weights.prepare(net, side, seed=1)
    best = None
    for seed in range(1, PICTURES + 1):
        case = Case(net, side, seed)
        if best is None or case.doubt < best.doubt:
            best = case
        if best.doubt <= CALM:
            break
    return best


def small(name):
    """A case with random weights such that its gradient can be compared closely."""
    for seed in range(1, SEEDS + 1):
        net, side = nets.small(name)
        weights.prepare(net, side, seed)
        case = Case(net, side, seed)
        if max(case.noise.values()) <= EXACT and case.doubt <= CALM and case.alive() >= LIVELY:
            return case
    raise SystemExit(f"error: {name}: none of {SEEDS} random networks is calm and lively; of the last {case.about()}")


def describe(name, case, paths):
    """One line on what was written."""
    operators = set()
    for path in paths:
        operators |= {n.op_type for n in onnx.load(path, load_external_data=False).graph.node}
    size = sum(os.path.getsize(path) for path in paths)
    return f"{name}: {', '.join(map(os.path.basename, paths))}, {size / 1e6:.2f} MB; {case.about()}\n    {' '.join(sorted(operators))}"
