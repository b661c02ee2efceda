"""The figure is closed before it is saved: its own canvas draws nothing, and savefig uses another one."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig, (ax, image_ax) = plt.subplots(1, 2, figsize=(3.2, 2.4), dpi=50)
x = np.linspace(0, 6, 60)
(line,) = ax.plot(x, np.sin(x))
image = image_ax.imshow(np.zeros((5, 5)), vmin=0, vmax=13)


def animate(i):
    line.set_ydata((1 + i // 4) * np.sin(x + i))
    if i > 5:
        ax.relim()
        ax.autoscale_view()
    image.set_data(np.full((5, 5), i))
    ax.set_title(f"{i}" if i % 3 else "")


anim = FuncAnimation(fig, animate, frames=13)
plt.close(fig)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"], dpi=70)
