"""A file that was opened before the save, and is read line by line by the frames."""

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
Path("numbers.txt").write_text("\n".join(str(k * k % 17) for k in range(60)))
numbers = open("numbers.txt")
(line,) = ax.plot([], [])
ax.set_xlim(0, 20)
ax.set_ylim(0, 17)
seen = []


def animate(i):
    seen.append(int(numbers.readline()))
    line.set_data(range(len(seen)), seen)


anim = FuncAnimation(fig, animate, frames=17)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
