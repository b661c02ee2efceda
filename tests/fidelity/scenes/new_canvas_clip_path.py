"""A clip path is changed in place; each frame has a new canvas, which has no earlier mask."""

import numpy as np
from matplotlib.animation import FuncAnimation
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

fig = Figure(figsize=(3.2, 2.4), dpi=50)
ax = fig.subplots()
image = ax.imshow(np.arange(100).reshape(10, 10), extent=(0, 10, 0, 10))
shape = Polygon([[2.0, 2], [4, 2], [4, 8]], fc="none", transform=ax.transData)
ax.add_patch(shape)
image.set_clip_path(shape)


def animate(i):
    vertices = shape.get_xy()
    vertices[:, 0] += 0.3
    shape.set_xy(vertices)


anim = FuncAnimation(fig, animate, frames=13)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
