"""Frames that write a file."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
x = np.linspace(0, 6, 60)
(line,) = ax.plot(x, np.sin(x))


def animate(i):
    with open("log.txt", "a") as log:
        log.write(f"{i}\n")
    with open("log.txt") as log:
        ax.set_title(f"{len(log.readlines())} lines")


anim = FuncAnimation(fig, animate, frames=13)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
