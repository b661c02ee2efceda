"""An artist with a draw method of its own."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)


class Noisy(plt.Line2D):
    def draw(self, renderer):
        self.set_alpha(np.random.random())
        super().draw(renderer)


np.random.seed(2)
line = ax.add_line(Noisy([0, 1], [0, 1]))


def animate(i):
    line.set_ydata([i / 17, 1])


anim = FuncAnimation(fig, animate, frames=13)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
