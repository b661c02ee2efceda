"""A figure made without pyplot; every frame asks its canvas to draw, which does nothing."""

import numpy as np
from matplotlib.animation import FuncAnimation
from matplotlib.figure import Figure

fig = Figure(figsize=(3.2, 2.4), dpi=50)
ax = fig.subplots()
x = np.linspace(0, 6, 60)
(line,) = ax.plot(x, np.sin(x))


def animate(i):
    line.set_ydata((1 + i) * np.sin(x + i))
    ax.relim()
    ax.autoscale_view()
    fig.canvas.draw()
    fig.canvas.draw_idle()
    # A real draw would have changed these values.
    ax.set_title(f"{type(fig.canvas).__name__} {ax.title.get_position()} {ax.dataLim.y1:.3f} {fig.stale}", fontsize=5)


anim = FuncAnimation(fig, animate, frames=13)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
