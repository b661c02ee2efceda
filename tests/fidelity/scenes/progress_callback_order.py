"""A progress_callback is called once for each frame, in order."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
x = np.linspace(0, 6, 60)
(line,) = ax.plot(x, np.sin(x))

told = []


def animate(i):
    line.set_ydata(np.sin(x + i))


anim = FuncAnimation(fig, animate, frames=13)
anim.save(
    "out.mkv",
    codec="ffv1",
    extra_args=["-pix_fmt", "bgr0"],
    progress_callback=lambda i, n: told.append((i, n)),
)
assert told == [(i, 13) for i in range(13)], told
