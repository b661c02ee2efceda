"""Slow frames, and a count kept in a text that is hidden in every frame where a block may begin."""

import time

import matplotlib.pyplot as plt
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
(dot,) = ax.plot([0], [0], "o")
ax.set_xlim(-1, 30)
count = ax.text(2, 0.02, "0")


def animate(i):
    time.sleep(0.012)
    dot.set_xdata([i])
    count.set_text(str(int(count.get_text()) + 1))
    count.set_visible(bool(i % 4 and i % 7))


anim = FuncAnimation(fig, animate, frames=26)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
