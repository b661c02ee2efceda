"""What README shows is what happens."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

from .space import Space

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def transcripts() -> list[list[str]]:
    return [block.splitlines() for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL)]


def without_times(line: str) -> str:
    return re.sub(r"\d+\.\d s$", "- s", line)


def test_first_screen(space: Space) -> None:
    shutil.copytree(ROOT / "examples", space.path("examples"), ignore=shutil.ignore_patterns("*.mp4", "*.avi"))
    scene = space.path("examples/double_pendulum.py")
    first, after_edit = transcripts()
    check(space, first)

    removed = re.findall(r"^  ( .*)\n\+", README, re.MULTILINE)
    added = "".join(line + "\n" for line in re.findall(r"^\+(.*)$", README, re.MULTILINE))
    anchor = removed[0].replace("   ", "   ", 1) + "\n"
    text = scene.read_text()
    assert text.count(anchor.strip()) == 1
    at = text.index(anchor.strip()) + len(anchor.strip()) + 1
    scene.write_text(text[:at] + added + text[at:])
    check(space, after_edit)


def check(space: Space, transcript: list[str]) -> None:
    """Run the commands of a transcript, and compare what they print (blocks end in any order)."""
    at = 0
    while at < len(transcript):
        assert transcript[at].startswith("$ iparsave ")
        command = transcript[at].split()[2:]
        shown = []
        at += 1
        while at < len(transcript) and not transcript[at].startswith("$"):
            shown.append(without_times(transcript[at]))
            at += 1
        done = space.run([sys.executable, "-m", "incremental_parsave", *command])
        assert done.returncode == 0, done.stderr
        said = [without_times(line) for line in done.stdout.splitlines()]
        assert sorted(said[:-1]) == sorted(shown[:-1])
        assert said[-1] == shown[-1]


def test_test_command_stands_on_one_line() -> None:
    """`.ci/run` runs the first line of README that calls pytest."""
    line = next(line for line in README.splitlines() if "-m pytest" in line)
    assert line.startswith("python3 -m venv .venv && ")
