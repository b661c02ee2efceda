"""Frames that call `tight_layout`."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
x = np.linspace(0, 6, 60)
(line,) = ax.plot(x, np.sin(x))


def animate(i):
    line.set_ydata(10.0**i * np.sin(x))
    ax.relim()
    ax.autoscale_view()
    fig.tight_layout()


anim = FuncAnimation(fig, animate, frames=13)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
