"""A chart of 50 bars, which rise and fall."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

FRAMES = 200

places = np.arange(50)


def heights(t):
    return 5 + 4 * np.sin(places / 6 + t) * np.cos(places / 11 - t / 3)


fig, ax = plt.subplots()
bars = ax.bar(places, heights(0))
ax.set(ylim=(0, 10), xlabel="bin", ylabel="counts (thousands)", title="spectrum")


def animate(i):
    for bar, height in zip(bars, heights(i / 12)):  # noqa: B905 - as people write
        bar.set_height(height)
    return bars


anim = FuncAnimation(fig, animate, frames=FRAMES, interval=40)
anim.save("movie.mp4", codec="libx264")
