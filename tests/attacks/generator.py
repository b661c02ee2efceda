"""Generator of attacks: scenes that change some kind of state within a block, and an edit of each."""

from __future__ import annotations

import random
from dataclasses import dataclass

from .kinds import COUNTERS, LOOKS, Counter, Look

BLOCK = 8
FRAMES = 3 * BLOCK

_SCENE = """\
import sys
{before_imports}
import matplotlib.pyplot as plt
import numpy as np
import time
from matplotlib.animation import FuncAnimation

STEP = {step}
fig, ax = plt.subplots(figsize=(1.2, 0.9), dpi=50, subplot_kw={{"xticks": [], "yticks": []}})
ax.set(xlim=(0, 1), ylim=(0, 1))
(dot,) = ax.plot([0.5], [0.5], "o")
label = ax.text(0.1, 0.7, "")
{setup}
{top}

def animate(i):
    {pause}
    dot.set_ydata([0.1 + i % {period} / 10])
{body}
    return dot, label


anim = FuncAnimation(fig, animate, frames={frames}, interval=50{blit})
anim.save("out.mkv", codec="ffv1")
"""


@dataclass(frozen=True)
class Attack:
    """A scene, and the same scene after an edit.

    Attributes
    ----------
    name : str
        Name for messages.
    scene, edited : str
        Sources before and after the edit.
    watched : bool
        Whether one watch makes all builds.
    options : tuple of str
        Command-line options of the builds.
    """

    name: str
    scene: str
    edited: str
    watched: bool
    options: tuple[str, ...]


def attack(number: int) -> Attack:
    """Return attack *number*: the kinds of state come in turn, everything else is random."""
    kinds: list[tuple[str, Counter | Look]] = [*COUNTERS.items(), *LOOKS.items()]
    name, kind = kinds[number % len(kinds)]
    chance = random.Random(number)
    first, second = (_counting if isinstance(kind, Counter) else _looking)(kind, chance)  # type: ignore[operator]
    slow = isinstance(kind, Counter) and chance.random() < 0.5
    frame = {
        "frames": FRAMES,
        # Frames repeat, so that fingerprints and drawings of earlier frames are found again.
        "period": chance.choice([1, 2, 5, 9]),
        "blit": chance.choice(["", "", ", blit=True"]),
        "pause": "time.sleep(0.005)" if slow else "pass",
        "setup": kind.setup,
        "before_imports": "",
    }
    options = ["--block-size", str(BLOCK), "-j", str(chance.choice([1, 2]))]
    options += ["--exact"] if chance.random() < 0.15 else []
    return Attack(
        f"{number}: {name}{', slow' if slow else ''}",
        _SCENE.format(**frame, **first),
        _SCENE.format(**frame, **second),
        chance.random() < 0.2,
        tuple(options),
    )


def _place(chance: random.Random) -> int:
    """Return a random frame: at a seam, next to one, in the middle of a block, or anywhere."""
    meeting = BLOCK * chance.choice([1, 2])
    return chance.choice([meeting, meeting - 1, meeting + 1, meeting + BLOCK // 2, chance.randrange(1, FRAMES)])


def _counting(kind: Counter, chance: random.Random) -> tuple[dict[str, object], dict[str, object]]:
    """Return the parts of a scene that counts in some frames and shows the count in some, before and after an edit."""
    counted = chance.choice(
        ["i >= 0", f"i % {BLOCK} == {chance.randrange(BLOCK)}", f"i == {_place(chance)}", "i % 3 == 1"]
    )
    shown = chance.choice(
        ["i >= 0", "i % 10 == 5", f"i == {_place(chance)}", f"i % {BLOCK} in (0, {BLOCK - 1})", f"i > {_place(chance)}"]
    )

    def scene(step: int, shown: str, top: str = "") -> dict[str, object]:
        body = f"    if {counted}:\n        {kind.count}\n    label.set_text(str({kind.read}) if {shown} else '')"
        return {"step": step, "body": body, "top": top}

    edit = chance.choice(["step", "shown", "top"])
    if edit == "step":
        return scene(1, shown), scene(2, shown)
    if edit == "shown":
        return scene(1, shown), scene(1, f"({shown}) and i != {_place(chance)}")
    early = "" if "anim" in kind.count else kind.count.replace("(i, n)", "(-1, n)").replace("c{i}", "c-1")
    return scene(1, shown), scene(1, shown, early)


def _looking(kind: Look, chance: random.Random) -> tuple[dict[str, object], dict[str, object]]:
    """Return the parts of a scene whose look changes at a frame, and perhaps back later, before and after an edit."""

    def scene(begin: int | None, end: int | None, top: str = "") -> dict[str, object]:
        body = "".join(
            f"    if i == {frame}:\n        {statement}\n"
            for frame, statement in ((begin, kind.change), (end, kind.undo))
            if frame is not None
        )
        return {"step": 1, "body": f"    {kind.each}\n{body}", "top": top}

    begin = _place(chance)
    end = chance.choice([None, begin + 1, begin + 3, begin + BLOCK])
    edit = chance.choice(["moved", "gone", "top", "end"])
    if edit == "moved":
        by = chance.choice([-2, -1, 1, BLOCK])
        return scene(begin, end), scene(max(1, begin + by), end and max(1, begin + by) + 2)
    if edit == "gone":
        return scene(begin, end), scene(None, None)
    if edit == "top":
        return scene(None, None), scene(None, None, kind.change)
    return scene(begin, end), scene(begin, None if end is not None else begin + 2)
