#!/usr/bin/env python3
"""Writes the ONNX project's tests of single operators as networks that hoodwink takes.

    python3 collect.py DIR

A test has inputs and outputs of any shape and type. Here every output becomes a file of its own, twice where that
is possible:

    DIR/picture/NAME.K.onnx   output K of test NAME; the first floating-point input comes from the picture, (1,n)
    DIR/known/NAME.K.onnx     all inputs are known values, to which a picture of zeros, (1,k), is added

The other inputs are known values. The output is cast to float and flattened; what comes from a picture is also negated,
so that the file does not end in a softmax. Beside each file lie the picture, NAME.K.in.npy, and what the test
wants, NAME.K.out.npy, with the tolerance of results of fewer bits, NAME.K.rounding.npy. skipped.txt says which tests cannot be written so, and why.
"""

import os
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.backend.test.case.node import collect_testcases

FLOATS = {TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE, TensorProto.BFLOAT16}
ROUNDING = {TensorProto.FLOAT16: 2**-9, TensorProto.BFLOAT16: 2**-6}  # of results, where float32 is more exact
LARGEST = 1 << 18  # values of an input or output


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    out = sys.argv[1]
    for mode in ("picture", "known"):
        os.makedirs(os.path.join(out, mode), exist_ok=True)
    skipped, tests = [], 0
    for case in sorted(collect_testcases(None), key=lambda c: c.name):
        if case.kind != "node":
            continue
        tests += 1
        if why := write(case, out):
            skipped.append(f"{case.name}: {why}\n")
    with open(os.path.join(out, "skipped.txt"), "w") as f:
        f.writelines(skipped)
    print(f"{tests} tests, {len(skipped)} of them without tensors of numbers that can be judged")


def write(case, out):
    """Writes the files of a test, and returns why there is none, or None."""
    graph = case.model.graph
    inputs, outputs = case.data_sets[0]
    values = []
    for info, value in zip(graph.input, inputs):
        value = array(value)
        if value is None:
            return f"its input {info.name} is no tensor"
        values.append((info, value))
    written = False
    for k, (info, want) in enumerate(zip(graph.output, outputs)):
        want = array(want)
        if want is None or want.dtype.kind not in "fiub" and str(want.dtype) != "bfloat16" or not 0 < want.size <= LARGEST:
            continue
        rounding = ROUNDING.get(info.type.tensor_type.elem_type)
        want = want.astype(np.float32)
        name = f"{case.name}.{k}"
        picture = next((i for i, (info, v) in enumerate(values) if info.type.tensor_type.elem_type in FLOATS and 0 < v.size <= LARGEST), None)
        if picture is not None:
            save(case.model, values, picture, info.name, want, rounding, os.path.join(out, "picture", name))
        save(case.model, values, None, info.name, want, rounding, os.path.join(out, "known", name))
        written = True
    return None if written else "none of its outputs is a tensor of numbers"


def array(value):
    if isinstance(value, onnx.TensorProto):
        value = numpy_helper.to_array(value)
    if isinstance(value, (int, float, np.generic)):
        value = np.asarray(value)
    return value if isinstance(value, np.ndarray) and value.dtype.kind != "O" else None


def save(model, values, picture, output, want, rounding, path):
    m = onnx.ModelProto()
    m.CopyFrom(model)
    graph = m.graph
    if not any(o.domain in ("", "ai.onnx") for o in m.opset_import):
        m.opset_import.append(helper.make_opsetid("", 18))
    wrap = lambda op, ins, outs, **attrs: helper.make_node(op, ins, [f"hw_{o}" for o in outs], **attrs)
    constant = lambda name, v: graph.initializer.append(numpy_helper.from_array(np.asarray(v), f"hw_{name}"))
    before, x = [], np.zeros((1, want.size), np.float32)
    del graph.input[:], graph.output[:]
    for i, (info, value) in enumerate(values):
        typ = info.type.tensor_type.elem_type
        if i != picture:
            graph.initializer.append(numpy_helper.from_array(value, info.name))
            continue
        x = value.astype(np.float32).reshape(1, -1)
        constant("shape", np.array(value.shape, np.int64))
        before.append(wrap("Reshape", ["hw_picture", "hw_shape"], ["shaped"]))
        before.append(helper.make_node("Cast", ["hw_shaped"], [info.name], to=typ))
    graph.input.append(helper.make_tensor_value_info("hw_picture", TensorProto.FLOAT, ["n", x.size]))
    constant("row", np.array([1, -1], np.int64))
    after = [wrap("Cast", [output], ["float"], to=TensorProto.FLOAT), wrap("Reshape", ["hw_float", "hw_row"], ["flat"])]
    after.append(wrap("Neg", ["hw_flat"], ["result"]) if picture is not None else wrap("Add", ["hw_picture", "hw_flat"], ["result"]))
    nodes = before + list(graph.node) + after
    del graph.node[:]
    graph.node.extend(nodes)
    graph.output.append(helper.make_tensor_value_info("hw_result", TensorProto.FLOAT, ["n", want.size]))
    onnx.save(m, path + ".onnx")
    np.save(path + ".in.npy", x)
    if rounding:
        np.save(path + ".rounding.npy", np.float32([rounding]))
    np.save(path + ".out.npy", (-want if picture is not None else want).reshape(1, -1))


if __name__ == "__main__":
    main()
