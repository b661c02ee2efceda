"""A line over dates, in a window that moves with the last one."""

import matplotlib.dates as mdates
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

FRAMES = 150

rng = np.random.default_rng(7)
days = np.datetime64("2024-01-01") + np.arange(FRAMES + 60)
price = 100 + np.cumsum(rng.normal(size=len(days)))

fig, ax = plt.subplots(figsize=(8, 4))
(line,) = ax.plot(days[:60], price[:60])
ax.xaxis.set_major_locator(mdates.WeekdayLocator(interval=2))
ax.xaxis.set_major_formatter(mdates.DateFormatter("%d %b"))
ax.set_ylabel("price")
ax.grid(alpha=0.3)


def animate(i):
    label = f"{days[i + 59]}: {price[i + 59]:.2f}"
    # edit here
    line.set_data(days[i : i + 60], price[i : i + 60])
    ax.set_xlim(days[i], days[i + 59])
    ax.set_ylim(price[i : i + 60].min() - 2, price[i : i + 60].max() + 2)
    ax.set_title(label)


anim = FuncAnimation(fig, animate, frames=FRAMES, interval=50)
anim.save("movie.mp4", codec="libx264")
