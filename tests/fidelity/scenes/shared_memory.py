"""A counter in shared memory, which every process would increment."""

import multiprocessing

import matplotlib.pyplot as plt
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
ax.set(xlim=(0, 20), ylim=(0, 20))
(dot,) = ax.plot([], [], "o")
count = multiprocessing.Value("i", 0)


def animate(i):
    count.value += 1
    dot.set_data([i], [count.value])


anim = FuncAnimation(fig, animate, frames=13)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
