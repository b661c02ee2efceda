"""A semaphore of multiprocessing is created by a frame, and counted down by later ones.

After the save, its value is right, and a child process can still change it.
"""

import multiprocessing

import matplotlib.pyplot as plt
from matplotlib.animation import FuncAnimation

context = multiprocessing.get_context("fork")
fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
ax.set(xlim=(0, 20), ylim=(0, 20))
(dot,) = ax.plot([], [], "o")
made = []


def animate(i):
    if i == 3:
        made.append(context.Semaphore(18))
    for semaphore in made:
        semaphore.acquire(block=False)
    dot.set_data([i], [made[0].get_value() if made else 0])


anim = FuncAnimation(fig, animate, frames=13)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
(left,) = made
assert left.get_value() == 8, left.get_value()
child = context.Process(target=left.release)
child.start()
child.join()
assert left.get_value() == 9, left.get_value()
