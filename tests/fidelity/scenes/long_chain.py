"""A chain of objects that is longer than a digest follows."""

import matplotlib.pyplot as plt
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
ax.set(xlim=(0, 1), ylim=(0, 1))
(line,) = ax.plot([], [])


class Node:
    def __init__(self, x, parent):
        self.x, self.parent = x, parent


tip = None
for k in range(600):
    tip = Node(k / 600, tip)


def animate(i):
    node, xs = tip, []
    for _ in range(40 * i):
        xs.append(node.x)
        node = node.parent
    line.set_data(xs, xs)


anim = FuncAnimation(fig, animate, frames=13)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
