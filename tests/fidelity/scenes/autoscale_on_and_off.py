"""Autoscaling that takes effect while a frame is drawn, and is switched on and off."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
x = np.linspace(0, 6, 60)
(line,) = ax.plot(x, np.sin(x))


def animate(i):
    ax.autoscale(i % 3 == 0)
    line.set_ydata((i + 1) * np.sin(x + i))
    ax.relim()


anim = FuncAnimation(fig, animate, frames=17)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
