"""Frames that read pixels."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
x = np.linspace(0, 6, 60)
(line,) = ax.plot(x, np.sin(x))
fig.canvas.draw()


def animate(i):
    line.set_ydata(np.sin(x + i / 3))
    dark = (np.asarray(fig.canvas.buffer_rgba())[..., :3] < 128).sum()
    ax.set_title(f"{dark}")


anim = FuncAnimation(fig, animate, frames=13)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
