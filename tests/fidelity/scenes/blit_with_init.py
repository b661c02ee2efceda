"""Blitting, where the constructor already calls the user's functions."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
x = np.linspace(0, 6, 60)
(line,) = ax.plot(x, np.sin(x))

calls = []
label = ax.text(0.1, 0.9, "", transform=ax.transAxes)


def init():
    calls.append("init")
    return line, label


def animate(i):
    calls.append(i)
    line.set_ydata(np.sin(x + len(calls) / 5))
    label.set_text(f"{len(calls)} calls")
    return line, label


anim = FuncAnimation(fig, animate, frames=17, blit=True, init_func=init)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
