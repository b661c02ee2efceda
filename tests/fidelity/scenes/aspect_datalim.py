"""Axes with equal aspect, whose data limits are adjusted."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
x = np.linspace(0, 6, 60)
(line,) = ax.plot(x, np.sin(x))

ax.set_aspect("equal", adjustable="datalim")


def animate(i):
    line.set_data(x * (1 + i), np.sin(x + i))
    if i % 2:
        ax.relim()
        ax.autoscale_view()


anim = FuncAnimation(fig, animate, frames=17)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
