"""A quiver takes its scale at its first draw, is hidden, and shown again with other arrows."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
ax.set(xlim=(-1, 4), ylim=(-1, 4))
grid = np.meshgrid(range(4), range(4))
winds = []


def animate(i):
    if i == 3 and not winds:
        winds.append(ax.quiver(*grid, np.ones((4, 4)), np.ones((4, 4))))
    if i == 5:
        winds[0].set_UVC(3 * np.ones((4, 4)), np.ones((4, 4)))
    for wind in winds:
        wind.set_visible(i in (3, 4, 10, 11))


anim = FuncAnimation(fig, animate, frames=15)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
