"""A loader that keeps what it has loaded."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
for k in range(4):
    np.save(f"part{k}.npy", np.random.default_rng(k).random(20))
cache = {}
(line,) = ax.plot(np.zeros(20))
ax.set_ylim(0, 4)


def load(k):
    if k not in cache:
        cache[k] = np.load(f"part{k}.npy")
    return cache[k]


def animate(i):
    line.set_ydata(sum(load(k) for k in range(i % 4 + 1)))


anim = FuncAnimation(fig, animate, frames=17)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
