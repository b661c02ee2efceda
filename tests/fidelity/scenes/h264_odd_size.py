"""The spelling h264 makes sizes even and forces yuv420p."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
x = np.linspace(0, 6, 60)
(line,) = ax.plot(x, np.sin(x))

fig.set_size_inches(3.25, 2.43)


def animate(i):
    line.set_ydata(np.sin(x + i))


anim = FuncAnimation(fig, animate, frames=13)
anim.save("out.mkv", codec="h264", extra_args=["-qp", "0", "-preset", "ultrafast"], dpi=51)
