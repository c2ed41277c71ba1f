"""What is compared: hoodwink, PyTorch, OpenCV DNN and ONNX Runtime behind one face.

An engine runs one network on one batch. load(x) gives it the batch (N,C,H,W); logits() is (N,K) and
grad() the gradient of the sum of all examples' logit 0 with respect to the batch; forward() and
gradient() run the same and return milliseconds. An engine without gradients has neither grad nor gradient.
Engines import their library when they are made, so that one may be missing.
"""

import inspect
import json
import os
import subprocess
import time
import warnings

import numpy as np


def clock(run):
    start = time.perf_counter()
    run()
    return 1000 * (time.perf_counter() - start)


def reference_blas():
    """Whether the BLAS this process has loaded is Netlib's, which is slower by a factor of ten. PyTorch as Debian
    builds it uses whichever is installed, for small convolutions and inner products."""
    try:
        with open("/proc/self/maps") as f:
            return "/blas/libblas.so" in f.read()
    except OSError:
        return False


class Hoodwink:
    """A child process (serve/main.go) that measures itself; network is how serve is told which one."""

    def __init__(self, serve, network, batch, threads, folder):
        self.file = os.path.join(folder, "tensor.f32")
        self.child = subprocess.Popen(
            [serve, *network, "-batch", str(batch), "-threads", str(threads)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        about = json.loads(self.answer())
        self.shape, self.classes, self.macs = tuple(about["shape"]), about["classes"], about["macs"]
        self.name = f"hoodwink ({about['kernel']})"

    def answer(self):
        line = self.child.stdout.readline()
        if not line:
            raise SystemExit(f"error: {self.child.args[0]} has ended with status {self.child.wait()}")
        return line.strip()

    def ask(self, command):
        try:
            self.child.stdin.write(command + "\n")
        except BrokenPipeError:
            pass  # answer says how it ended
        return self.answer()

    def load(self, x):
        x.astype("<f4").tofile(self.file)
        self.ask(f"input {self.file}")

    def logits(self):
        self.forward()
        self.ask(f"logits {self.file}")
        return np.fromfile(self.file, "<f4").reshape(self.shape[0], self.classes)

    def grad(self):
        self.gradient()
        self.ask(f"grad {self.file}")
        return np.fromfile(self.file, "<f4").reshape(self.shape)

    def forward(self):
        return float(self.ask("forward"))

    def gradient(self):
        return float(self.ask("gradient"))

    def peak(self):
        """GFLOP/s of the multiply-add units."""
        return float(self.ask("peak"))

    def close(self):
        self.child.stdin.close()
        self.child.wait()


class Torch:
    def __init__(self, definition, weights, threads):
        import torch
        import torchnet

        torch.set_num_threads(threads)
        self.torch = torch
        self.name = f"PyTorch {torch.__version__}" + (", reference BLAS" if reference_blas() else "")
        self.net = torchnet.load(definition, weights)

    def load(self, x):
        self.x = self.torch.from_numpy(x)
        self.leaf = self.x.clone().requires_grad_()

    def run(self):
        with self.torch.inference_mode():
            return self.net(self.x)

    def run_back(self):
        return self.torch.autograd.grad(self.net(self.leaf)[:, 0].sum(), self.leaf)[0]

    def logits(self):
        return self.run().numpy()

    def grad(self):
        return self.run_back().numpy()

    def forward(self):
        return clock(self.run)

    def gradient(self):
        return clock(self.run_back)

    def export(self, path):
        """Writes the network on the batch as ONNX, by tracing it."""
        options = {}
        if "dynamo" in inspect.signature(self.torch.onnx.export).parameters:
            import onnx  # which newer exporters want
            options["dynamo"] = False
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that tracing is going out of use
            self.torch.onnx.export(self.net, self.x, path, input_names=["data"], output_names=["logits"],
                                   opset_version=13, **options)


class OpenCV:
    def __init__(self, definition, weights, scores, threads):
        import cv2

        cv2.setNumThreads(threads)
        self.name = f"OpenCV {cv2.__version__}"
        self.net = cv2.dnn.readNetFromCaffe(definition, weights)
        self.scores = scores

    def load(self, x):
        self.net.setInput(x)

    def run(self):
        return self.net.forward(self.scores)

    def logits(self):
        out = self.run()
        return out.reshape(len(out), -1)

    def forward(self):
        return clock(self.run)


class OnnxRuntime:
    def __init__(self, path, threads):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        self.name = f"ONNX Runtime {onnxruntime.__version__}"
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def load(self, x):
        self.feed = {self.session.get_inputs()[0].name: x}

    def run(self):
        return self.session.run(None, self.feed)[0]

    def logits(self):
        return self.run()

    def forward(self):
        return clock(self.run)
