"""Game of life."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
world = (np.random.default_rng(1).random((24, 24)) < 0.3).astype(int)
image = ax.imshow(world, cmap="gray")


def generations():
    cells = world.copy()
    while True:
        yield cells
        around = sum(np.roll(cells, (a, b), (0, 1)) for a in (-1, 0, 1) for b in (-1, 0, 1)) - cells
        cells = ((around == 3) | ((around == 2) & (cells == 1))).astype(int)


anim = FuncAnimation(fig, image.set_data, frames=generations, save_count=17)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
