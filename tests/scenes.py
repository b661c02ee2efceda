"""Small scenes for tests, as texts with a marked place to edit."""

from __future__ import annotations

LINE = """\
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

FRAMES = 40
fig, ax = plt.subplots(figsize=(2.4, 1.8), dpi=50, subplot_kw={"xticks": [], "yticks": []})
x = np.linspace(0, 6, 40)
(line,) = ax.plot(x, np.sin(x))
title = ax.set_title("")


def position(i):
    return np.sin(x + i / 5)


def animate(i):
    line.set_ydata(position(i))
    title.set_text(f"frame {i}")
    # edit here


anim = FuncAnimation(fig, animate, frames=FRAMES, interval=50)
anim.save("out.mp4")
"""
"""A scene of 40 frames, or four blocks of 10.  Without ticks, frames are drawn in a fifth of the time."""

TICKLESS = ', subplot_kw={"xticks": [], "yticks": []}'


def edited(scene: str, old: str, new: str) -> str:
    """Return *scene* with *old*, which must occur exactly once, replaced by *new*."""
    assert scene.count(old) == 1, (old, scene.count(old))
    return scene.replace(old, new)


ANNOTATED = edited(LINE, "    # edit here\n", '    if 20 <= i < 30:\n        title.set_text("look")\n')
"""`LINE` with an annotation in the frames of block 2 only."""

SIMULATED = edited(
    LINE,
    "FRAMES = 40\n",
    'import time\n\nprint("simulating")\ntime.sleep(0.3)\nFRAMES = 40\n',
)
"""`LINE` with a slow statement at the top."""

SLOW = edited(SIMULATED, "    # edit here\n", "    time.sleep(0.05)\n")


def annotation(n: int) -> str:
    """Return `SIMULATED` with an annotation in the frames of block 2 only; the text depends on *n*."""
    return edited(SIMULATED, "    # edit here\n", f'    if 20 <= i < 30:\n        title.set_text("look {n}")\n')
