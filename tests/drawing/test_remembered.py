"""Artists that are left out of a recording: what they would have drawn must be what they drew.

Everything here compares a recording that leaves artists out with a whole one,
made of the same figure at once afterwards.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import matplotlib
import matplotlib.patheffects as effects
import numpy as np
import pytest
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.offsetbox import AnnotationBbox, OffsetImage
from matplotlib.path import Path

from incremental_parsave.drawing.barrier import Barrier
from incremental_parsave.drawing.display_list import DisplayList
from incremental_parsave.drawing.recorder import Recorder
from incremental_parsave.drawing.replay import Raster

from . import kinds

X = kinds.X


def pixels(frame: DisplayList) -> bytes:
    return bytes(Raster(*frame.size, frame.dpi).draw(frame))


class Watched:
    """A figure whose frames are recorded with artists left out."""

    def __init__(self, figure: Figure, dpi: float = 50, **savefig: Any) -> None:
        self.figure, self._savefig = figure, savefig
        self.barrier = Barrier()
        size = tuple(int(inches * dpi) for inches in figure.get_size_inches())
        self._recorder = Recorder(figure, dpi, size, self.barrier)
        self._known = self._recorder._memory._known

    def frame(self) -> str:
        """Record a frame; see that a whole recording is the same; return its digest."""
        if self.figure.get_layout_engine() is not None:
            for _ in range(4):  # a layout may settle over more than one draw
                self._recorder.record(self._savefig)
        left_out = self._recorder.record(self._savefig)
        whole = self._recorder.record(self._savefig, whole=True)
        index = left_out.common(whole)
        if self.figure.get_layout_engine() is not None:  # the same places, up to the last bits
            more = {pixels(self._recorder.record(self._savefig, whole=True)) for _ in range(4)}
            if more == {pixels(whole)}:  # else it never settles
                assert pixels(left_out) == pixels(whole)
            return whole.digest
        assert left_out.digest == whole.digest, (left_out.artist_of(index), whole.artist_of(index))
        assert self._recorder.record(self._savefig).digest == whole.digest  # and the next stands on one with gaps
        return whole.digest

    def rest(self) -> str:
        """Record until every artist that can be left out is."""
        return [self.frame() for _ in range(3)][-1]

    def drawn_again(self) -> list[Artist]:
        """Return the artists that are drawn although nothing has changed."""
        self._recorder.record(self._savefig)
        return [known.artist for known in self._known.values() if not known.clean]


@contextlib.contextmanager
def watched(fill: Callable[[Figure], Any], dpi: float = 50, **savefig: Any) -> Iterator[tuple[Watched, Any]]:
    figure = Figure(figsize=(2.2, 1.6))
    FigureCanvasAgg(figure)
    held = fill(figure)
    one = Watched(figure, dpi, **savefig)
    with one.barrier.installed():
        yield one, held


# -- forty kinds of figures times patterns of writing -------------------------


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


@pytest.mark.parametrize("name", [name for name in kinds.KINDS if name != "usetex"])
def test_patterns_of_writing(name: str) -> None:
    dpi = 100.0 if len(name) % 2 else 50.0  # the figure's own, and another
    with kinds.settings(name), watched(kinds.KINDS[name], dpi, **kinds.SAVEFIG[name]) as (one, _):
        one.rest()
        ax = one.figure.axes[0] if one.figure.axes else one.figure.add_subplot()
        own = [child for child in ax._children if child.get_visible()]
        artist = own[0] if own else ax.title
        for pattern in PATTERNS:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # limits of a logarithmic axis, say
                pattern(one.figure, ax, artist)
                one.frame()


# -- what is left out ---------------------------------------------------------

PLAIN = ("lines", "bars", "patches", "mesh", "mesh_gouraud", "logarithmic", "equal_aspect", "twins")


@pytest.mark.parametrize("name", [name for name in PLAIN if name in kinds.KINDS])
def test_what_rests_is_not_drawn(name: str) -> None:
    with kinds.settings(name), watched(kinds.KINDS[name]) as (one, _):
        one.rest()
        assert len(one._known) > 3
        assert not one.drawn_again()


def test_names_of_plain_kinds() -> None:
    assert len([name for name in PLAIN if name in kinds.KINDS]) >= 6


def test_only_what_moves_is_drawn() -> None:
    with watched(lambda figure: figure.add_subplot().plot(X, np.sin(X))[0]) as (one, line):
        one.rest()
        line.set_ydata(np.cos(X))
        known = {type(known.artist).__name__: known for known in one._known.values()}
        one._recorder.record({})
        drawn = [name for name, known in known.items() if not known.clean]
    assert drawn in ([], ["Line2D"])  # watched again at once, or after some frames
    assert known["XAxis"].clean
    assert known["YAxis"].clean


# -- each of what is seen missing by `stale`, or by a barrier of assignments --


def plain(figure: Figure) -> Any:
    ax = figure.add_subplot()
    ax.plot(X, np.sin(X), label="a")
    return ax


def _scatter(ax: Any) -> Any:
    return ax.scatter(X, X, c=X)


def _image(ax: Any) -> Any:
    return ax.imshow(kinds.Z.copy(), aspect="auto")


def _annotation(ax: Any) -> Any:
    return ax.annotate("there", (1, 0), (3, 0.5), arrowprops={"arrowstyle": "->"}, bbox={"boxstyle": "round"})


def _legend(ax: Any) -> Any:
    return ax.legend(loc="upper right")


def _offset_image(ax: Any) -> Any:
    image = OffsetImage(kinds.Z, zoom=1)
    ax.add_artist(AnnotationBbox(image, (3, 0)))
    return image


def _effects(ax: Any) -> Any:
    ax.lines[0].set_path_effects([effects.Normal()])
    return ax.lines[0]


def _paths(ax: Any) -> Any:
    return ax.add_collection(LineCollection([[(0, 0), (1, 1)], [(0, 1), (1, 0)]]))


def _norms(ax: Any) -> Any:
    norm = Normalize()
    return [ax.imshow(kinds.Z, norm=norm, extent=(0, 3, -1, 1)), ax.imshow(kinds.Z, norm=norm, extent=(3, 6, -1, 1))]


def _shared_array(ax: Any) -> Any:
    ys = np.sin(X)
    (line,) = ax.plot(X, ys)
    line.set_data(X, ys)
    return line, ys


class Global(Line2D):
    color = "r"

    def draw(self, renderer: Any) -> None:
        self.set_color(Global.color)
        super().draw(renderer)


def _global(ax: Any) -> Any:
    return ax.add_line(Global([0, 6], [0, 0]))


def _closure(ax: Any) -> Any:
    held = {"unit": "m"}
    ax.xaxis.set_major_formatter(lambda value, place: f"{value}{held['unit']}")
    return held


def _paths_of(collection: Any) -> None:
    collection.get_paths()[0] = Path([(0, 0.5), (6, -0.5)])


def _in_place(path: Any, by: float) -> None:
    path.vertices[...] = path.vertices * by


def _put(held: dict[str, Any], name: str, value: Any) -> None:
    held[name] = value


def _refill(artist: Any) -> None:
    artist.get_array()[...] = artist.get_array()[::-1].copy()


MISSED: dict[str, tuple[Callable[[Any], Any], Callable[[Any, Any], Any]]] = {
    "scatter.set_array": (_scatter, lambda ax, it: it.set_array(X[::-1])),
    "pcolormesh.set_array": (lambda ax: ax.pcolormesh(kinds.Z), lambda ax, it: it.set_array(-kinds.Z)),
    "ax.autoscale()": (lambda ax: ax.set_xlim(0, 2), lambda ax, it: ax.autoscale()),
    "annotation.xy=": (_annotation, lambda ax, it: setattr(it, "xy", (2, -0.5))),
    "xaxis.label.set_text": (lambda ax: ax.set_xlabel("a"), lambda ax, it: ax.xaxis.label.set_text("b")),
    "ax.patch.set_facecolor": (lambda ax: None, lambda ax, it: ax.patch.set_facecolor("c")),
    "zorder=": (_scatter, lambda ax, it: setattr(it, "zorder", 9)),
    "table cells": (
        lambda ax: ax.table([["1", "2"]], loc="center"),
        lambda ax, it: it[0, 0].get_text().set_text("9"),
    ),
    "OffsetImage.set_data": (_offset_image, lambda ax, it: it.set_data(kinds.Z.T)),
    "locator parameters": (lambda ax: ax.locator_params(nbins=3), lambda ax, it: ax.locator_params(nbins=7)),
    "locator attribute": (lambda ax: None, lambda ax, it: ax.yaxis.get_major_locator().set_params(nbins=20)),
    "rcParams": (lambda ax: None, lambda ax, it: _put(matplotlib.rcParams, "axes.unicode_minus", False)),
    "removals from private lists": (_scatter, lambda ax, it: ax._children.remove(it)),
    "arrays in place": (_image, lambda ax, it: _refill(it)),
    "offsets in place": (_scatter, lambda ax, it: it.get_offsets().__imul__(0.5)),
    "the user's array in place, set again": (
        _shared_array,
        lambda ax, it: (it[1].__imul__(0.5), it[0].set_data(X, it[1])),
    ),
    "vertices in place": (lambda ax: ax.lines[0], lambda ax, it: _in_place(it.get_path(), 0.5)),
    ".vertices =": (_paths, lambda ax, it: setattr(it.get_paths()[0], "vertices", np.array([[0, 0], [6.0, 0.9]]))),
    "get_paths()[0] =": (_paths, lambda ax, it: _paths_of(it)),
    "a closure of FuncFormatter": (_closure, lambda ax, it: _put(it, "unit", "km")),
    "a subclass that reads a global": (_global, lambda ax, it: setattr(Global, "color", "g")),
    "the places of a locator": (
        lambda ax: ax.set_xticks([1, 2, 3]) and ax.xaxis.get_major_locator(),
        lambda ax, it: setattr(it, "locs", np.array([1.0, 2.5, 3.0])),
    ),
    "the places of a locator, in place": (
        lambda ax: ax.set_xticks([1, 2.5, 3]) and ax.xaxis.get_major_locator(),
        lambda ax, it: it.locs.__setitem__(1, 2),
    ),
    "get_fontproperties().set_size": (
        lambda ax: ax.text(1, 0, "abc"),
        lambda ax, it: it.get_fontproperties().set_size(12),
    ),
    "box styles": (_annotation, lambda ax, it: setattr(it.get_bbox_patch().get_boxstyle(), "pad", 1.5)),
    "arrow styles": (_annotation, lambda ax, it: setattr(it.arrow_patch.get_arrowstyle(), "head_length", 2.0)),
    "cmap.set_under": (
        lambda ax: ax.imshow(kinds.Z, cmap=matplotlib.colormaps["viridis"].copy(), vmin=0.5, aspect="auto"),
        lambda ax, it: it.cmap.set_under("r"),
    ),
    "cmap.set_bad": (
        lambda ax: ax.imshow(np.where(kinds.Z > 0, kinds.Z, np.nan), cmap=matplotlib.colormaps["viridis"].copy()),
        lambda ax, it: it.cmap.set_bad("r"),
    ),
    "lists of path effects": (_effects, lambda ax, it: it.get_path_effects().append(effects.Stroke(linewidth=9))),
    "dictionaries": (lambda ax: None, lambda ax, it: ax.tick_params(length=9, color="r")),
    "limits of a norm": (_image, lambda ax, it: setattr(it.norm, "vmax", 0.1)),
    "a norm of two": (_norms, lambda ax, it: it[0].norm.autoscale([0, 0.1])),
    "set_clim and its colour bar": (
        lambda ax: ax.figure.colorbar(_scatter(ax)) and ax.collections[0],
        lambda ax, it: it.set_clim(1, 2),
    ),
    "a legend's text": (_legend, lambda ax, it: it.get_texts()[0].set_text("another")),
    "a legend at the best place": (lambda ax: ax.legend(loc="best"), lambda ax, it: ax.lines[0].set_ydata(X / 7)),
    "a tick's label": (lambda ax: None, lambda ax, it: ax.xaxis.get_major_ticks()[1].label1.set_color("r")),
    "spines": (lambda ax: None, lambda ax, it: ax.spines["left"].set_position(("data", 3))),
    "clip box": (lambda ax: ax.lines[0], lambda ax, it: it.set_clip_on(False) or it.set_ydata(X * 9)),
    "a transform in place": (
        lambda ax: ax.lines[0].set_transform(matplotlib.transforms.Affine2D() + ax.transData) or ax.lines[0],
        lambda ax, it: it.get_transform()._a.translate(1, 0),
    ),
    "draw of an instance": (lambda ax: ax.lines[0], lambda ax, it: setattr(it, "draw", lambda renderer: None)),
    "a twin's limits": (lambda ax: ax.twinx(), lambda ax, it: it.set_ylim(0, 9)),
    "an inset's line": (
        lambda ax: ax.inset_axes((0.5, 0.5, 0.4, 0.4)).plot(X)[0],
        lambda ax, it: it.set_ydata(X[::-1]),
    ),
    "aligned labels": (lambda ax: ax.figure.align_ylabels(), lambda ax, it: ax.set_ylim(-1e5, 1e5)),
    "a removed artist put back": (
        lambda ax: ax.lines[0],
        lambda ax, it: (it.remove(), ax.add_line(it), it.set_color("g")),
    ),
}


@pytest.mark.filterwarnings("ignore:The set_(under|bad) function:PendingDeprecationWarning")
@pytest.mark.parametrize("what", MISSED)
def test_change_is_seen(what: str) -> None:
    prepare, change = MISSED[what]
    with matplotlib.rc_context(), watched(plain) as (one, ax):
        ax.set_ylim(-1.3, 1.3)
        held = prepare(ax)
        before = one.rest()
        change(ax, held)
        assert one.frame() != before
        Global.color = "r"


def test_stale_reset_by_a_draw() -> None:
    with watched(plain) as (one, ax):
        before = one.rest()
        ax.lines[0].set_color("r")
        one.figure.canvas.draw()
        assert not one.figure.stale
        assert one.frame() != before


def test_view_in_three_dimensions() -> None:
    def fill(figure: Figure) -> Any:
        ax = figure.add_subplot(projection="3d")
        points = ax.scatter(X, np.sin(X), X)
        return ax, points

    with watched(fill) as (one, (ax, points)):
        before = one.rest()
        ax.view_init(10, 80)
        turned = one.frame()
        assert turned != before
        points._offsets3d = (X, X, X)
        assert one.frame() != turned


def test_layout_moves_what_rests() -> None:
    def fill(figure: Figure) -> Any:
        figure.set_layout_engine("constrained")
        return [figure.add_subplot(1, 2, i) for i in (1, 2)]

    with watched(fill) as (one, (left, _)):
        one.rest()
        left.set_ylabel("two\nlines")
        one.frame()


def test_barrier_is_taken_away() -> None:
    with watched(plain) as (one, _):
        assert "__setattr__" in vars(Artist)
        assert one.barrier.raised
    assert "__setattr__" not in vars(Artist)
    assert not one.barrier.raised
