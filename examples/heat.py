"""Heat spreads over a plate: an image with a colorbar."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

N, FRAMES, STEPS_PER_FRAME = 96, 200, 8

plate = np.zeros((N, N))
plate[20:40, 20:40] = 100.0
plate[60:70, 30:90] = 70.0

fig, ax = plt.subplots()
image = ax.imshow(plate, cmap="inferno", vmin=0, vmax=100)
fig.colorbar(image, label="temperature / °C")
title = ax.set_title("")


def spread(i):
    for _ in range(STEPS_PER_FRAME if i else 0):
        padded = np.pad(plate, 1, mode="edge")
        neighbours = padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:]
        plate[...] += 0.2 * (neighbours - 4 * plate)
    image.set_data(plate)
    title.set_text(f"step {i * STEPS_PER_FRAME}")


anim = FuncAnimation(fig, spread, frames=FRAMES)
anim.save("heat.mp4", fps=25, dpi=120)
