"""Test folders: write a scene, build it with the real command, and inspect the result."""

from __future__ import annotations

import atexit
import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import imageio_ffmpeg

from incremental_parsave.media.executables import find_ffmpeg

from .warm import WarmServer

FFMPEG = find_ffmpeg()
"""The ffmpeg that a build uses by default."""

LIGHT_FFMPEG: str = imageio_ffmpeg.get_ffmpeg_exe()
"""A statically linked ffmpeg, which starts five times faster; a small build starts ffmpeg six times."""


_QUESTION_0 = """\
import sys
from incremental_parsave.cli import main
from incremental_parsave.cache import manifest

same = manifest.Manifest._same


def report_changed(self, row):
    now = same(self, row)
    if now is None:
        print(manifest.called(row[0], row[1]))
    return bool(now)


manifest.Manifest._same = report_changed
sys.exit(main(["build", "-n", "-q", *sys.argv[1:]]))
"""
"""The command with a question 0 that prints everything that has changed, and continues as if nothing had."""


@functools.cache
def warm_server() -> WarmServer:
    """Return the server that forks all runs of Python that this test process needs."""
    environment = {**os.environ, "MPLBACKEND": "agg", "OPENBLAS_NUM_THREADS": "1"}
    environment.pop("PYTHONUNBUFFERED", None)  # two processes that print unbuffered mix their lines
    server = WarmServer(environment)
    atexit.register(server.close)
    return server


@dataclass
class Built:
    """The output of one ``iparsave build --json``."""

    status: int
    events: list[dict[str, Any]]
    errors: str

    @property
    def targets(self) -> list[dict[str, Any]]:
        return [event for event in self.events if event["event"] == "target"]

    @property
    def target(self) -> dict[str, Any]:
        assert len(self.targets) == 1, (self.targets, self.errors)
        return self.targets[0]

    @property
    def rendered(self) -> list[int]:
        """Indices of the blocks that were encoded."""
        return sorted(event["block"] for event in self.events if event["event"] == "block" and event["rendered"])

    @property
    def drawn(self) -> list[int]:
        """Indices of the blocks whose frames were drawn, or recorded to look them up in the cache."""
        return sorted(event["block"] for event in self.events if event["event"] == "block" and event["drawn"])

    @property
    def reasons(self) -> dict[int, str]:
        return {event["block"]: event["reason"] for event in self.events if event["event"] == "block"}

    @property
    def changed(self) -> list[str]:
        """What has changed since the last build, as ``--explain`` reports it."""
        (event,) = (event for event in self.events if event["event"] == "explain")
        return list(event["changed"])

    @property
    def up_to_date(self) -> bool:
        return bool(self.target["up_to_date"])

    @property
    def way(self) -> str:
        return str(self.target["way"])


class Space:
    """A folder for scenes, and the command that builds them.

    Attributes
    ----------
    cold : bool
        Start Python as a user would, instead of forking it from a process that has already imported matplotlib.
    """

    def __init__(self, folder: Path, *, cold: bool = False) -> None:
        self.folder, self.cold = folder, cold
        self.environment = {**os.environ, "PYTHONHASHSEED": "7", "MPLBACKEND": "agg", "COLUMNS": "100"}
        for name in ("IPARSAVE_CACHE_DIR", "PYTHONUNBUFFERED"):
            self.environment.pop(name, None)
        self.environment.update(IPARSAVE_FFMPEG=LIGHT_FFMPEG, OPENBLAS_NUM_THREADS="1")

    def as_installed(self) -> Space:
        """Use the command, the ffmpeg and the number of BLAS threads that a user would have."""
        self.cold = True
        self.with_installed_ffmpeg()
        self._restore_variable("OPENBLAS_NUM_THREADS")
        return self

    def with_installed_ffmpeg(self) -> Space:
        """Use the ffmpeg that a user would have."""
        self._restore_variable("IPARSAVE_FFMPEG")
        return self

    def _restore_variable(self, name: str) -> None:
        del self.environment[name]
        if name in os.environ:
            self.environment[name] = os.environ[name]

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def path(self, name: str) -> Path:
        return self.folder / name

    def python(self, *args: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run Python, and expect it to succeed."""
        done = self.try_python(*args, stdin=stdin)
        assert done.returncode == 0, done.stderr
        return done

    def try_python(self, *args: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        if self.cold:
            return self.run([sys.executable, *args], stdin=stdin)
        with tempfile.TemporaryDirectory() as streams:
            return self.warm_server().run(args, self.folder, self.environment, stdin, Path(streams))

    def warm_server(self) -> WarmServer:
        """Return the process that forks the runs of Python."""
        return warm_server()

    def run(self, command: list[str], stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )

    def iparsave(self, *args: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return self.try_python("-m", "incremental_parsave", *args, stdin=stdin)

    def try_build(self, *args: str, stdin: str = "") -> Built:
        done = self.iparsave("build", "--json", *args, stdin=stdin)
        return Built(done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr)

    def build(self, *args: str, stdin: str = "", skip_manifest: bool = False) -> Built:
        """Build, and expect success; with *skip_manifest*, delete the manifests first, to skip question 0."""
        if skip_manifest:
            shutil.rmtree(self.path(".iparsave_cache/manifests"))
        built = self.try_build(*args, stdin=stdin)
        assert built.status == 0, built.errors
        return built

    def changed_inputs(self, *args: str) -> list[str]:
        """Return the names of everything that question 0 finds changed, without running the scene."""
        return self.python("-c", _QUESTION_0, *args).stdout.splitlines()


def frames_of(*movies: Path) -> list[str]:
    """Return the MD5 of every frame of the movies, decoded to RGB, one movie after the other."""
    command = [LIGHT_FFMPEG, "-v", "error"]
    for movie in movies:
        command += ["-i", str(movie)]
    for n in range(len(movies)):
        command += ["-map", f"{n}:v:0"]
    command += ["-pix_fmt", "rgb24", "-fps_mode", "passthrough", "-f", "framemd5", "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert not done.stderr, done.stderr
    rows = [line.split(",") for line in done.stdout.splitlines() if not line.startswith("#")]
    rows.sort(key=lambda row: int(row[0]))  # by movie; the sort is stable, so frames stay in order
    return [row[-1].strip() for row in rows]


def times_of(movie: Path) -> list[Fraction]:
    """Return the presentation times of all packets in seconds, sorted."""
    command = [LIGHT_FFMPEG, "-v", "error", "-i", str(movie), "-c", "copy", "-copyts", "-f", "framecrc", "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    tick = next(Fraction(line.split()[-1]) for line in done.stdout.splitlines() if line.startswith("#tb 0"))
    return sorted(int(line.split(",")[2]) * tick for line in done.stdout.splitlines() if line.startswith("0,"))
