"""A band around a line, removed and filled again in each frame."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

FRAMES = 150

x = np.linspace(0, 10, 200)

fig, ax = plt.subplots()
(line,) = ax.plot(x, np.sin(x), label="mean")
band = ax.fill_between(x, np.sin(x) - 0.1, np.sin(x) + 0.1, alpha=0.3, label="95 %")
ax.set(ylim=(-2, 2), xlabel="time (h)", ylabel="concentration")
ax.legend(loc="lower left")


def animate(i):
    global band
    label = f"iteration {i}"
    # edit here
    mean = np.sin(x + i / 15)
    spread = 0.1 + 0.3 * np.abs(np.sin(x / 3 + i / 20))
    line.set_ydata(mean)
    band.remove()
    band = ax.fill_between(x, mean - spread, mean + spread, alpha=0.3, color="C0")
    ax.set_title(label)


anim = FuncAnimation(fig, animate, frames=FRAMES, interval=50)
anim.save("movie.mp4", codec="libx264")
