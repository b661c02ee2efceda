"""Frames call `draw_idle`, and read the pixels of this draw, and of the one that `Animation.save` makes."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
x = np.linspace(0, 6, 60)
(line,) = ax.plot(x, np.sin(x))


def dark():
    return (np.asarray(fig.canvas.buffer_rgba())[..., :3] < 128).sum()


class Curious(FuncAnimation):
    def _post_draw(self, framedata, blit):
        super()._post_draw(framedata, blit)
        ax.set_xlabel(f"{dark()}")


def animate(i):
    line.set_ydata(np.sin(x + i / 3) * (i % 4))
    fig.canvas.draw_idle()
    ax.set_title(f"{dark()}")


for kind, name in ((FuncAnimation, "plain"), (Curious, "curious")):
    anim = kind(fig, animate, frames=9)
    anim.save(f"{name}.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
