"""Attributes are changed without an assignment in the middle of a block, and restored before its end."""

import matplotlib.pyplot as plt
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(2.4, 1.8), dpi=50)
(line,) = ax.plot([0, 1, 2], [0, 1, 0])
note = ax.text(0.5, 0.5, "a")
counter = ax.set_title("")


def animate(i):
    counter.set_text(str(i))
    thick = i % 7 in (2, 3)
    line.__dict__["_linewidth"] = 6.0 if thick else 1.5
    object.__setattr__(note, "_text", "b" if thick else "a")
    vars(ax.xaxis.get_major_ticks()[1].label1).update(_color="r" if thick else "k")
    vars(ax).update(_frameon=not thick)


FuncAnimation(fig, animate, frames=28).save("out.mkv", codec="ffv1")
