"""Python's own generator, which every forked child would seed anew."""

import random

import matplotlib.pyplot as plt
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
random.seed(5)
bars = ax.bar(range(6), [1] * 6)
ax.set_ylim(0, 1)


def animate(i):
    for bar in bars:
        bar.set_height(random.random())


anim = FuncAnimation(fig, animate, frames=17)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
