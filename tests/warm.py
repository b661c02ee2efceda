"""Run Python in forks of a warm process, which saves the second that importing matplotlib takes.

Everything else is as for a user: the command, the scene process, the workers and the
encoders are real processes.  But what matplotlib reads during its import is not recorded
as an input, so tests of that run the real command (`Space.cold`).
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

STREAMS = {1: "stdout", 2: "stderr"}
exit_immediately = os._exit  # kept, because a scene process replaces `os._exit`


class WarmServer:
    """A process that has imported everything that a build needs, and forks once per run of Python.

    Parameters
    ----------
    environment : dict
        Environment variables of the server; each run may have others.
    interpreter : str
    """

    def __init__(self, environment: dict[str, str], interpreter: str = sys.executable) -> None:
        environment = {**environment, "PYTHONHASHSEED": "0"}  # as in a scene process
        self._server = subprocess.Popen(
            [interpreter, "-P", __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True
        )

    def run(
        self, args: Sequence[str], folder: Path, environment: dict[str, str], stdin: str, streams: Path
    ) -> subprocess.CompletedProcess[str]:
        """Run ``python`` with *args* in *folder*.

        Parameters
        ----------
        args : sequence of str
            ``-m incremental_parsave`` and its arguments, ``-c`` and a program, or a script.
        folder, environment, stdin
            Working folder, environment variables and input.
        streams : Path
            Folder for the files that receive the output.
        """
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        request = {"args": list(args), "folder": str(folder), "environment": environment}
        self._server.stdin.write(json.dumps({**request, "stdin": stdin, "streams": str(streams)}) + "\n")
        self._server.stdin.flush()
        status = int(self._server.stdout.readline())
        printed = [(streams / name).read_text() for name in STREAMS.values()]
        return subprocess.CompletedProcess(["python", *args], status, *printed)

    def close(self) -> None:
        """End the server."""
        self._server.communicate()


class ForkedScene:
    """A forked scene process, with the interface of `subprocess.Popen`."""

    def __init__(
        self, command: list[str], env: dict[str, str], pass_fds: list[int], stdout: Any, **options: Any
    ) -> None:
        assert command[3] == "incremental_parsave.scene_host.child_main", command
        assert not options, options
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        self.returncode: int | None = None
        self.pid = os.fork()
        if self.pid == 0:
            _run(lambda: _scene(command[4], env, pass_fds, stdout))

    def poll(self) -> int | None:
        return self._wait(os.WNOHANG)

    def wait(self, timeout: float | None = None) -> int:
        import time

        until = None if timeout is None else time.monotonic() + timeout
        while self._wait(0 if until is None else os.WNOHANG) is None:
            if until is not None and time.monotonic() > until:
                raise subprocess.TimeoutExpired("scene", timeout or 0)
            time.sleep(0.005)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _wait(self, flags: int) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, flags)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode


def serve() -> None:
    """Read arguments of Python from each line of standard input, run it in a fork, and print its exit status."""
    sys.path.insert(0, str(Path(__file__).parents[1]))  # -P leaves out only the folder of the tests
    import gc

    import matplotlib.animation
    import matplotlib.pyplot  # noqa: F401

    import incremental_parsave.cli
    import incremental_parsave.display.status
    import incremental_parsave.scene_host.child_main
    import incremental_parsave.scene_host.script_runner
    import incremental_parsave.supervisor.scene_build  # noqa: F401

    del sys.path[0]
    gc.freeze()
    for line in sys.stdin:
        request = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _run(lambda request=request: _python(request))
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _run(main: Any) -> None:
    """Run *main* in a process that was just forked, and end the process as Python would."""
    import atexit
    import threading
    import traceback

    try:
        status = main()
    except SystemExit as leaving:
        status = leaving.code if isinstance(leaving.code, int) else 0 if leaving.code is None else 1
        if isinstance(leaving.code, str):
            print(leaving.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
        status = 1
    try:
        threading._shutdown()
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    finally:
        exit_immediately(status & 0xFF)


def _python(request: dict[str, Any]) -> int:
    """Run Python in this forked process; return its exit status."""
    os.chdir(request["folder"])
    for descriptor, name in STREAMS.items():
        os.dup2(os.open(f"{request['streams']}/{name}", os.O_WRONLY | os.O_CREAT), descriptor)
    reading, writing = os.pipe()  # a file would be recorded as an input
    os.write(writing, request["stdin"].encode())
    os.dup2(reading, 0)
    _close_all_but([])
    _replace_environment(request["environment"])
    sys.stdin = open(0, closefd=False)  # noqa: SIM115  # the server's stream may have read lines ahead

    from incremental_parsave import cli
    from incremental_parsave.processes.programs import start as subprocess_start
    from incremental_parsave.supervisor import scene_process

    class programs_of_scenes:
        start, Waited = ForkedScene, subprocess.TimeoutExpired

    assert scene_process.programs.start is subprocess_start  # what is replaced is what starts a scene
    scene_process.programs = programs_of_scenes  # type: ignore[assignment]
    first, *others = request["args"]
    if first == "-m":
        assert others.pop(0) == "incremental_parsave"
        sys.path.insert(0, os.getcwd())
        sys.argv = ["iparsave", *others]
        return cli.main()
    _reset_main_module()
    if first == "-c":
        program = others.pop(0)
        sys.path.insert(0, "")
        sys.argv = ["-c", *others]
        exec(compile(program, "<string>", "exec"), vars(sys.modules["__main__"]))
    else:
        import runpy

        sys.path.insert(0, os.path.dirname(os.path.abspath(first)))
        sys.argv = [first, *others]
        runpy.run_path(first, run_name="__main__")
    return 0


def _reset_main_module() -> None:
    """Have a main module and random numbers as in a new process."""
    import types

    import numpy as np

    sys.modules["__main__"] = types.ModuleType("__main__")
    np.random.seed()


def _scene(config: str, environment: dict[str, str], descriptors: list[int], stdout: Any) -> int:
    """Run a scene process in this forked process; return its exit status."""
    import numpy as np

    if stdout is not None:
        os.dup2(stdout.fileno(), 1)
    _close_all_but(descriptors)
    _replace_environment(environment)
    np.random.seed()  # as in a new process
    sys.argv = ["child_main", config]
    del sys.path[0]
    from incremental_parsave.processes import own
    from incremental_parsave.scene_host import child_main

    own.adopt()
    sys.modules["__main__"] = sys.modules["__mp_main__"] = child_main
    return child_main.main()


def _close_all_but(descriptors: list[int]) -> None:
    for descriptor in os.listdir("/proc/self/fd"):
        if int(descriptor) > 2 and int(descriptor) not in descriptors:
            try:
                os.close(int(descriptor))
            except OSError:  # the descriptor of the listing itself, which is already closed
                continue


def _replace_environment(environment: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)


if __name__ == "__main__":
    serve()
