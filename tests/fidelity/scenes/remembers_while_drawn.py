"""A formatter, a norm, a transform function and an eval function count their calls, and show them in one frame."""

import matplotlib.pyplot as plt
from matplotlib.animation import FuncAnimation
from matplotlib.colors import Normalize
from matplotlib.ticker import Formatter
from matplotlib.transforms import Affine2D

LOSSLESS = {"codec": "ffv1", "extra_args": ["-pix_fmt", "bgr0"]}
SHOWN = 9


class Counting(Formatter):
    n = 0
    shows = False

    def __call__(self, x, pos=None):
        self.n += 1
        return str(self.n) if self.shows else ""


class Fading(Normalize):
    n = 0
    shows = False

    def __call__(self, value, clip=None):
        self.n += 1
        return super().__call__(value, clip) * (self.n % 50 / 50 if self.shows else 1)


def place(renderer):
    place.n += 1
    return Affine2D().scale(10 + (place.n if place.shows else 0))


place.n, place.shows = 0, False


class Asked:
    n = 0
    shows = False


made_of_text = eval("lambda x, p: (setattr(Asked, 'n', Asked.n + 1), str(Asked.n) if Asked.shows else '')[1]")


def save(name, make):
    fig, ax = plt.subplots(figsize=(1.6, 1.2), dpi=50)
    (dot,) = ax.plot([0], [0], "o")
    counts = make(ax)

    def animate(i):
        dot.set_ydata([i / 100])
        counts.shows = i == SHOWN

    FuncAnimation(fig, animate, frames=13).save(f"{name}.mkv", **LOSSLESS)


def formatted(ax):
    ax.xaxis.set_major_formatter(Counting())
    return ax.xaxis.get_major_formatter()


save("formatter", formatted)
save("norm", lambda ax: ax.imshow([[0.0, 1.0]], norm=Fading(0, 1)).norm)
save("place", lambda ax: (ax.annotate("a", (1, 1), xycoords=place), place)[1])
save("text", lambda ax: (ax.xaxis.set_major_formatter(made_of_text), Asked)[1])
