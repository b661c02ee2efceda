"""An invisible annotation is placed by the projection of turning axes, and shown later."""

import matplotlib.pyplot as plt
from matplotlib.animation import FuncAnimation
from mpl_toolkits.mplot3d import proj3d

fig = plt.figure(figsize=(3.2, 2.4), dpi=50)
ax = fig.add_subplot(projection="3d")
ax.scatter([0, 1], [0, 1], [0, 1])
tag = ax.annotate("p", (0, 0), visible=False)


def animate(i):
    ax.view_init(20, i * 6)
    if i == 5:
        x, y, _ = proj3d.proj_transform(1, 1, 1, ax.M)
        tag.xy = (x, y)
        tag.set_position((x, y))
    tag.set_visible(i >= 10)


anim = FuncAnimation(fig, animate, frames=15)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
