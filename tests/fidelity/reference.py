"""Run scripts by Python alone, each in a process of its own, without importing matplotlib each time.

A server imports matplotlib, and nothing else; each script runs in a fork of it.
"""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


class Reference:
    """The server, and the requests to it."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._server = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True
        )

    def run(self, script: Path, args: Sequence[str], stdin: str) -> None:
        """Run *script* in its folder, and expect it to succeed."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        script.with_name("stdin.txt").write_text(stdin)
        self._server.stdin.write(json.dumps([str(script), *args]) + "\n")
        self._server.stdin.flush()
        assert self._server.stdout.readline() == "0\n", script.with_name("stderr.txt").read_text()

    def close(self) -> None:
        """End the server."""
        self._server.communicate()


def serve() -> None:
    """Fork for each line of standard input, a script and its arguments, and print its exit status."""
    import matplotlib.animation
    import matplotlib.pyplot  # noqa: F401

    for line in sys.stdin:
        script, *args = json.loads(line)
        process = os.fork()
        if process == 0:
            return as_python_would(Path(script), args)
        _, status = os.waitpid(process, 0)
        print(status, flush=True)
    return None


def as_python_would(script: Path, args: list[str]) -> None:
    """Run *script* as Python would; afterwards the process ends as Python would."""
    os.chdir(script.parent)
    for descriptor, name, flags in (
        (0, "stdin.txt", os.O_RDONLY),
        (1, "stdout.txt", os.O_WRONLY | os.O_CREAT),
        (2, "stderr.txt", os.O_WRONLY | os.O_CREAT),
    ):
        opened = os.open(name, flags)
        os.dup2(opened, descriptor)
        os.close(opened)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115  # a new object: that of the server has read lines ahead
    sys.argv = [script.name, *args]
    sys.path[0] = str(script.parent)
    runpy.run_path(script.name, run_name="__main__")


if __name__ == "__main__":
    serve()
