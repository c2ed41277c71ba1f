#!/usr/bin/env python3
"""Times hoodwink and its peers on the same network, side by side. See README.md."""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time

import numpy as np

import caffemodel
import engines
import resnet20

# The networks: files under HOODWINK_MODELS, and how far the values of an input reach, from and to.
MODELS = {
    "googlenet": ("bvlc_googlenet/deploy.prototxt", "bvlc_googlenet/bvlc_googlenet.caffemodel", (-120, 135)),
    "squeezenet": ("squeezenet_v1.1/deploy.prototxt", "squeezenet_v1.1/squeezenet_v1.1.caffemodel", (-120, 135)),
    "resnet20": ("cifar10_resnet20/cifar10_resnet20.onnx", None, (-2, 2)),
}
CHECKED = 8  # examples that are compared, at least
THE_FILE = "the ONNX file, run by ONNX Runtime"
PAUSE = 0.05  # seconds before a measurement: threads of the engine before may spin on for a while


def main():
    a = arguments()
    with tempfile.TemporaryDirectory(prefix="peers") as folder:
        definition, weights, original = files(a.model, folder)
        hoodwink = engines.Hoodwink(a.hoodwink, ["-caffe", definition, "-weights", weights], a.batch, a.threads, folder)
        batches = -(-CHECKED // a.batch)
        inputs = np.random.default_rng(1).uniform(*MODELS[a.model][2], (batches, *hoodwink.shape)).astype(np.float32)
        peers = make_peers(definition, weights, inputs[0], a.threads, folder)
        reader = original and make("ONNX Runtime on the ONNX file", inputs[0], lambda: engines.OnnxRuntime(original, a.threads))
        agreement = check(hoodwink, peers, inputs)
        if reader:
            agreement[THE_FILE] = check(hoodwink, [reader], inputs)[reader.name]
        times, peaks = measure(hoodwink, peers, a.runs)
        result = summary(a, hoodwink, times, peaks, agreement)
        hoodwink.close()
    print(markdown(result))
    if a.json:
        with open(a.json, "w") as f:
            json.dump(result, f, indent=2)


def arguments():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--model", required=True, choices=MODELS)
    p.add_argument("--batch", type=int, default=1)
    p.add_argument("--threads", type=int, default=2, help="of every engine")
    p.add_argument("--runs", type=int, default=15, help="rounds to take the median of")
    p.add_argument("--hoodwink", required=True, metavar="PATH", help="the program built from bench/peers/serve")
    p.add_argument("--json", metavar="FILE", help="also write the figures here")
    a = p.parse_args()
    if min(a.batch, a.threads, a.runs) < 1:
        p.error("--batch, --threads and --runs want at least 1")
    return a


def files(model, folder):
    """Paths of a prototxt and a caffemodel, and of the ONNX file they were converted from or None."""
    root = os.environ.get("HOODWINK_MODELS")
    if not root:
        raise SystemExit("error: HOODWINK_MODELS is not set: it names the folder with the model files")
    definition, weights, _ = MODELS[model]
    if weights:
        return os.path.join(root, definition), os.path.join(root, weights), None
    original = os.path.join(root, definition)
    return *resnet20.convert(original, folder), original


def make_peers(definition, weights, x, threads, folder):
    """All peers whose library is there, with the batch loaded."""
    scores = caffemodel.scores_layer(caffemodel.read_prototxt(definition))

    def runtime():
        exported = os.path.join(folder, "exported.onnx")
        torch.export(exported)
        return engines.OnnxRuntime(exported, threads)

    torch = make("PyTorch", x, lambda: engines.Torch(definition, weights, threads))
    opencv = make("OpenCV", x, lambda: engines.OpenCV(definition, weights, scores, threads))
    if not torch:
        print("ONNX Runtime: left out, PyTorch would write its file", file=sys.stderr)
    return [p for p in (torch, opencv, torch and make("ONNX Runtime", x, runtime)) if p]


def make(name, x, new):
    try:
        engine = new()
    except ModuleNotFoundError as e:
        print(f"{name}: not installed ({e}), left out", file=sys.stderr)
        return None
    engine.load(x)
    return engine


def check(hoodwink, peers, inputs, limits=None):
    """Compares what all compute on some batches: {engine: {"logits" or "gradient": {"median", "worst"}}}."""
    own, limits = outputs(hoodwink, inputs), limits or LIMITS
    return {p.name: {what: compare(p.name, what, got, own[what], limits[what]) for what, got in outputs(p, inputs).items()}
            for p in peers}


def outputs(engine, inputs):
    """The logits of all examples and, where there are any, the gradients, one example a row."""
    out = {}
    for x in inputs:
        engine.load(x)
        out.setdefault("logits", []).extend(engine.logits())
        if hasattr(engine, "grad"):
            out.setdefault("gradient", []).extend(engine.grad())
    return {what: np.array([r.ravel() for r in rows], np.float64) for what, rows in out.items()}


def largest(rows):
    return np.abs(rows).max(1)


def euclidean(rows):
    return np.linalg.norm(rows, axis=1)


# How far an example's values may be apart: a norm, the limit for the median example and the one for the worst.
# Where two values tie to the last bit, rectifiers and max-pooling send the gradient one way or the other:
# a few examples' gradients differ by thousandths between any two orders of the same sums.
LIMITS = {"logits": (largest, 1e-3, 1e-3), "gradient": (euclidean, 1e-3, 1e-2)}


def compare(name, what, got, want, limits):
    """Differences of the rows relative to what is wanted; ends the program if they are too large."""
    if got.shape != want.shape:
        raise SystemExit(f"error: {name}: {what} of shape {got.shape}, hoodwink's {want.shape}. Nothing was timed.")
    norm, median, worst = limits
    scale = norm(want)
    apart = norm(got - want) / np.where(scale > 0, scale, np.nan)
    result = {"median": float(np.median(apart)), "worst": float(apart.max())}
    if not (result["median"] <= median and result["worst"] <= worst):
        example = apart.argmax()  # the first NaN, if there is one
        at = np.abs(got[example] - want[example]).argmax()
        raise SystemExit(f"error: {name} and hoodwink disagree: {what} apart by {result['median']:.2g} in the median example and "
                         f"{result['worst']:.2g} in the worst, allowed are {median:g} and {worst:g}; example {example}, value {at} "
                         f"is {got[example, at]:.6g}, hoodwink's {want[example, at]:.6g}. Nothing was timed.")
    return result


def measure(hoodwink, peers, runs):
    """Interleaves everything: {engine: {"forward": [ms], "gradient": [ms]}} and the peaks in GFLOP/s.

    Every measurement follows a pause and one run that is not counted, so that all find their caches
    as in a loop of their own and nobody else's threads awake.
    """
    times = {e.name: {} for e in [hoodwink, *peers]}
    peaks = []
    for _ in range(runs):
        time.sleep(PAUSE)
        peaks.append(hoodwink.peak())
        for e in [hoodwink, *peers]:
            for what in ("forward", "gradient"):
                if hasattr(e, what):
                    time.sleep(PAUSE)
                    run = getattr(e, what)
                    run()
                    times[e.name].setdefault(what, []).append(run())
    return times, peaks


def summary(a, hoodwink, times, peaks, agreement):
    """Everything that is reported. Arithmetic is hoodwink's count, two operations a multiply-add; a gradient does it twice."""
    result = {"model": a.model, "batch": a.batch, "threads": a.threads, "runs": a.runs, "hoodwink": hoodwink.name,
              "macs": hoodwink.macs, "peak_gflops": statistics.median(peaks), "agreement": agreement, "engines": {}}
    own = {what: statistics.median(t) for what, t in times[hoodwink.name].items()}
    for name, kinds in times.items():
        result["engines"][name] = engine = {}
        for what, t in kinds.items():
            ms = statistics.median(t)
            gflops = (2 if what == "forward" else 4) * hoodwink.macs / ms / 1e6
            engine[what] = {"ms": ms, "ratio": ms / own[what], "gflops": gflops, "share": gflops / result["peak_gflops"], "all_ms": t}
    return result


def markdown(r):
    lines = [f"### {r['model']}, batch {r['batch']}, {r['threads']} threads, median of {r['runs']} rounds", "",
             "| engine | forward ms | of hoodwink's | gradient ms | of hoodwink's | logits apart | gradients apart | worst |",
             "|---|---:|---:|---:|---:|---:|---:|---:|"]
    for name, e in r["engines"].items():
        cells = [name]
        for what in ("forward", "gradient"):
            cells += [f"{e[what]['ms']:.2f}", f"{e[what]['ratio']:.2f}"] if what in e else ["–", "–"]
        apart = r["agreement"].get(name, {})
        for what, which in (("logits", "worst"), ("gradient", "median"), ("gradient", "worst")):
            cells.append(f"{apart[what][which]:.1e}" if what in apart else "–")
        lines.append("| " + " | ".join(cells) + " |")
    own = r["engines"][r["hoodwink"]]
    shares = ", ".join(f"{what} {e['gflops']:.1f} GFLOP/s, {100 * e['share']:.1f} %" for what, e in own.items())
    lines += ["", f"hoodwink's share of the peak of {r['peak_gflops']:.1f} GFLOP/s: {shares}"]
    if THE_FILE in r["agreement"]:
        lines.append(f"\nlogits of {THE_FILE}: {r['agreement'][THE_FILE]['logits']['worst']:.1e} apart")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    try:
        main()
    except OSError as e:
        sys.exit(f"error: {e}")
