"""20,000 particles in a rotating flow, coloured by their distance from its middle."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

FRAMES = 100

rng = np.random.default_rng(1)
radius, angle = np.sqrt(rng.uniform(0, 1, 20_000)), rng.uniform(0, 2 * np.pi, 20_000)


def places(t):
    turned = angle + t / (0.2 + radius)
    return np.column_stack([radius * np.cos(turned), radius * np.sin(turned)])


fig, ax = plt.subplots()
points = ax.scatter(*places(0).T, s=3, c=radius, linewidths=0)
ax.set(xlim=(-1.1, 1.1), ylim=(-1.1, 1.1), aspect="equal", title="20,000 particles")


def animate(i):
    points.set_offsets(places(i / 40))
    return (points,)


anim = FuncAnimation(fig, animate, frames=FRAMES, interval=40)
anim.save("movie.mp4", codec="libx264")
