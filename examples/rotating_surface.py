"""A surface in three dimensions, turning."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

grid = np.linspace(-6, 6, 50)
x, y = np.meshgrid(grid, grid)
r = np.hypot(x, y)

fig = plt.figure()
ax = fig.add_subplot(projection="3d")
ax.plot_surface(x, y, np.sinc(r / np.pi), cmap="coolwarm", linewidth=0, rstride=1, cstride=1)
ax.set_zlim(-0.4, 1)


def turn(degrees):
    ax.view_init(elev=30, azim=degrees)


anim = FuncAnimation(fig, turn, frames=range(0, 360, 3), interval=50)
anim.save("rotating_surface.mp4")
