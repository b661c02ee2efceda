"""Filled contours, drawn anew in cleared axes for each frame."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

FRAMES = 120

fig, ax = plt.subplots()
x, y = np.meshgrid(np.linspace(-3, 3, 120), np.linspace(-3, 3, 120))
levels = np.linspace(-1.1, 1.1, 12)


def animate(i):
    t = i / 12
    ax.clear()
    wave = np.sin(2 * x + t) * np.cos(y - t) * np.exp(-(x**2 + y**2) / 10)
    ax.contourf(x, y, wave, levels=levels, cmap="RdBu")
    ax.set(title=f"t = {t:.2f} s", xlabel="x", ylabel="y")


anim = FuncAnimation(fig, animate, frames=FRAMES, interval=40)
anim.save("movie.mp4", codec="libx264")
