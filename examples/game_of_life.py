"""Conway's Game of Life: a generator whose every frame depends on the one before."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

rng = np.random.default_rng(1)
start = rng.random((80, 120)) < 0.25


def generations():
    cells = start
    while True:
        yield cells
        neighbours = sum(np.roll(cells, (i, j), (0, 1)) for i in (-1, 0, 1) for j in (-1, 0, 1)) - cells
        cells = (neighbours == 3) | (cells & (neighbours == 2))


fig, ax = plt.subplots(figsize=(6, 4), layout="tight")
ax.set_axis_off()
image = ax.imshow(start, cmap="Greens", interpolation="nearest")


def show(cells):
    image.set_data(cells)
    return (image,)


anim = FuncAnimation(fig, show, frames=generations, save_count=300, interval=50)
plt.show()
