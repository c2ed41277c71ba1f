"""Protocol buffers on the wire, as much of them as Caffe's and ONNX's files of weights need.

A message is read as a dict {field number: [values]}; a value is an int, or a memoryview of the
bytes of a fixed-width number, a string, a packed list or a nested message.
"""

import numpy as np

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


def message(data):
    """Reads the fields of one message."""
    data = memoryview(data)
    fields, at = {}, 0
    while at < len(data):
        tag, at = varint(data, at)
        number, kind = tag >> 3, tag & 7
        if kind == VARINT:
            value, at = varint(data, at)
        else:
            if kind == BYTES:
                size, at = varint(data, at)
            elif kind in (FIXED32, FIXED64):
                size = 4 if kind == FIXED32 else 8
            else:
                raise ValueError(f"field {number} has the wire type {kind}")
            if at + size > len(data):
                raise ValueError(f"field {number} is cut off")
            value, at = data[at:at + size], at + size
        fields.setdefault(number, []).append(value)
    return fields


def varint(data, at):
    """Reads the number at a position; returns it and the position behind it."""
    value, shift = 0, 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def text(fields, number):
    """The string in a field, "" if there is none."""
    return bytes(fields[number][-1]).decode() if number in fields else ""


def integers(fields, number):
    """A repeated integer, packed or not."""
    out = []
    for value in fields.get(number, []):
        if isinstance(value, int):
            out.append(value)
            continue
        at = 0
        while at < len(value):
            v, at = varint(value, at)
            out.append(v)
    return out


def floats(fields, number):
    """A repeated float32, packed or not."""
    return np.frombuffer(b"".join(fields.get(number, [])), "<f4")


def encode(number, value):
    """Writes one field: an int, or bytes or text with its length."""
    if isinstance(value, int):
        return encode_varint(number << 3 | VARINT) + encode_varint(value)
    if isinstance(value, str):
        value = value.encode()
    return encode_varint(number << 3 | BYTES) + encode_varint(len(value)) + value


def encode_varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
