"""Methods and settings are replaced in the middle of a block, and restored before its end."""

import functools
import locale

import matplotlib.pyplot as plt
from matplotlib import font_manager
from matplotlib.animation import FuncAnimation
from matplotlib.patches import Rectangle
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.ticker import ScalarFormatter


def save(name, on, off):
    fig, ax = plt.subplots(figsize=(2.4, 1.8), dpi=50)
    ax.add_patch(Rectangle((0.2, 0.2), 0.3, 0.3))
    ax.xaxis.set_major_formatter(ScalarFormatter(useLocale=True))
    counter = ax.text(0.5, 0.5, "")

    def animate(i):
        counter.set_text(str(i))
        if i % 7 == 2:
            on()
        elif i % 7 == 4:
            off()

    FuncAnimation(fig, animate, frames=14).save(f"{name}.mkv", codec="ffv1")


def patch(cls, method, function):
    original = getattr(cls, method)
    return lambda: setattr(cls, method, function), lambda: setattr(cls, method, original)


draw = Text.draw


@functools.wraps(draw)
def moved(self, renderer):
    x, y = self.get_position()
    self.set_position((x + 0.1, y))
    draw(self, renderer)
    self.set_position((x, y))


first = font_manager.fontManager.ttflist[0]
save("path", *patch(Rectangle, "get_path", lambda self: Path([(0, 0), (1, 0), (0.5, 1), (0, 0)])))
save("formatter", *patch(ScalarFormatter, "__call__", lambda self, x, pos=None: "tick"))
save("text", *patch(Text, "draw", moved))
save(
    "locale",
    lambda: locale._override_localeconv.update(decimal_point=","),
    lambda: locale._override_localeconv.clear(),
)
