"""Bars."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
heights = np.abs(np.random.default_rng(5).normal(size=(17, 8)))
bars = ax.bar(range(8), heights[0])


def animate(i):
    for bar, height in zip(bars, heights[i], strict=True):
        bar.set_height(height)
    ax.set_ylim(0, heights[i].max())


anim = FuncAnimation(fig, animate, frames=17)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
