"""An ArtistAnimation with blitting."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import ArtistAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)
x = np.linspace(0, 6, 60)
artists = []
for k in range(13):
    (line,) = ax.plot(x, np.sin(x + k / 3), color=f"C{k % 5}")
    artists.append([line, ax.text(1, 0, f"{k}")])
anim = ArtistAnimation(fig, artists, blit=True)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
