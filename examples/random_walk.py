"""Twenty random walkers: each frame takes the state of the last one further."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

np.random.seed(19)
WALKERS, STEPS = 20, 400

fig, ax = plt.subplots()
ax.set(xlim=(-30, 30), ylim=(-30, 30), aspect="equal", title="Random walks")
paths = [[(0.0, 0.0)] for _ in range(WALKERS)]
lines = [ax.plot([], [], lw=0.8)[0] for _ in range(WALKERS)]


def step(i):
    for path, line in zip(paths, lines, strict=True):
        x, y = path[-1] + np.random.normal(scale=0.7, size=2)
        path.append((x, y))
        line.set_data(*zip(*path, strict=True))
    return lines


anim = FuncAnimation(fig, step, frames=STEPS, interval=40)
anim.save("random_walk.mp4")
