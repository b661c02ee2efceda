"""Filled contours in axes that are cleared in each frame."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
grid = np.linspace(-3, 3, 30)
xx, yy = np.meshgrid(grid, grid)


def animate(i):
    ax.clear()
    ax.contourf(xx, yy, np.sin(xx + i / 4) * np.cos(yy))
    ax.set_title(f"{i}")


anim = FuncAnimation(fig, animate, frames=13)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
