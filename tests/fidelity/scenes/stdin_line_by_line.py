"""Frames that read standard input line by line."""

import sys

import matplotlib.pyplot as plt
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
ax.set(xlim=(0, 12), ylim=(0, 9))
(line,) = ax.plot([], [])
seen = []
lines = iter(sys.stdin)


def values():
    for text in lines:
        yield float(text)


def animate(value):
    seen.append(value)
    line.set_data(range(len(seen)), seen)


anim = FuncAnimation(fig, animate, frames=values, save_count=12, init_func=lambda: None)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
