"""A matrix that is changed in place: what it is part of goes on by the old one, until it is told."""

import matplotlib.pyplot as plt
from matplotlib.animation import FuncAnimation
from matplotlib.transforms import Affine2D

fig, ax = plt.subplots(figsize=(2.4, 1.8), dpi=50)
own = Affine2D()
(line,) = ax.plot([0, 1, 2], [0, 1, 0], transform=own + ax.transData)
counter = ax.set_title("")


def animate(i):
    counter.set_text(str(i))
    if i % 7 == 2:
        own.get_matrix()[0, 2] += 0.2
    elif i % 7 == 4:
        own.invalidate()


FuncAnimation(fig, animate, frames=28).save("out.mkv", codec="ffv1")
