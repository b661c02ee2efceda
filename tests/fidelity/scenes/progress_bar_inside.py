"""The first progress bar of tqdm is made when the first frame is asked for."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation
from tqdm import tqdm

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
x = np.linspace(0, 6, 60)
(line,) = ax.plot(x, np.sin(x))


def steps():
    yield from tqdm(range(13), desc="frames")


def animate(i):
    line.set_ydata(np.sin(x + i))


anim = FuncAnimation(fig, animate, frames=steps, save_count=13)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
