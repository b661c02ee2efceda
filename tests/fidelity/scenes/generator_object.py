"""A NumPy Generator whose state continues from frame to frame."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
rng = np.random.default_rng(7)
image = ax.imshow(np.zeros((8, 8)), vmin=0, vmax=1)


def animate(i):
    image.set_data(rng.random((8, 8)))


anim = FuncAnimation(fig, animate, frames=17)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
