"""A generator with save_count."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
x = np.linspace(0, 6, 60)
(line,) = ax.plot(x, np.sin(x))


def frames():
    value = 0.0
    while True:
        value += 0.3
        yield value


def animate(value):
    line.set_ydata(np.sin(x + value))


anim = FuncAnimation(fig, animate, frames=frames, save_count=17)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
