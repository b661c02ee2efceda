"""Progress bars of tqdm, which has a monitor thread, and a lock in shared memory."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation
from tqdm import tqdm

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
x = np.linspace(0, 6, 60)
(line,) = ax.plot(x, np.sin(x))
for _ in tqdm(range(3), desc="before"):
    pass


def animate(i):
    line.set_ydata(np.sin(x + i))


bar = tqdm(total=13, desc="saved")
anim = FuncAnimation(fig, animate, frames=tqdm(range(13), desc="frames"), save_count=13)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"], progress_callback=lambda i, n: bar.update())
bar.close()
assert tqdm.monitor.is_alive()
