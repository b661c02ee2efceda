"""What plots leave behind: each step adds its artists, and the next one removes them, as celluloid's camera does."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import ArtistAnimation

FRAMES = 150

rng = np.random.default_rng(9)
walk = np.cumsum(rng.normal(size=(FRAMES, 5)), axis=0)

fig, (left, right) = plt.subplots(1, 2, figsize=(8, 4))
left.set(xlabel="step", ylabel="position")
right.set(xlabel="walker", ylabel="distance")
frames = []
for i in range(FRAMES):
    label = f"step {i}"
    # edit here
    drawn = left.plot(walk[: i + 1], color="C0", alpha=0.6)
    drawn += right.bar(range(5), np.abs(walk[i]), color="C1")
    drawn.append(left.text(0.05, 0.92, label, transform=left.transAxes))
    frames.append(drawn)

anim = ArtistAnimation(fig, frames, interval=50)
anim.save("movie.mp4", codec="libx264")
