"""Filled contours that are removed and made again, with a colorbar that stays."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

FRAMES = 150

x, y = np.meshgrid(np.linspace(-3, 3, 100), np.linspace(-3, 3, 100))
levels = np.linspace(-1, 1, 15)


def field(i):
    return np.exp(-(x**2 + y**2) / 8) * np.sin(2 * x + i / 8) * np.cos(2 * y)


fig, ax = plt.subplots()
filled = ax.contourf(x, y, field(0), levels=levels, cmap="coolwarm")
fig.colorbar(filled, ax=ax, label="pressure (kPa)")
ax.set(xlabel="x (m)", ylabel="y (m)")


def animate(i):
    global filled
    label = f"t = {i / 25:.2f} s"
    # edit here
    filled.remove()
    filled = ax.contourf(x, y, field(i), levels=levels, cmap="coolwarm")
    ax.set_title(label)


anim = FuncAnimation(fig, animate, frames=FRAMES, interval=50)
anim.save("movie.mp4", codec="libx264")
