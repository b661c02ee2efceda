"""Rotating 3d."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig = plt.figure(figsize=(3.2, 2.4), dpi=50)
ax = fig.add_subplot(projection="3d")
grid = np.linspace(-2, 2, 12)
xx, yy = np.meshgrid(grid, grid)
ax.plot_surface(xx, yy, np.sin(xx * yy), cmap="viridis")


def animate(i):
    ax.view_init(30, 10 * i)


anim = FuncAnimation(fig, animate, frames=13)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
