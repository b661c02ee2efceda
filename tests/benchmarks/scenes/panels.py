"""Nine panels of measurements under a constrained layout, a line moving in each."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

FRAMES = 60

fig, axs = plt.subplots(3, 3, layout="constrained")
x = np.linspace(0, 10, 200)
lines = []
for k, ax in enumerate(axs.flat):
    (line,) = ax.plot(x, np.sin(x), color=f"C{k}")
    ax.set(xlim=(0, 10), ylim=(-1.2, 1.2), title=f"sensor {k + 1}", xlabel="time (s)", ylabel="signal")
    lines.append(line)


def animate(i):
    for k, line in enumerate(lines):
        line.set_ydata(np.sin((1 + k / 4) * x + i / 10) * np.exp(-x / 20))
    return lines


anim = FuncAnimation(fig, animate, frames=FRAMES, interval=40)
anim.save("movie.mp4", codec="libx264")
