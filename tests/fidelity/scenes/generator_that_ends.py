"""A generator function of unknown length, which ends where blocks of 4 end."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
x = np.linspace(0, 6, 60)
(line,) = ax.plot(x, np.sin(x))


def frames():
    for k in range(16):
        yield k * k / 20


def animate(value):
    line.set_ydata(np.sin(x + value))


anim = FuncAnimation(fig, animate, frames=frames, cache_frame_data=False)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
