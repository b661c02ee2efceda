"""Subfigures."""

import matplotlib.pyplot as plt
from matplotlib.animation import FuncAnimation

fig = plt.figure(figsize=(3.2, 2.4), dpi=50)
left, right = fig.subfigures(1, 2)
a, b = left.subplots(2, 1)
c = right.subplots()
lines = [axes.plot([0, 1], [0, k])[0] for k, axes in enumerate((a, b, c))]


def animate(i):
    for k, line in enumerate(lines):
        line.set_ydata([i * k, 1])
        line.axes.relim()
        line.axes.autoscale_view()
    right.suptitle(f"{i}")


anim = FuncAnimation(fig, animate, frames=13)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
