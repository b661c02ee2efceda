"""A heat map with a number in each cell, drawn anew for each frame together with its colorbar."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

FRAMES = 150

rng = np.random.default_rng(3)
base = rng.random((8, 8))
days = [f"day {k + 1}" for k in range(8)]

fig = plt.figure(figsize=(7, 6))


def animate(i):
    label = f"step {i}"
    # edit here
    fig.clear()
    ax = fig.add_subplot()
    data = (np.sin(base * 6 + i / 10) + 1) / 2
    mesh = ax.pcolormesh(data, cmap="viridis", vmin=0, vmax=1, edgecolor="white", linewidth=0.5)
    for row, column in np.ndindex(data.shape):
        value = data[row, column]
        color = "white" if value < 0.6 else "black"
        ax.text(column + 0.5, row + 0.5, f"{value:.2f}", ha="center", va="center", color=color, fontsize=8)
    ax.set_xticks(np.arange(8) + 0.5, days, rotation=45)
    ax.set_yticks(np.arange(8) + 0.5, days)
    ax.set_title(label)
    fig.colorbar(mesh, ax=ax)


anim = FuncAnimation(fig, animate, frames=FRAMES, interval=50)
anim.save("movie.mp4", codec="libx264")
