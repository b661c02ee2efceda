"""An ArtistAnimation: a list of images and titles that are made before the movie."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import ArtistAnimation

FRAMES = 150

x = np.linspace(0, 2 * np.pi, 120)
y = np.linspace(0, 2 * np.pi, 100).reshape(-1, 1)

fig, ax = plt.subplots()
frames = []
for i in range(FRAMES):
    label = f"frame {i}"
    # edit here
    image = ax.imshow(np.sin(x + i / 8) + np.cos(y - i / 12), animated=True, vmin=-2, vmax=2)
    title = ax.text(0.5, 1.02, label, transform=ax.transAxes, ha="center")
    frames.append([image, title])

anim = ArtistAnimation(fig, frames, interval=50, blit=True)
anim.save("movie.mp4", codec="libx264")
