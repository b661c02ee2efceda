"""A bar chart race: the axes are cleared, sorted bars and their labels are drawn anew."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

FRAMES = 150

rng = np.random.default_rng(1)
names = np.array(["Oslo", "Lima", "Cairo", "Delhi", "Quito", "Seoul", "Tunis", "Paris", "Accra", "Hanoi"])
values = np.cumsum(rng.random((FRAMES, len(names))), axis=0) + 5
colors = plt.colormaps["tab10"](np.arange(len(names)))

fig, ax = plt.subplots(figsize=(8, 5))


def animate(i):
    label = f"year {1950 + i // 3}"
    # edit here
    order = np.argsort(values[i])
    ax.clear()
    ax.barh(names[order], values[i][order], color=colors[order])
    for place, k in enumerate(order):
        ax.text(values[i][k], place, f" {values[i][k]:.1f}", va="center", fontsize=9)
    ax.set_title("Cities by visitors (millions)", loc="left")
    ax.text(1, 0.05, label, transform=ax.transAxes, ha="right", size=24, color="0.5")
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(axis="x", alpha=0.4)


anim = FuncAnimation(fig, animate, frames=FRAMES, interval=50)
anim.save("movie.mp4", codec="libx264")
