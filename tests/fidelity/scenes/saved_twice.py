"""One animation is saved twice: the second save continues the generator where the first ended."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
np.random.seed(11)
points = ax.scatter(np.zeros(9), np.zeros(9))
ax.set_xlim(-3, 3)
ax.set_ylim(-3, 3)


def animate(i):
    points.set_offsets(np.random.normal(size=(9, 2)))


anim = FuncAnimation(fig, animate, frames=9)
anim.save("first.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
