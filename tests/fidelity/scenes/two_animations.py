"""Two animations."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
(left,) = ax.plot([], [])
(right,) = ax.plot([], [])
ax.set_xlim(0, 10)
ax.set_ylim(-1, 1)
t = np.linspace(0, 10, 50)


def one(i):
    left.set_data(t, np.sin(t + i))


def two(i):
    right.set_data(t, np.cos(t + i))


other = FuncAnimation(fig, two, frames=11)
anim = FuncAnimation(fig, one, frames=17)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"], extra_anim=[other])
