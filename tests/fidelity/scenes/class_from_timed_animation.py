"""A class derived from TimedAnimation."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import TimedAnimation

fig, ax = plt.subplots(figsize=(3.2, 2.4), dpi=50)


class Growing(TimedAnimation):
    def __init__(self, figure):
        self.t = np.linspace(0, 6, 40)
        (self.line,) = ax.plot(self.t, self.t * 0)
        ax.set_ylim(-9, 9)
        self.size = 1.0
        super().__init__(figure, interval=40)

    def new_frame_seq(self):
        return iter(range(15))

    def _init_draw(self):
        super()._init_draw()
        self.size = 1.0

    def _draw_frame(self, framedata):
        self.size *= 1.1
        self.line.set_ydata(self.size * np.sin(self.t + framedata / 3))
        self._drawn_artists = [self.line]


anim = Growing(fig)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
