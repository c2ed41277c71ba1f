#!/usr/bin/env python3
"""Converts the CIFAR-10 ResNet-20 from ONNX to Caffe's formats, which every peer reads or is built from.

A shortcut that drops every second pixel and pads the channels with zeros becomes one convolution,
1x1 with the stride 2, whose weights are ones and zeros: Caffe has no layer that pads channels. The zeros
are taken to be the same number on both sides; peers.py compares the result with the ONNX file itself.
"""

import argparse
import os

import numpy as np

import caffemodel
import wire

# Field numbers of ONNX's messages.
MODEL_GRAPH = 7
GRAPH_NODE, GRAPH_INITIALIZER, GRAPH_INPUT = 1, 5, 11
NODE_INPUT, NODE_OUTPUT, NODE_NAME, NODE_OP, NODE_ATTRIBUTE = 1, 2, 3, 4, 5
ATTRIBUTE_NAME, ATTRIBUTE_INTS = 1, 8
TENSOR_DIMS, TENSOR_NAME, TENSOR_RAW = 1, 8, 9
VALUE_NAME = 1

INPUT = 'layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 32 dim: 32 } } }\n'


def convert(path, folder):
    """Writes deploy.prototxt and resnet20.caffemodel into a folder; returns their paths."""
    with open(path, "rb") as f:
        graph = wire.message(wire.message(f.read())[MODEL_GRAPH][0])
    c = Converter(graph)
    for data in graph[GRAPH_NODE]:
        c.node(wire.message(data))
    definition, weights = os.path.join(folder, "deploy.prototxt"), os.path.join(folder, "resnet20.caffemodel")
    with open(definition, "w") as f:
        f.write('name: "resnet20"\n' + INPUT + "".join(c.definition))
    caffemodel.write_weights(weights, "resnet20", c.weights)
    return definition, weights


class Converter:
    def __init__(self, graph):
        self.definition, self.weights = [], []
        self.blobs = {wire.text(wire.message(graph[GRAPH_INPUT][0]), VALUE_NAME): "data"}  # of ONNX's values
        self.channels = {"data": 3}
        self.subsampled = set()  # values that are every second pixel of their blob
        self.constants = {}
        for t in map(wire.message, graph[GRAPH_INITIALIZER]):
            shape = wire.integers(t, TENSOR_DIMS)
            self.constants[wire.text(t, TENSOR_NAME)] = wire.floats(t, TENSOR_RAW).reshape(shape)

    def node(self, n):
        op, name = wire.text(n, NODE_OP), wire.text(n, NODE_NAME).strip("/")
        inputs = [bytes(v).decode() for v in n.get(NODE_INPUT, [])]
        output = wire.text(n, NODE_OUTPUT)
        attributes = {wire.text(a, ATTRIBUTE_NAME): wire.integers(a, ATTRIBUTE_INTS)
                      for a in map(wire.message, n.get(NODE_ATTRIBUTE, []))}
        if not any(v in self.blobs for v in inputs) or op == "Shape":
            return  # arithmetic on shapes
        bottom = self.blobs[inputs[0]]
        if op == "Conv":
            filters, bias = self.constants[inputs[1]], self.constants[inputs[2]]
            self.convolution(name, bottom, filters, bias, attributes["strides"][0], attributes["pads"][0])
        elif op == "Gemm":
            w, b = self.constants[inputs[1]], self.constants[inputs[2]]
            self.layer(name, "InnerProduct", [bottom], f"inner_product_param {{ num_output: {len(b)} }}", [w, b])
        elif op == "Add":
            self.layer(name, "Eltwise", [bottom, self.blobs[inputs[1]]], "eltwise_param { operation: SUM }")
        elif op == "AveragePool":
            self.layer(name, "Pooling", [bottom], "pooling_param { pool: AVE global_pooling: true }")
        elif op == "Relu":
            self.layer(name, "ReLU", [bottom], top=bottom)
            name = bottom
        elif op == "Pad" and inputs[0] in self.subsampled:
            c = self.channels[bottom]
            filters = np.zeros((2 * c, c, 1, 1), np.float32)
            filters[c // 2 + np.arange(c), np.arange(c)] = 1
            self.convolution(name, bottom, filters, np.zeros(2 * c, np.float32), stride=2, pad=0)
        elif op == "Slice":
            name = bottom
            self.subsampled.add(output)
        elif op in ("Pad", "Reshape"):  # by nothing, and to a vector
            name = bottom
        else:
            raise SystemExit(f"resnet20: {name}: {op} is not converted")
        self.blobs[output] = name

    def convolution(self, name, bottom, filters, bias, stride, pad):
        settings = f"num_output: {len(bias)} kernel_size: {filters.shape[2]} stride: {stride} pad: {pad}"
        self.layer(name, "Convolution", [bottom], f"convolution_param {{ {settings} }}", [filters, bias])
        self.channels[name] = len(bias)

    def layer(self, name, kind, bottoms, settings="", weights=(), top=None):
        ends = " ".join([f'bottom: "{b}"' for b in bottoms] + [f'top: "{top or name}"'])
        self.definition.append(f'layer {{ name: "{name}" type: "{kind}" {ends} {settings} }}\n')
        self.channels.setdefault(name, self.channels[bottoms[0]])
        if len(weights) > 0:
            self.weights.append((name, kind, weights))


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("onnx")
    p.add_argument("folder", help="where deploy.prototxt and resnet20.caffemodel are written")
    a = p.parse_args()
    print(*convert(a.onnx, a.folder), sep="\n")


if __name__ == "__main__":
    main()
