"""A draw_event callback that places labels by the extents of others."""

import matplotlib.pyplot as plt
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
labels = [ax.text(0.1, 0.2 * k, "") for k in range(4)]


def place(event):
    edge = 0.1
    for label in labels:
        label.set_x(edge)
        box = label.get_window_extent().transformed(ax.transAxes.inverted())
        edge = box.x1 / 2


fig.canvas.mpl_connect("draw_event", place)


def animate(i):
    for k, label in enumerate(labels):
        label.set_text("x" * ((i + k) % 5))


anim = FuncAnimation(fig, animate, frames=13)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
