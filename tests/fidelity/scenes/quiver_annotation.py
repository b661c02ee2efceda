"""Quiver annotation."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
grid = np.arange(5.0)
xx, yy = np.meshgrid(grid, grid)
arrows = ax.quiver(xx, yy, xx, yy)
note = ax.annotate("here", (0, 0), (2, 3), arrowprops={"arrowstyle": "->"})


def animate(i):
    arrows.set_UVC(np.cos(xx + i), np.sin(yy + i))
    note.xy = (i % 5, i % 3)
    note.set_text(rf"$\alpha_{{{i}}}$")


anim = FuncAnimation(fig, animate, frames=13)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
