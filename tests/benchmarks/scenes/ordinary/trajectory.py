"""A trajectory that grows, under a constrained layout, in axes that scale themselves to it."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

FRAMES = 150

t = np.linspace(0, 12 * np.pi, FRAMES)
x, y = t * np.cos(t), t * np.sin(t)

fig, ax = plt.subplots(layout="constrained")
(path,) = ax.plot([], [], lw=1)
(head,) = ax.plot([], [], "o", color="C3")
ax.set(xlabel="x (km)", ylabel="y (km)", aspect="equal")


def animate(i):
    label = f"distance {np.hypot(x[i], y[i]):.1f} km"
    # edit here
    path.set_data(x[: i + 1], y[: i + 1])
    head.set_data(x[i : i + 1], y[i : i + 1])
    ax.relim()
    ax.autoscale_view()
    ax.set_title(label)


anim = FuncAnimation(fig, animate, frames=FRAMES, interval=50)
anim.save("movie.mp4", codec="libx264")
