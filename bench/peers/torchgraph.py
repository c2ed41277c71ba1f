"""A PyTorch module made from an ONNX file, of the operators that hoodwink writes for networks of convolutions."""

import onnx
import torch
from onnx import numpy_helper
from torch.nn import functional as F


class Graph(torch.nn.Module):
    """The nodes of a file, which are in the order in which they run. The weights want no gradients."""

    def __init__(self, path):
        super().__init__()
        graph = onnx.load(path).graph
        self.nodes = [(n.op_type, list(n.input), list(n.output), {a.name: onnx.helper.get_attribute_value(a) for a in n.attribute})
                      for n in graph.node]
        unknown = sorted({op for op, *_ in self.nodes} - set(OPERATORS))
        if unknown:
            raise SystemExit(f"PyTorch: no operator {', '.join(unknown)}")
        self.constants = {t.name: torch.from_numpy(numpy_helper.to_array(t).copy()) for t in graph.initializer}
        self.input, self.output = graph.input[0].name, graph.output[0].name

    def forward(self, x):
        values = {**self.constants, self.input: x}
        for op, inputs, outputs, attributes in self.nodes:
            values[outputs[0]] = OPERATORS[op](*[values[i] for i in inputs], **attributes)
        return values[self.output]


def padded(x, pads, value=0.0):
    top, left, bottom, right = pads
    return F.pad(x, (left, right, top, bottom), value=value) if any(pads) else x


def conv(x, w, b=None, *, kernel_shape, strides, pads, dilations, group):
    return F.conv2d(padded(x, pads), w, b, strides, 0, dilations, group)


def max_pool(x, *, kernel_shape, strides, pads):
    return F.max_pool2d(padded(x, pads, -float("inf")), kernel_shape, strides)


def average_pool(x, *, kernel_shape, strides, pads, count_include_pad):
    y = F.avg_pool2d(padded(x, pads), kernel_shape, strides)
    if count_include_pad or not any(pads):
        return y
    return y / F.avg_pool2d(padded(torch.ones_like(x), pads), kernel_shape, strides)


def pad(x, pads, value, *, mode):
    assert mode == b"constant"
    pads = pads.reshape(2, -1).T.flip(0)  # PyTorch begins with the last axis
    return F.pad(x, pads.flatten().tolist(), value=value.item())


def cut(x, starts, ends, axes, steps):
    index = [slice(None)] * x.dim()
    for axis, *of in zip(axes.tolist(), starts.tolist(), ends.tolist(), steps.tolist()):
        index[axis] = slice(*of)
    return x[tuple(index)]


def lrn(x, *, size, alpha, beta, bias):
    return F.local_response_norm(x, size, alpha, beta, bias)


def gemm(x, w, b=None, *, transB):
    assert transB == 1
    return F.linear(x, w, b)


def reshape(x, shape):
    return x.reshape([x.shape[i] if d == 0 else d for i, d in enumerate(shape.tolist())])


OPERATORS = {
    "Conv": conv,
    "MaxPool": max_pool,
    "AveragePool": average_pool,
    "GlobalAveragePool": lambda x: x.mean((2, 3), keepdim=True),
    "LRN": lrn,
    "Pad": pad,
    "Slice": cut,
    "Gemm": gemm,
    "Relu": F.relu,
    "Add": torch.add,
    "Sub": torch.sub,
    "Mul": torch.mul,
    "Concat": lambda *x, axis: torch.cat(x, axis),
    "Flatten": lambda x, axis: x.flatten(axis),
    "Reshape": reshape,
    "Identity": lambda x: x,
    "Cast": lambda x, to: x.float(),
}
