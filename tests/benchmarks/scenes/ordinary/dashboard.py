"""A dashboard of six panels with many texts: gauges, a table of numbers, formulas, and a legend."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

FRAMES = 150

t = np.arange(FRAMES)
signals = [np.sin(t / (8 + 2 * k)) * (k + 1) for k in range(6)]
names = ["speed", "torque", "current", "voltage", "pressure", "flow"]
units = [r"$\mathrm{m\,s^{-1}}$", r"$\mathrm{N\,m}$", "A", "V", r"$10^{5}\,\mathrm{Pa}$", r"$\mathrm{l\,min^{-1}}$"]

fig, axs = plt.subplots(2, 3, figsize=(10, 6))
fig.subplots_adjust(hspace=0.4, wspace=0.4)
lines, texts = [], []
for ax, signal, name, unit in zip(axs.flat, signals, names, units, strict=True):
    (line,) = ax.plot([], [], label="measured")
    ax.axhline(0, color="0.6", ls="--", label="target")
    ax.set(xlim=(0, FRAMES), ylim=(-1.3 * abs(signal).max(), 1.3 * abs(signal).max()), title=name, ylabel=unit)
    ax.legend(loc="lower right", fontsize=7)
    lines.append(line)
    texts.append([ax.text(0.03, 0.9 - 0.1 * row, "", transform=ax.transAxes, fontsize=8) for row in range(3)])
clock = fig.suptitle("")


def animate(i):
    label = f"t = {i / 10:.1f} s"
    # edit here
    for line, signal, (now, mean, spread) in zip(lines, signals, texts, strict=True):
        seen = signal[: i + 1]
        line.set_data(t[: i + 1], seen)
        now.set_text(f"now {seen[-1]:+.3f}")
        mean.set_text(rf"$\mu = {seen.mean():+.3f}$")
        spread.set_text(rf"$\sigma^2 = {seen.var():.3f}$")
    clock.set_text(label)


anim = FuncAnimation(fig, animate, frames=FRAMES, interval=50)
anim.save("movie.mp4", codec="libx264")
