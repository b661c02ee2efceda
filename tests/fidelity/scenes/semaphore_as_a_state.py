"""A semaphore of multiprocessing is counted down while frames run, and a lock is made among them.

What they hold when the movie is saved is printed, and what a child makes of them then is seen.
"""

import multiprocessing

import matplotlib.pyplot as plt
from matplotlib.animation import FuncAnimation

context = multiprocessing.get_context("fork")
fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
ax.set(xlim=(0, 20), ylim=(0, 20))
(dot,) = ax.plot([], [], "o")
left = context.Semaphore(18)
made = []


def animate(i):
    left.acquire()
    if i == 5:
        made.append(context.Semaphore(7))
    for semaphore in made:
        semaphore.acquire(block=False)
    ax.set_title("".join(str(semaphore.get_value()) for semaphore in made))
    dot.set_data([i], [left.get_value()])


anim = FuncAnimation(fig, animate, frames=13)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
assert left.get_value() == 4, left.get_value()
child = context.Process(target=left.release)
child.start()
child.join()
assert left.get_value() == 5, left.get_value()
