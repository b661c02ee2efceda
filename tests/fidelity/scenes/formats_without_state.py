"""The scene's own formatters keep no state, so they are trusted."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation
from matplotlib.ticker import Formatter

NAMES = ["zero", "one", "two", "three"]


class Named(Formatter):
    def __init__(self, unit):
        self.unit = unit

    def __call__(self, x, pos=None):
        name = NAMES[int(x)] if 0 <= x < len(NAMES) and x == int(x) else f"{x:.1f}"
        return f"{name.replace('zero', 'nil')} {self.unit}"


fig, ax = plt.subplots(figsize=(1.6, 1.2), dpi=50)
(line,) = ax.plot([0, 1, 2, 3], [0, 1, 4, 9])
ax.xaxis.set_major_formatter(Named("m"))
ax.yaxis.set_major_formatter(lambda value, place: f"{np.sqrt(abs(value)):.1f}")


def animate(i):
    line.set_ydata([0, i, 4, 9])
    ax.set_ylim(0, 9 + i % 4)


FuncAnimation(fig, animate, frames=13).save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
