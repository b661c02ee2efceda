"""A line that grows from its previous data, with an init_func that resets it."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
x = np.linspace(0, 6, 60)
(line,) = ax.plot(x, np.sin(x))


def init():
    line.set_ydata(np.zeros_like(x))


def animate(i):
    line.set_ydata(line.get_ydata() + np.sin(x + i))
    ax.relim()
    ax.autoscale_view()


anim = FuncAnimation(fig, animate, frames=17, init_func=init, interval=35)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
