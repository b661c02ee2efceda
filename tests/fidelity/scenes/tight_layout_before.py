"""`tight_layout` is called once, before the animation; the engine that it leaves changes nothing."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig, axes = plt.subplots(2, 2, figsize=(3.2, 2.4), dpi=50)
x = np.linspace(0, 6, 60)
lines = [ax.plot(x, np.sin(x + n))[0] for n, ax in enumerate(axes.flat)]
fig.tight_layout()


def animate(i):
    for n, line in enumerate(lines):
        line.set_ydata((1 + i // 5) * np.sin(x + n + i))
    if i % 4 == 3:
        axes[0, 0].set_ylabel("y" * i)
        axes[0, 0].relim()
        axes[0, 0].autoscale_view()
    if i == 9:
        fig.subplots_adjust(hspace=0.8)


anim = FuncAnimation(fig, animate, frames=13)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"], dpi=70)
