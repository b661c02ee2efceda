"""A field of 500 x 500 values with a colorbar, its limits fixed."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

FRAMES = 150

x = np.linspace(0, 4 * np.pi, 500)


def field(t):
    return np.outer(np.sin(x + t), np.cos(x - t / 2)) + 0.3 * np.outer(np.cos(3 * x), np.sin(2 * x + t))


fig, ax = plt.subplots()
image = ax.imshow(field(0), origin="lower", extent=(0, 1, 0, 1), vmin=-1.3, vmax=1.3)
fig.colorbar(image, label="temperature")
ax.set(xlabel="x (m)", ylabel="y (m)")


def animate(i):
    image.set_data(field(i / 15))
    return (image,)


anim = FuncAnimation(fig, animate, frames=FRAMES, interval=40)
anim.save("movie.mp4", codec="libx264")
