"""Caffe's two files: the prototxt, text that defines the layers, and the caffemodel with their weights."""

import re

import numpy as np

import wire

# Field numbers of Caffe's messages.
NET_NAME, NET_V1_LAYERS, NET_LAYER = 1, 2, 100
LAYER_NAME, LAYER_TYPE, LAYER_BLOBS = 1, 2, 7
V1_LAYER_NAME, V1_LAYER_BLOBS = 4, 6
BLOB_NUM, BLOB_WIDTH, BLOB_DATA, BLOB_SHAPE = 1, 4, 5, 7
SHAPE_DIM = 1


def read_weights(path):
    """Reads a caffemodel of either encoding: {layer: [arrays]}."""
    with open(path, "rb") as f:
        net = wire.message(f.read())
    weights = {}
    for number, name, blobs in ((NET_LAYER, LAYER_NAME, LAYER_BLOBS), (NET_V1_LAYERS, V1_LAYER_NAME, V1_LAYER_BLOBS)):
        for layer in map(wire.message, net.get(number, [])):
            weights[wire.text(layer, name)] = [blob(b) for b in layer.get(blobs, [])]
    return weights


def blob(data):
    fields = wire.message(data)
    if BLOB_SHAPE in fields:
        shape = wire.integers(wire.message(fields[BLOB_SHAPE][0]), SHAPE_DIM)
    else:
        shape = [fields[n][0] for n in range(BLOB_NUM, BLOB_WIDTH + 1)]
    return wire.floats(fields, BLOB_DATA).reshape(shape)


def write_weights(path, name, layers):
    """Writes a caffemodel of layers (name, type, [arrays])."""
    with open(path, "wb") as f:
        f.write(wire.encode(NET_NAME, name))
        for layer, kind, blobs in layers:
            data = wire.encode(LAYER_NAME, layer) + wire.encode(LAYER_TYPE, kind)
            for b in blobs:
                shape = b"".join(wire.encode(SHAPE_DIM, n) for n in b.shape)
                values = np.ascontiguousarray(b, "<f4").tobytes()
                data += wire.encode(LAYER_BLOBS, wire.encode(BLOB_SHAPE, shape) + wire.encode(BLOB_DATA, values))
            f.write(wire.encode(NET_LAYER, data))


TOKEN = re.compile(r'#[^\n]*|"([^"]*)"|([{}])|([^\s{}:"#]+)|[\s:]+')


def read_prototxt(path):
    """Reads the layers of a prototxt, each a dict {field: [values]}; values are text or dicts."""
    with open(path) as f:
        source = f.read()
    root = {}
    stack, field = [root], None
    for token in TOKEN.finditer(source):
        string, brace, word = token.groups()
        if brace == "}":
            stack.pop()
        elif brace == "{":
            stack[-1].setdefault(field, []).append({})
            stack.append(stack[-1][field][-1])
            field = None
        elif word is not None and field is None:
            field = word
        elif word is not None or string is not None:
            stack[-1].setdefault(field, []).append(word if string is None else string)
            field = None
    if "layer" not in root:
        raise SystemExit(f"{path}: no layers spelled `layer`, the only spelling read here")
    return root["layer"]


def scores_layer(layers):
    """The name of the layer that makes the logits: the last before a softmax."""
    last = [l for l in layers if l["type"][0] != "Softmax"][-1]
    return last["name"][0]
