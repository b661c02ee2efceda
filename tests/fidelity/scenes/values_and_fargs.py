"""Frames that are values, and fargs."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
x = np.linspace(0, 6, 60)
(line,) = ax.plot(x, np.sin(x))


def animate(value, scale, history):
    history.append(value)
    line.set_ydata(scale * len(history) * np.sin(x))
    line.set_color(value)
    ax.set_ylim(-40, 40)


colours = ["red", "green", "#0000ff", "0.5", "C3"] * 3
anim = FuncAnimation(fig, animate, frames=colours, fargs=(1.5, []))
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
