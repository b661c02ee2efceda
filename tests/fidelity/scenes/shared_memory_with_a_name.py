"""A counter in shared memory that other processes can open by its name."""

from multiprocessing import shared_memory

import matplotlib.pyplot as plt
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
ax.set(xlim=(0, 20), ylim=(0, 20))
(dot,) = ax.plot([], [], "o")
memory = shared_memory.SharedMemory(create=True, size=1)


def animate(i):
    memory.buf[0] += 1
    dot.set_data([i], [memory.buf[0]])


anim = FuncAnimation(fig, animate, frames=13)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
memory.close()
memory.unlink()
