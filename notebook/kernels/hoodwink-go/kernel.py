"""A Jupyter kernel for Go: it hands cells to the program hoodwink/notebook/cells, and passes on what comes of them.

Notebooks have to lie in the module, in which the kernel starts."""

import json
import subprocess

from ipykernel.kernelapp import IPKernelApp
from ipykernel.kernelbase import Kernel


class GoKernel(Kernel):
    implementation = "hoodwink-go"
    implementation_version = "1.0"
    banner = "Go cells, with hoodwink"
    language_info = {"name": "go", "mimetype": "text/x-go", "file_extension": ".go"}

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.cells = subprocess.Popen(["go", "run", "hoodwink/notebook/cells"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE, text=True, encoding="utf-8")

    def do_execute(self, code, silent, store_history=True, user_expressions=None, allow_stdin=False, **kwargs):
        try:
            self.cells.stdin.write(json.dumps({"code": code}) + "\n")
            self.cells.stdin.flush()
            error = self.follow(silent)
        except BrokenPipeError:
            error = self.broken()
        if error:
            if not silent:
                self.send_response(self.iopub_socket, "stream", {"name": "stderr", "text": error + "\n"})
            content = {"status": "error", "ename": "error", "evalue": error, "traceback": []}
            self.send_response(self.iopub_socket, "error", {k: v for k, v in content.items() if k != "status"})
            return {**content, "execution_count": self.execution_count}
        return {"status": "ok", "execution_count": self.execution_count, "payload": [], "user_expressions": {}}

    def follow(self, silent):
        """Pass events on until the cell is done; the cell's error, if it has one, is returned."""
        while True:
            try:
                line = self.cells.stdout.readline()
            except KeyboardInterrupt:  # the cell's program gets it too, and ends
                continue
            if not line:
                return self.broken()
            event = json.loads(line)
            if event.get("done"):
                return event.get("error")
            if silent:
                continue
            if "show" in event:
                self.send_response(self.iopub_socket, "display_data", {"data": event["show"], "metadata": {}})
            else:
                self.send_response(self.iopub_socket, "stream", {"name": event["stream"], "text": event["text"]})

    def broken(self):
        self.cells.wait()
        return "the program that runs cells has ended: " + self.cells.stderr.read().strip()

    def do_shutdown(self, restart):
        self.cells.stdin.close()
        self.cells.wait()
        return {"status": "ok", "restart": restart}


if __name__ == "__main__":
    IPKernelApp.launch_instance(kernel_class=GoKernel)
