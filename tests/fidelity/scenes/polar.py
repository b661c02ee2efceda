"""Polar."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50, subplot_kw={"projection": "polar"})
theta = np.linspace(0, 6, 50)
(line,) = ax.plot(theta, theta)


def animate(i):
    line.set_ydata(theta * (1 + i % 4))
    ax.set_rmax(6 + i)


anim = FuncAnimation(fig, animate, frames=13)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
