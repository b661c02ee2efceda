"""Log twin legend."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
t = np.linspace(0.1, 10, 40)
(a,) = ax.semilogy(t, t, label="a")
twin = ax.twinx()
(b,) = twin.plot(t, t, "r", label="b")
ax.legend(loc="best")


def animate(i):
    a.set_ydata(t ** (i % 5))
    b.set_ydata(np.sin(t + i))
    ax.relim()
    ax.autoscale_view()
    a.set_label(f"${i}^{{th}}$")
    ax.legend(loc="best")


anim = FuncAnimation(fig, animate, frames=13)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
