"""Arguments for savefig."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
x = np.linspace(0, 6, 60)
(line,) = ax.plot(x, np.sin(x))

fig.set_facecolor((1, 0, 0, 0.4))


def animate(i):
    line.set_ydata(np.sin(x + i))


anim = FuncAnimation(fig, animate, frames=13)
anim.save(
    "out.mkv",
    codec="ffv1",
    extra_args=["-pix_fmt", "bgr0"],
    savefig_kwargs={"facecolor": (0, 0, 1, 0.3), "bbox_inches": "tight"},
    dpi=61,
)
