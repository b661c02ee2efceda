"""matplotlib draws a mathtext as it was parsed first, although the settings of text have changed."""

import matplotlib.pyplot as plt
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(2.4, 1.8), dpi=50)
note = ax.text(0.5, 0.5, "")


def animate(i):
    plt.rcParams["mathtext.default"] = "bf" if i in (3, 4) else "it"
    note.set_text(f"$x_{i % 5}$" if 2 < i % 10 < 8 else f"{i}")


FuncAnimation(fig, animate, frames=20).save("out.mkv", codec="ffv1")
