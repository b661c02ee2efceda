"""Constrained layout with a colorbar, whose limits move a little."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50, layout="constrained")
data = np.random.default_rng(2).random((11, 12, 16)) + np.arange(11)[:, None, None] / 40
image = ax.imshow(data[0])
bar = fig.colorbar(image)


def animate(i):
    image.set_data(data[i])
    image.set_clim(data[i].min(), data[i].max())


anim = FuncAnimation(fig, animate, frames=11)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
