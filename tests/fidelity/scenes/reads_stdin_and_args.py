"""A script that reads standard input and its arguments."""

import sys

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
x = np.linspace(0, 6, 60)
(line,) = ax.plot(x, np.sin(x))

phase = float(sys.stdin.readline()) + len(sys.argv)


def animate(i):
    line.set_ydata(np.sin(x + i + phase))


anim = FuncAnimation(fig, animate, frames=9)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
