"""The figure is closed before it is saved, so that its layout engine runs only once in each frame."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig, (ax, other) = plt.subplots(1, 2, figsize=(3.2, 2.4), dpi=50, layout="tight")
x = np.linspace(0, 6, 60)
(line,) = ax.plot(x, np.sin(x))
other.set(xlabel="x", title="title")


def animate(i):
    line.set_ydata(10.0**i * np.sin(x))
    ax.set_ylabel("y" * (i // 3))
    ax.relim()
    ax.autoscale_view()


anim = FuncAnimation(fig, animate, frames=13)
plt.close(fig)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"], dpi=70)
