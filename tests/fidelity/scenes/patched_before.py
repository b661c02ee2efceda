"""Before the animation, a method of matplotlib is replaced by one of the scene's that counts its calls."""

import matplotlib.pyplot as plt
from matplotlib.animation import FuncAnimation
from matplotlib.patches import Rectangle
from matplotlib.path import Path

fig, ax = plt.subplots(figsize=(2.4, 1.8), dpi=50)
ax.add_patch(Rectangle((0.2, 0.2), 0.3, 0.3))
counter = ax.text(0.5, 0.5, "")
drawn = []


def get_path(self):
    drawn.append(0)
    return Path([(0, 0), (1, 0), (len(drawn) % 10 / 10, 1), (0, 0)])


Rectangle.get_path = get_path


def animate(i):
    counter.set_text(str(i))


FuncAnimation(fig, animate, frames=16).save("out.mkv", codec="ffv1")
