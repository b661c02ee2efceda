"""`Animation.save` omits the first frame of an iterator that is not repeated."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
x = np.linspace(0, 6, 60)
(line,) = ax.plot(x, np.sin(x))


def animate(value):
    line.set_ydata(np.sin(x + value / 3))


anim = FuncAnimation(fig, animate, frames=iter(range(14)), repeat=False, save_count=20)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
