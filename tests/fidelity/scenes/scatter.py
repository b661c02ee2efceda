"""Scatter."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
rng = np.random.default_rng(4)
points = ax.scatter(rng.random(30), rng.random(30), c=rng.random(30), s=40)


def animate(i):
    points.set_offsets(np.c_[points.get_offsets()] * 0.95)
    points.set_array(np.roll(points.get_array(), 1))


anim = FuncAnimation(fig, animate, frames=17)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
