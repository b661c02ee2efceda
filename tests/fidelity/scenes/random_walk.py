"""Random walk."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
np.random.seed(3)
path = [(0.0, 0.0)]
(line,) = ax.plot([0], [0], "o-")
ax.set_xlim(-6, 6)
ax.set_ylim(-6, 6)


def animate(i):
    step = np.random.normal(size=2)
    path.append((path[-1][0] + step[0], path[-1][1] + step[1]))
    line.set_data(*zip(*path, strict=True))


anim = FuncAnimation(fig, animate, frames=17)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
