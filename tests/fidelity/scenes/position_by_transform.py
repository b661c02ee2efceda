"""An invisible label is placed by a transform that a draw updates, and shown later."""

import matplotlib.pyplot as plt
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
ax.set_aspect("equal")
ax.set(xlim=(0, 10), ylim=(0, 10))
(dot,) = ax.plot([5], [5], "o")
label = fig.text(0, 0, "here", visible=False)


def animate(i):
    ax.set_xlim(0, 10 + 6 * i if i < 6 else 10)
    if i == 4:
        label.set_position(fig.transFigure.inverted().transform(ax.transData.transform((5, 5))))
    label.set_visible(10 <= i < 13)


anim = FuncAnimation(fig, animate, frames=17)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
