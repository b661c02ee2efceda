"""A small wave, cheap to draw, of any length."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

FRAMES = 2000

fig, ax = plt.subplots(figsize=(1.6, 1.2))
x = np.linspace(0, 6, 40)
(line,) = ax.plot(x, np.sin(x))
ax.set_axis_off()


def animate(i):
    line.set_ydata(np.sin(x + i / 50))
    return (line,)


anim = FuncAnimation(fig, animate, frames=FRAMES, interval=40)
anim.save("movie.mp4", codec="libx264")
