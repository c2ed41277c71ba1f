#!/usr/bin/env python3
"""Writes torchvision's networks as ONNX, with what PyTorch computes, and times them beside hoodwink. See README.md."""

import argparse
import os
import warnings

import export
import nets
import timing


def main():
    a = arguments()
    warnings.filterwarnings("ignore", "Lazy modules|torch.meshgrid")
    if a.command == "time":
        return timing.run(a.dir, a.names, a.batches, a.threads, a.runs, a.hoodwink)
    for name in a.names:
        little = a.command == "small"
        case = export.small(name) if little else export.full(name)
        paths = case.write(os.path.join(a.dir, name), a.opsets, short=little)
        print(export.describe(name, case, paths), flush=True)


def arguments():
    p = argparse.ArgumentParser(description=__doc__)
    commands = p.add_subparsers(dest="command", required=True)
    for command, about in (("export", "write full-sized networks: gigabytes"), ("small", "write small instances of the same")):
        c = commands.add_parser(command, help=about)
        place(c, "where to write")
        c.add_argument("--opsets", type=int, nargs="+", default=[11, 17], help="the last with a symbolic batch dimension")
    c = commands.add_parser("time", help="time forward and gradient of PyTorch and hoodwink, interleaved")
    place(c, "where export has written")
    c.add_argument("--batches", type=int, nargs="+", default=[1, 8])
    c.add_argument("--threads", type=int, default=2, help="of both")
    c.add_argument("--runs", type=int, default=15, help="rounds to take the median of")
    c.add_argument("--hoodwink", required=True, metavar="PATH", help="the program built from bench/peers/serve")
    a = p.parse_args()
    a.names = a.names or (timing.NAMES if a.command == "time" else nets.NAMES)
    if unknown := set(a.names) - set(nets.NAMES):
        p.error(f"no network {', '.join(sorted(unknown))}; there are {', '.join(nets.NAMES)}")
    return a


def place(command, about):
    command.add_argument("dir", help=about)
    command.add_argument("names", nargs="*", help="the networks, all if none is named")


if __name__ == "__main__":
    main()
