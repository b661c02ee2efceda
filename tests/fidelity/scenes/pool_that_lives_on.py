"""A pool that was started before the animation computes the data of the frames."""

import multiprocessing

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation


def wave(n):
    return np.sin(np.linspace(0, 6, 60) + n)


if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(1) as pool:
        fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
        (line,) = ax.plot(wave(0))

        def animate(i):
            line.set_ydata(pool.map(wave, [i])[0])

        anim = FuncAnimation(fig, animate, frames=13)
        anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
