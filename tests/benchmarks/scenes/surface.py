"""A surface of 60 x 60 points in three dimensions, turning."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

FRAMES = 120

fig, ax = plt.subplots(subplot_kw={"projection": "3d"})
x, y = np.meshgrid(np.linspace(-3, 3, 60), np.linspace(-3, 3, 60))
z = np.sinc(np.hypot(x, y))
ax.plot_surface(x, y, z, rcount=60, ccount=60, cmap="viridis")
ax.set_zlim(-0.5, 1)


def animate(i):
    ax.view_init(elev=30, azim=3 * i)


anim = FuncAnimation(fig, animate, frames=FRAMES, interval=40)
anim.save("movie.mp4", codec="libx264")
