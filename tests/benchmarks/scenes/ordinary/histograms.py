"""Four histograms of growing samples, each in axes that are cleared for every frame."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

FRAMES = 150

rng = np.random.default_rng(2)
samples = [
    rng.normal(-2.5, 1, 8 * FRAMES),
    rng.gamma(2, 1.5, 8 * FRAMES),
    rng.exponential(2, 8 * FRAMES),
    rng.uniform(0, 6, 8 * FRAMES),
]
titles = ["Normal", "Gamma", "Exponential", "Uniform"]

fig, axs = plt.subplots(2, 2, figsize=(7, 6))


def animate(i):
    label = f"n = {8 * (i + 1)}"
    # edit here
    for ax, sample, title in zip(axs.flat, samples, titles, strict=True):
        ax.cla()
        ax.hist(sample[: 8 * (i + 1)], bins=20, density=True, alpha=0.6)
        ax.set_title(title)
        ax.set_ylabel("Normed Frequency")
        ax.set_xlabel("Value")
        ax.annotate(label, xy=(0.7, 0.9), xycoords="axes fraction")


anim = FuncAnimation(fig, animate, frames=FRAMES, interval=50)
anim.save("movie.mp4", codec="libx264")
