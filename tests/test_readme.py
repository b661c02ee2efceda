"""The transcripts in README match the real output."""

from __future__ import annotations

import shutil
from pathlib import Path

from .space import Space
from .transcripts import QUICK_STYLE, apply, blocks_of, check

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def test_transcripts_match_the_output(space: Space) -> None:
    shutil.copytree(ROOT / "examples", space.path("examples"), ignore=shutil.ignore_patterns("*.mp4", "*.avi"))
    space.write("pyproject.toml", "")  # as in a clone
    space.write("matplotlibrc", QUICK_STYLE + "figure.dpi: 40\n")
    scene = space.path("examples/double_pendulum.py")
    first, after_edit = blocks_of(README, "console")
    check(space, first)
    (diff,) = blocks_of(README, "diff")
    scene.write_text(apply(diff, scene.read_text()))
    check(space, after_edit)


def test_test_command_is_on_one_line() -> None:
    """`.ci/run` runs the first line of README that calls pytest."""
    line = next(line for line in README.splitlines() if "-m pytest" in line)
    assert line.startswith("python3 -m venv .venv && ")
