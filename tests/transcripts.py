"""Run the console transcripts of the documentation, and compare the output with what they show."""

from __future__ import annotations

import re
import shlex
import sys

from .space import Space

QUICK_STYLE = "".join(
    f"{name}: False\n" for name in ("xtick.bottom", "xtick.labelbottom", "ytick.left", "ytick.labelleft")
)
"""A matplotlibrc with which frames are drawn quickly; it does not affect what transcripts show."""


def blocks_of(markdown: str, language: str) -> list[str]:
    """Return the code blocks of *language*."""
    return re.findall(rf"^```{language}\n(.*?)^```", markdown, re.DOTALL | re.MULTILINE)


def apply(diff: str, text: str) -> str:
    """Return *text* with *diff* applied, which must have a single hunk."""
    lines = diff.splitlines(keepends=True)
    old = "".join(line[1:] for line in lines if line[0] in " -")
    assert text.count(old) == 1, old
    return text.replace(old, "".join(line[1:] for line in lines if line[0] in " +"))


def check(space: Space, transcript: str) -> None:
    """Run the commands of a transcript, and compare their output, except for times, sizes and the order of blocks."""
    for part in re.split(r"^\$ ", transcript, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        words = shlex.split(command)
        if words[0] == "iparsave":
            words[:1] = [sys.executable, "-m", "incremental_parsave"]
        done = space.run(words)
        assert done.returncode == 0, done.stderr
        assert _comparable(done.stderr + done.stdout) == _comparable(shown), command


def _comparable(said: str) -> list[str]:
    said = re.sub(r"\d+\.\d s$", "- s", said, flags=re.MULTILINE)
    said = re.sub(r"\d+ (s|min) ago", "- ago", said)
    said = re.sub(r"[\d.]+ kB", "- kB", said)  # depends on the encoder
    said = re.sub(r"matplotlib [\d.]+ -> [\d.]+", "matplotlib - -> -", said)
    lines = said.splitlines()
    return [line for line in lines if line[:7] != "  block"] + sorted(line for line in lines if line[:7] == "  block")
