"""A formatter reads pixels while the figure is drawn."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
x = np.linspace(0, 6, 60)
(line,) = ax.plot(x, np.sin(x))


def written(value, position):
    return str((np.asarray(fig.canvas.buffer_rgba())[..., :3] < 128).sum())


ax.xaxis.set_major_formatter(written)


def animate(i):
    line.set_ydata(np.sin(x + i / 3) * (i % 4))
    if i == 5:
        fig.canvas.draw()


anim = FuncAnimation(fig, animate, frames=13)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
