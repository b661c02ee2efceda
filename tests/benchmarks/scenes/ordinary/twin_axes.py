"""Loss and learning rate in twin axes: autoscaled, with logarithmic ticks, and a legend made anew."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

FRAMES = 150

rng = np.random.default_rng(5)
steps = np.arange(1, FRAMES + 1)
loss = 3 * np.exp(-steps / 40) + 0.02 * rng.random(FRAMES) + 0.01
rate = 1e-3 * 0.95**steps

fig, ax = plt.subplots()
twin = ax.twinx()
(line,) = ax.semilogy([], [], color="C0")
(other,) = twin.semilogy([], [], color="C1")
ax.set(xlabel="epoch", ylabel="loss")
twin.set_ylabel("learning rate")


def animate(i):
    label = f"epoch {i}"
    # edit here
    line.set_data(steps[: i + 2], loss[: i + 2])
    other.set_data(steps[: i + 2], rate[: i + 2])
    for each in (ax, twin):
        each.relim()
        each.autoscale_view()
    ax.legend([line, other], [f"loss {loss[i]:.3f}", f"rate {rate[i]:.1e}"], loc="upper right")
    ax.set_title(label)


anim = FuncAnimation(fig, animate, frames=FRAMES, interval=50)
anim.save("movie.mp4", codec="libx264")
