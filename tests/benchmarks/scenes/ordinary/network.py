"""A network whose edges and labelled nodes are drawn anew in cleared axes."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation
from matplotlib.collections import LineCollection

FRAMES = 150

rng = np.random.default_rng(6)
places = rng.normal(size=(30, 2))
pairs = np.array([(a, b) for a in range(30) for b in range(a) if rng.random() < 0.1])

fig, ax = plt.subplots(figsize=(6, 6))


def animate(i):
    label = f"{min(i, len(pairs))} edges"
    # edit here
    ax.clear()
    turned = places + 0.05 * np.sin(i / 10 + np.arange(30))[:, np.newaxis]
    shown = pairs[: i + 1]
    ax.add_collection(LineCollection(turned[shown], color="0.6", zorder=1))
    degree = np.bincount(shown.ravel(), minlength=30)
    ax.scatter(*turned.T, c=degree, s=150 + 40 * degree, cmap="YlGnBu", vmin=0, vmax=8, edgecolor="black")
    for k, (px, py) in enumerate(turned):
        ax.text(px, py, str(k), ha="center", va="center", fontsize=8)
    ax.set(xlim=(-3, 3), ylim=(-3, 3), title=label)
    ax.axis("off")


anim = FuncAnimation(fig, animate, frames=FRAMES, interval=50)
anim.save("movie.mp4", codec="libx264")
