"""A tide gauge, read from a data file beside the script."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

hours, height = np.loadtxt(Path(__file__).with_name("tide.csv"), delimiter=",", skiprows=1, unpack=True)

fig, ax = plt.subplots()
ax.plot(hours, height, color="0.8")
(past,) = ax.plot([], [], color="C0")
(now,) = ax.plot([], [], "o", color="C3")
ax.set(xlabel="hours", ylabel="height / m", title="Tide")


def show(i):
    past.set_data(hours[: i + 1], height[: i + 1])
    now.set_data(hours[i : i + 1], height[i : i + 1])
    return past, now


anim = FuncAnimation(fig, show, frames=len(hours), interval=35)
anim.save("tide.mp4")
