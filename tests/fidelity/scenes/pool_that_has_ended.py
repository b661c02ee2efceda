"""A pool computes the data, and ends before the animation begins; its semaphores still exist."""

import multiprocessing

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation


def wave(n):
    return np.sin(np.linspace(0, 6, 60) + n)


if __name__ == "__main__":
    pool = multiprocessing.get_context("fork").Pool(2)
    waves = pool.map(wave, range(13))
    pool.terminate()
    pool.join()

    fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
    (line,) = ax.plot(waves[0])

    def animate(i):
        line.set_ydata(waves[i])

    anim = FuncAnimation(fig, animate, frames=13)
    anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
