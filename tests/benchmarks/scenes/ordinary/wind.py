"""Wind: a quiver whose arrows turn, and bars in polar axes."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

FRAMES = 150

x, y = np.meshgrid(np.arange(0, 10, 0.8), np.arange(0, 10, 0.8))
angles = np.linspace(0, 2 * np.pi, 16, endpoint=False)

fig = plt.figure(figsize=(9, 4.5))
ax = fig.add_subplot(121)
rose = fig.add_subplot(122, projection="polar")
arrows = ax.quiver(x, y, np.cos(x), np.sin(y), scale=20)
bars = rose.bar(angles, np.ones(16), width=0.35, alpha=0.7)
rose.set_ylim(0, 2)


def animate(i):
    label = f"hour {i / 6:.1f}"
    # edit here
    arrows.set_UVC(np.cos(x / 2 + i / 10), np.sin(y / 2 - i / 12))
    for k, bar in enumerate(bars):
        bar.set_height(1 + np.sin(angles[k] + i / 10))
    ax.set_title(label)


anim = FuncAnimation(fig, animate, frames=FRAMES, interval=50)
anim.save("movie.mp4", codec="libx264")
