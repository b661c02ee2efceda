"""Pcolormesh."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
data = np.random.default_rng(6).random((17, 9, 9))
mesh = ax.pcolormesh(data[0])


def animate(i):
    mesh.set_array(data[i])


anim = FuncAnimation(fig, animate, frames=17)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
