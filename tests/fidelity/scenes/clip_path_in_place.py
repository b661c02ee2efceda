"""A clip path whose vertices are changed in place: Agg keeps the mask that it made of the original ones."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(2.4, 1.8), dpi=50)
image = ax.imshow(np.arange(100.0).reshape(10, 10))
outline = ax.add_patch(plt.Polygon([[2.0, 2], [4, 2], [4, 8]], fc="none", transform=ax.transData))
image.set_clip_path(outline)


def animate(i):
    xy = outline.get_xy()
    xy[:, 0] += 0.1
    outline.set_xy(xy)


FuncAnimation(fig, animate, frames=16).save("out.mkv", codec="ffv1")
