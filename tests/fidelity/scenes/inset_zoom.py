"""Inset zoom."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
x = np.linspace(0, 6, 60)
(line,) = ax.plot(x, np.sin(x))

inset = ax.inset_axes([0.6, 0.6, 0.35, 0.35])
(zoomed,) = inset.plot(x, np.sin(x))


def animate(i):
    zoomed.set_ydata(np.sin(x + i))
    inset.set_xlim(i / 5, 2 + i / 5)
    for old in ax.patches[:]:
        old.remove()
    ax.indicate_inset_zoom(inset)


anim = FuncAnimation(fig, animate, frames=13)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
