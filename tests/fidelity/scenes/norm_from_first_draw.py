"""A norm that takes its limits from the first draw."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation
from matplotlib.colors import Normalize

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
data = np.random.default_rng(6).random((17, 9, 9)) * np.arange(1, 18)[:, None, None]
image = ax.imshow(data[0])
image.set_norm(Normalize())


def animate(i):
    image.set_data(data[i])


anim = FuncAnimation(fig, animate, frames=17)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
