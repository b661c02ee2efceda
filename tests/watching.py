"""Run ``iparsave watch`` in a test, and read its output."""

from __future__ import annotations

import contextlib
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from .space import Space

PATIENCE = 60.0  # seconds until a wait fails; generous, because tests do not measure time


class Watched:
    """A running ``iparsave watch`` in a `Space`."""

    def __init__(self, space: Space, *args: str) -> None:
        self.space = space
        command = [sys.executable, "-m", "incremental_parsave", "watch", *args]
        self.process = subprocess.Popen(
            command,
            cwd=space.folder,
            env=space.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        self._lines: queue.Queue[str] = queue.Queue()
        self.printed: list[str] = []
        self.reading = threading.Thread(target=self._read)
        self.reading.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.rstrip("\n"))

    def until(self, pattern: str) -> list[str]:
        """Wait for a line that matches *pattern*; return all lines printed since the last wait."""
        received: list[str] = []
        deadline = time.monotonic() + PATIENCE
        while not (received and re.search(pattern, received[-1])):
            try:
                received.append(self._lines.get(timeout=max(0.01, deadline - time.monotonic())))
            except queue.Empty:
                raise AssertionError(f"no {pattern!r} in {self.printed + received}") from None
        self.printed += received
        return received

    def built(self) -> list[str]:
        """Wait for the end of a build."""
        return self.until("done in|waiting for the next edit")

    def quiet(self, seconds: float = 3.0) -> list[str]:
        """Wait until nothing is printed for *seconds*; return the last three lines printed before that."""
        received: list[str] = []
        with contextlib.suppress(queue.Empty):
            while True:
                received.append(self._lines.get(timeout=seconds))
        self.printed += received
        return received[-3:]

    def edit(self, name: str, text: str) -> list[str]:
        """Write a file, and wait for the end of the build."""
        self.space.write(name, text)
        return self.built()

    def interrupt(self) -> int:
        """Send SIGINT, as Ctrl-C does; return the exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE)


@contextlib.contextmanager
def watched(space: Space, *args: str) -> Iterator[Watched]:
    """Run a watch inside the ``with`` block, and check that no process is left afterwards."""
    watching = Watched(space, *args)
    try:
        yield watching
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(watching.process.pid, signal.SIGKILL)
        watching.process.wait()
        assert no_process_is_left(space), processes_in(space)
        watching.reading.join()
        assert watching.process.stdout is not None
        watching.process.stdout.close()


def rendered(received: list[str]) -> str:
    """Return how many blocks were rendered, according to the printed lines: ``1 of 4``."""
    printed = "\n".join(received)
    (found,) = re.findall(r"rendered (\d+ of \d+) blocks|up to date \(.*, (\d+) blocks", printed)
    return found[0] or f"0 of {found[1]}"


def is_resumed(received: list[str]) -> bool:
    """Whether the script continued from a sleeping copy instead of running from its beginning."""
    return any("resumed at line" in line for line in received)


def equals_clean_build(space: Space, *args: str) -> bool:
    """Whether the movie equals that of a build from an empty cache; call it when the watch has ended."""
    made = space.path("out.mp4").read_bytes()
    cache = space.folder.parent / f"clean-{time.monotonic_ns()}"
    space.build("scene.py", *args, "--cache-dir", str(cache), "--force")
    return space.path("out.mp4").read_bytes() == made


def processes_in(space: Space) -> list[str]:
    """Return the command lines of processes whose working folder is in *space*."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and os.readlink(folder / "cwd").startswith(str(space.folder)):
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


def no_process_is_left(space: Space) -> bool:
    """Wait until no process is left in *space*; return False if some still run after 10 seconds."""
    deadline = time.monotonic() + 10
    while processes_in(space) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not processes_in(space)
