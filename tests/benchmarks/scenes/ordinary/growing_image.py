"""An image that gets a row in each frame, with a colorbar, under a constrained layout."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

FRAMES = 150

rng = np.random.default_rng(4)
rows = np.cumsum(rng.normal(size=(FRAMES, 80)), axis=0)

fig, ax = plt.subplots(layout="constrained")
image = ax.imshow(rows[:1], aspect="auto", cmap="magma", interpolation="nearest")
fig.colorbar(image, ax=ax, label="amplitude")
ax.set(xlabel="channel", ylabel="time (s)")


def animate(i):
    label = f"{i + 1} rows"
    # edit here
    shown = rows[: i + 1]
    image.set_data(shown)
    image.set_extent((0, 80, i + 1, 0))
    image.set_clim(shown.min(), shown.max() + 1e-9)
    ax.set_title(label)


anim = FuncAnimation(fig, animate, frames=FRAMES, interval=50)
anim.save("movie.mp4", codec="libx264")
