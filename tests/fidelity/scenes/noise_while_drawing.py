"""A tick formatter draws a random number at frame 3, and its state is shown at frame 12; no seam shows it."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
x = np.linspace(0, 6, 60)
(line,) = ax.plot(x, np.sin(x))


def label(value, position):
    if ax.get_title() == "noise":
        np.random.random()
    return f"{value + np.random.get_state()[2] / 1000:.3f}" if ax.get_title() == "look" else ""


np.random.seed(1)
ax.xaxis.set_major_formatter(label)


def animate(i):
    line.set_ydata(np.sin(x + i / 5))
    ax.set_title({3: "noise", 12: "look"}.get(i, ""))


anim = FuncAnimation(fig, animate, frames=17)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
