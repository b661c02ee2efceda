"""A small scene in a folder whose permissions are enforced, even if root runs the tests."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path

from ..space import Space
from ..watching import processes_in

SCENE = """\
import matplotlib.pyplot as plt
from matplotlib.animation import FuncAnimation

fig = plt.figure(figsize=(0.64, 0.64), dpi=50)
(line,) = fig.add_axes((0, 0, 1, 1)).plot([0, 1], [0, 1])


def animate(i):
    line.set_ydata([0, i])
    # edit here


anim = FuncAnimation(fig, animate, frames=9, interval=50)
anim.save("out.mp4", codec="mpeg4")
"""
EDITED = SCENE.replace("    # edit here\n", "    if i == 4:\n        line.set_ydata([5, 0])\n")
"""`SCENE` with another frame 4, which is in block 1."""

BLOCKS = ("--block-size", "3")
_DROP_FROM_BOUNDING_SET = 24  # PR_CAPBSET_DROP of Linux's prctl
_DAC_OVERRIDE, _DAC_READ_SEARCH = 1, 2  # the capabilities with which root ignores permissions


def bound_by_permissions() -> None:
    """Enforce permissions for the programs that this process runs, even if it belongs to root."""
    if os.getuid() == 0:
        for capability in (_DAC_OVERRIDE, _DAC_READ_SEARCH):
            ctypes.CDLL(None).prctl(_DROP_FROM_BOUNDING_SET, capability, 0, 0, 0)


class Place(Space):
    """A space whose builds are bound by file permissions."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.cache = folder / ".iparsave_cache"
        self.errors = ""
        self.temporary = folder.parent / "temporary"
        self.temporary.mkdir()
        self.environment["TMPDIR"] = str(self.temporary)

    def start(self, *args: str) -> subprocess.Popen[str]:
        """Start a build in a session of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "incremental_parsave", "build", "scene.py", *BLOCKS, *args],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=bound_by_permissions,
        )

    def finish(self, process: subprocess.Popen[str]) -> None:
        """Wait for a build, and expect success, no traceback, and at most one line on standard error."""
        try:
            out, self.errors = process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            raise
        assert process.returncode == 0, (out, self.errors)
        assert "Traceback" not in self.errors, self.errors
        assert len([line for line in self.errors.splitlines() if not line.startswith("help: ")]) <= 1, self.errors

    def makes(self, movie: bytes, *args: str) -> None:
        """Build, and expect the bytes of *movie*, and no process left."""
        self.finish(self.start(*args))
        assert self.path("out.mp4").read_bytes() == movie, self.errors
        assert processes_in(self) == []

    def restore(self, kept: Path) -> None:
        """Replace the cache with a copy of *kept*."""
        self.clear()
        shutil.copytree(kept, self.cache, symlinks=True)

    def clear(self) -> None:
        """Remove the cache, whatever state it is in."""
        if self.cache.is_dir() and not self.cache.is_symlink():
            for inside, _, _ in os.walk(self.cache):
                os.chmod(inside, 0o755)
            shutil.rmtree(self.cache)
        else:
            self.cache.unlink(missing_ok=True)
