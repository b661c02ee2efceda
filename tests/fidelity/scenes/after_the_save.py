"""Lines after a save see the figure, its canvas and the generators as the save left them."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
rng = np.random.default_rng(3)
(line,) = ax.plot(rng.random(9))


def animate(i):
    line.set_ydata(line.get_ydata() + rng.random(9))
    ax.relim()
    ax.autoscale_view()


anim = FuncAnimation(fig, animate, frames=13)
anim.save("first.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
pixels = np.asarray(fig.canvas.buffer_rgba()).sum()
ax.set_title(f"{pixels} {rng.random():.3f} {ax.get_ylim()[1]:.3f}")
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
