"""A figure-level text that is returned under blit disappears from a saved movie."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
x = np.linspace(0, 6, 60)
(line,) = ax.plot(x, np.sin(x))

title = fig.text(0.5, 0.95, "0", ha="center")


def animate(i):
    title.set_text(f"frame {i}")
    line.set_ydata(np.sin(x + i / 5))
    return line, title


anim = FuncAnimation(fig, animate, frames=13, blit=True)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
