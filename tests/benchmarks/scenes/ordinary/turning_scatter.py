"""Points in three dimensions, turned by a few degrees in each frame."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

FRAMES = 150

rng = np.random.default_rng(8)
points = rng.normal(size=(3, 400))

fig = plt.figure()
ax = fig.add_subplot(projection="3d")
ax.scatter(*points, c=points[2], cmap="viridis")
ax.set(xlabel="x", ylabel="y", zlabel="z")


def animate(i):
    label = f"azimuth {2 * i} degrees"
    # edit here
    ax.view_init(elev=25, azim=2 * i)
    ax.set_title(label)


anim = FuncAnimation(fig, animate, frames=FRAMES, interval=50)
anim.save("movie.mp4", codec="libx264")
