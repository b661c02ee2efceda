"""Measure the time from writing a file until ``iparsave watch`` has responded."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from .projects import Project

_PATIENCE = 120.0


class Watching:
    """``iparsave watch`` in a folder of *project*."""

    def __init__(self, project: Project, folder: Path) -> None:
        self._folder, self._scene = folder, folder / "scene.py"
        command = [sys.executable, "-m", "incremental_parsave", "watch", "--block-size", str(project.block), "scene.py"]
        self._process = subprocess.Popen(
            command, cwd=folder, env=project.lab.variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self._wait("done in")

    def edit(self, source: str, *, encoded: int, blocks: int) -> float:
        """Write the scene; return the seconds until the new movie is in place."""
        (movie,) = self._folder.glob("*.mp4")
        before, started = movie.stat().st_ino, time.perf_counter()
        self._scene.write_text(source)
        while movie.stat().st_ino == before:
            time.sleep(0.001)
            if time.perf_counter() - started > _PATIENCE:
                raise SystemExit("the movie was not replaced")
        seconds = time.perf_counter() - started
        output = self._wait("done in")
        if f"rendered {encoded} of {blocks} blocks" not in output:
            raise SystemExit(f"{encoded} of {blocks} blocks were to be encoded:\n{output}")
        time.sleep(0.5)
        return seconds

    def comment(self, source: str) -> float:
        """Write the scene with only a comment changed; return the seconds until "nothing changed" is reported."""
        started = time.perf_counter()
        self._scene.write_text(source)
        self._wait("nothing changed")
        return time.perf_counter() - started

    def _wait(self, pattern: str) -> str:
        assert self._process.stdout is not None
        output = ""
        for line in self._process.stdout:
            output += line
            if re.search(pattern, line):
                return output
            if "waiting for the next edit" in line:
                break
        raise SystemExit(f"the watch printed:\n{output}")

    def close(self) -> None:
        """End the watch."""
        self._process.terminate()  # not SIGINT, which is ignored if a shell runs the benchmarks in the background
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


@contextlib.contextmanager
def watching(project: Project, name: str, source: str) -> Iterator[Watching]:
    """Watch a scene inside the ``with`` block, which begins after its first build."""
    found = Watching(project, project.fresh(name, source))
    try:
        # A file that is less than two seconds old is read again, even if it has not changed.
        time.sleep(max(0.0, 2.1 - (time.time() - os.stat(found._scene).st_mtime)))
        yield found
    finally:
        found.close()
