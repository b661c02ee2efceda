"""The figure is closed while it is saved: matplotlib may give it another canvas in the middle of the movie."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
x = np.linspace(0, 6, 60)
(line,) = ax.plot(x, np.sin(x))


def animate(i):
    line.set_ydata((1 + i // 4) * np.sin(x + i))
    ax.relim()
    ax.autoscale_view()
    if i == 6:
        plt.close(fig)
    ax.set_title(f"{type(fig.canvas).__name__} {i}")


anim = FuncAnimation(fig, animate, frames=13)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
