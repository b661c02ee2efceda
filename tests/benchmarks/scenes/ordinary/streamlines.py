"""Streamlines of a turning flow, drawn in cleared axes."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

FRAMES = 150

x, y = np.meshgrid(np.linspace(-2, 2, 30), np.linspace(-2, 2, 30))

fig, ax = plt.subplots()


def animate(i):
    label = f"t = {i / 10:.1f}"
    # edit here
    t = i / 10
    ax.clear()
    u = -y + 0.5 * np.cos(t)
    v = x - 0.5 * np.sin(t)
    ax.streamplot(x, y, u, v, density=0.7, color=np.hypot(u, v), cmap="plasma")
    ax.set(xlim=(-2, 2), ylim=(-2, 2), title=label)


anim = FuncAnimation(fig, animate, frames=FRAMES, interval=50)
anim.save("movie.mp4", codec="libx264")
