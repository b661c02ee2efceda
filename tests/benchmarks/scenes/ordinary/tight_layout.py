"""Four panels of one line each, with a call of `tight_layout` before the animation."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

FRAMES = 150

x = np.linspace(0, 4 * np.pi, 300)

fig, axs = plt.subplots(2, 2, figsize=(8, 6))
lines = []
for k, ax in enumerate(axs.flat):
    (line,) = ax.plot(x, np.sin(x))
    ax.set(xlabel="time (s)", ylabel="signal (mV)", title=f"channel {k + 1}", ylim=(-1.3, 1.3))
    lines.append(line)
text = axs[0, 0].text(0.02, 0.92, "", transform=axs[0, 0].transAxes)
fig.tight_layout()


def animate(i):
    label = f"frame {i}"
    # edit here
    for k, line in enumerate(lines):
        line.set_ydata(np.sin((k + 1) * x / 2 - i / 10))
    text.set_text(label)


anim = FuncAnimation(fig, animate, frames=FRAMES, interval=50)
anim.save("movie.mp4", codec="libx264")
