"""Artists that are left out of a recording: they would make the same calls again.

Each test compares a recording that leaves artists out with a whole recording
of the same figure, made right after it.
"""

from __future__ import annotations

import warnings
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import Affine2D

from . import kinds
from .kinds import X
from .watched import plain, watched

# -- forty kinds of figures times patterns of changes -------------------------


def set_by_setter(figure: Figure, ax: Any, artist: Any) -> None:
    if not np.ndim(artist.get_alpha()):  # matplotlib cannot compare an array with a number
        artist.set_alpha(0.7 if artist.get_alpha() is None else None)


def set_by_property(figure: Figure, ax: Any, artist: Any) -> None:
    artist.zorder = 2.7 + artist.zorder / 100


def set_in_many(figure: Figure, ax: Any, artist: Any) -> None:
    for child in ax.get_children():
        if not np.ndim(child.get_alpha()):
            child.set(alpha=0.9)


def hide(figure: Figure, ax: Any, artist: Any) -> None:
    artist.set_visible(not artist.get_visible())


def change_arrays_in_place(figure: Figure, ax: Any, artist: Any) -> None:
    for name in ("_A", "_offsets", "_facecolors", "_xy", "_lut"):
        array = getattr(artist, name, None)
        if isinstance(array, np.ndarray) and array.size and array.flags.writeable and array.dtype.kind == "f":
            array.reshape(-1)[:1] *= 0.9


def add(figure: Figure, ax: Any, artist: Any) -> None:
    ax.add_artist(Line2D([0, 1], [0, 1], color="m", transform=ax.transAxes))


def remove(figure: Figure, ax: Any, artist: Any) -> None:
    if ax.artists:
        ax.artists[-1].remove()


def remove_from_private_list(figure: Figure, ax: Any, artist: Any) -> None:
    if artist in ax._children:
        ax._children.remove(artist)


def reorder(figure: Figure, ax: Any, artist: Any) -> None:
    ax._children.reverse()


def change_settings(figure: Figure, ax: Any, artist: Any) -> None:
    matplotlib.rcParams["path.simplify_threshold"] = 0.2
    matplotlib.rcParams["axes.unicode_minus"] = not matplotlib.rcParams["axes.unicode_minus"]


def change_limits(figure: Figure, ax: Any, artist: Any) -> None:
    low, high = ax.get_ylim()
    ax.set_ylim(low, high * 1.1 + 0.01)


def write_on_the_figure(figure: Figure, ax: Any, artist: Any) -> None:
    figure.text(0.1, 0.1, "q")
    figure.patch.set_facecolor("0.8")


def draw_in_between(figure: Figure, ax: Any, artist: Any) -> None:
    ax.patch.set_facecolor("y")
    figure.canvas.draw()


def nothing(figure: Figure, ax: Any, artist: Any) -> None:
    pass


PATTERNS = (
    nothing, set_by_setter, set_by_property, hide, hide, change_arrays_in_place, add, set_in_many, reorder,
    change_settings, change_limits, write_on_the_figure, draw_in_between, remove, remove_from_private_list, nothing,
)  # fmt: skip


@pytest.mark.rows(7)
@pytest.mark.parametrize("name", [name for name in kinds.KINDS if name != "usetex"])
def test_recording_with_artists_left_out_equals_a_whole_one(name: str) -> None:
    dpi = 100.0 if len(name) % 2 else 50.0  # the figure's own dpi, and another one
    with kinds.settings(name), watched(kinds.KINDS[name], dpi, **kinds.SAVEFIG[name]) as (one, _):
        one.rest()
        ax = one.figure.axes[0] if one.figure.axes else one.figure.add_subplot()
        own = [child for child in ax._children if child.get_visible()]
        artist = own[0] if own else ax.title
        for pattern in PATTERNS:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # for example, about the limits of a logarithmic axis
                pattern(one.figure, ax, artist)
                one.frame()


def test_artists_drawn_after_their_axes_moved_in_the_same_frame_are_recorded_again() -> None:
    """The axes move while a line is drawn; when the frame began, the later artists had not changed."""
    with watched(lambda figure: figure.add_subplot().plot(X, np.sin(X))[0]) as (one, line):
        ax = line.axes
        ax.annotate("there", (1, 0), zorder=9)
        moved = []

        def draw(renderer: Any) -> None:
            Line2D.draw(line, renderer)
            if moved == ["due"]:
                moved.append("done")
                ax.transData = Affine2D().translate(0.5, 0) + ax.transData

        one.rest()
        line.draw = draw
        for n in range(4):
            line.set_ydata(np.sin(X + n))
            one.frame()
        moved.append("due")
        line.set_ydata(np.cos(X))
        one.frame()


# -- which artists are left out -----------------------------------------------

PLAIN = ("lines", "bars", "patches", "mesh", "mesh_gouraud", "logarithmic", "equal_aspect", "twins")


@pytest.mark.parametrize("name", [name for name in PLAIN if name in kinds.KINDS])
def test_unchanged_artists_are_not_drawn(name: str) -> None:
    with kinds.settings(name), watched(kinds.KINDS[name]) as (one, _):
        one.rest()
        assert len(one._known) > 3
        assert not one.drawn_again()


def test_at_least_six_plain_kinds_exist() -> None:
    assert len([name for name in PLAIN if name in kinds.KINDS]) >= 6


def test_only_the_changed_artist_is_drawn() -> None:
    with watched(lambda figure: figure.add_subplot().plot(X, np.sin(X))[0]) as (one, line):
        one.rest()
        line.set_ydata(np.cos(X))
        known = {type(known.artist).__name__: known for known in one._known.values()}
        one._recorder.record({})
        drawn = [name for name, known in known.items() if not known.clean]
    assert drawn in ([], ["Line2D"])  # left out again at once, or only after some frames
    assert known["XAxis"].clean
    assert known["YAxis"].clean


def test_calls_from_before_the_barrier_was_lowered_are_not_reused() -> None:
    with watched(plain) as (one, ax):
        one.rest()
        one.barrier.lower()
        ax.lines[0].set_color("r")  # unnoticed
        one._recorder.raise_barrier()
        after = one._recorder.record({})
        assert after.digest == one._recorder.record({}, whole=True).digest
        ax.lines[0].set_color("g")
        assert one._recorder.record({}).digest != after.digest
