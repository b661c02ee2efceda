"""Changes that `stale` or a write barrier misses: each must be in the next recording."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import matplotlib
import matplotlib.patheffects as effects
import numpy as np
import pytest
from matplotlib.artist import Artist
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize, get_named_colors_mapping
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.offsetbox import AnnotationBbox, OffsetImage
from matplotlib.path import Path

from . import kinds
from .kinds import X
from .watched import plain, watched


def _scatter(ax: Any) -> Any:
    return ax.scatter(X, X, c=X)


def _masked(ax: Any) -> Any:
    return ax.scatter(X, X, c=np.ma.masked_greater(X, 5))


def _image(ax: Any) -> Any:
    return ax.imshow(kinds.Z.copy(), aspect="auto")


def _annotation(ax: Any) -> Any:
    return ax.annotate("there", (1, 0), (3, 0.5), arrowprops={"arrowstyle": "->"}, bbox={"boxstyle": "round"})


def _annotation_of_removed_axes(ax: Any) -> Any:
    removed = ax.figure.add_subplot()
    note = _annotation(removed)
    removed.remove()
    return ax.figure.add_artist(note)


def _annotation_of_hidden_axes(ax: Any) -> Any:
    hidden = ax.figure.add_subplot(visible=False).inset_axes((0, 0, 1, 1))
    return ax.figure.add_artist(_annotation(hidden))


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


def _moved(ax: Any) -> Any:
    return matplotlib.transforms.Affine2D().translate(0.5, 0) + ax.transData


def _put(held: dict[str, Any], name: str, value: Any) -> None:
    held[name] = value


def _refill(artist: Any) -> None:
    artist.get_array()[...] = artist.get_array()[::-1].copy()


MISSED: dict[str, tuple[Callable[[Any], Any], Callable[[Any, Any], Any]]] = {
    "mask added later": (_scatter, lambda ax, points: points.get_array().__setitem__(2, np.ma.masked)),
    "mask of an image added later": (_image, lambda ax, image: image.get_array().__setitem__(1, np.ma.masked)),
    "mask that grows": (_masked, lambda ax, points: points.get_array().__setitem__(2, np.ma.masked)),
    "scatter.set_array": (_scatter, lambda ax, it: it.set_array(X[::-1])),
    "pcolormesh.set_array": (lambda ax: ax.pcolormesh(kinds.Z), lambda ax, it: it.set_array(-kinds.Z)),
    "ax.autoscale()": (lambda ax: ax.set_xlim(0, 2), lambda ax, it: ax.autoscale()),
    "annotation.xy=": (_annotation, lambda ax, it: setattr(it, "xy", (2, -0.5))),
    "xaxis.label.set_text": (lambda ax: ax.set_xlabel("a"), lambda ax, it: ax.xaxis.label.set_text("b")),
    "ax.patch.set_facecolor": (lambda ax: None, lambda ax, it: ax.patch.set_facecolor("c")),
    "zorder=": (_scatter, lambda ax, it: setattr(it, "zorder", 9)),
    "text of a table cell": (
        lambda ax: ax.table([["1", "2"]], loc="center"),
        lambda ax, it: it[0, 0].get_text().set_text("9"),
    ),
    "OffsetImage.set_data": (_offset_image, lambda ax, it: it.set_data(kinds.Z.T)),
    "parameters of all locators": (lambda ax: ax.locator_params(nbins=3), lambda ax, it: ax.locator_params(nbins=7)),
    "parameters of one locator": (lambda ax: None, lambda ax, it: ax.yaxis.get_major_locator().set_params(nbins=20)),
    "rcParams": (lambda ax: None, lambda ax, it: _put(matplotlib.rcParams, "axes.unicode_minus", False)),
    "removal from a private list": (_scatter, lambda ax, it: ax._children.remove(it)),
    "array changed in place": (_image, lambda ax, it: _refill(it)),
    "offsets changed in place": (_scatter, lambda ax, it: it.get_offsets().__imul__(0.5)),
    "user's array changed in place and set again": (
        _shared_array,
        lambda ax, it: (it[1].__imul__(0.5), it[0].set_data(X, it[1])),
    ),
    "vertices changed in place": (lambda ax: ax.lines[0], lambda ax, it: _in_place(it.get_path(), 0.5)),
    ".vertices =": (_paths, lambda ax, it: setattr(it.get_paths()[0], "vertices", np.array([[0, 0], [6.0, 0.9]]))),
    "get_paths()[0] =": (_paths, lambda ax, it: _paths_of(it)),
    "closure variable of a FuncFormatter": (_closure, lambda ax, it: _put(it, "unit", "km")),
    "global variable that a subclass reads": (_global, lambda ax, it: setattr(Global, "color", "g")),
    "locations of a locator": (
        lambda ax: ax.set_xticks([1, 2, 3]) and ax.xaxis.get_major_locator(),
        lambda ax, it: setattr(it, "locs", np.array([1.0, 2.5, 3.0])),
    ),
    "locations of a locator changed in place": (
        lambda ax: ax.set_xticks([1, 2.5, 3]) and ax.xaxis.get_major_locator(),
        lambda ax, it: it.locs.__setitem__(1, 2),
    ),
    "get_fontproperties().set_size": (
        lambda ax: ax.text(1, 0, "abc"),
        lambda ax, it: it.get_fontproperties().set_size(12),
    ),
    "attribute of a box style": (_annotation, lambda ax, it: setattr(it.get_bbox_patch().get_boxstyle(), "pad", 1.5)),
    "attribute of an arrow style": (
        _annotation,
        lambda ax, it: setattr(it.arrow_patch.get_arrowstyle(), "head_length", 2.0),
    ),
    "cmap.set_under": (
        lambda ax: ax.imshow(kinds.Z, cmap=matplotlib.colormaps["viridis"].copy(), vmin=0.5, aspect="auto"),
        lambda ax, it: it.cmap.set_under("r"),
    ),
    "cmap.set_bad": (
        lambda ax: ax.imshow(np.where(kinds.Z > 0, kinds.Z, np.nan), cmap=matplotlib.colormaps["viridis"].copy()),
        lambda ax, it: it.cmap.set_bad("r"),
    ),
    "list of path effects changed in place": (
        _effects,
        lambda ax, it: it.get_path_effects().append(effects.Stroke(linewidth=9)),
    ),
    "tick_params": (lambda ax: None, lambda ax, it: ax.tick_params(length=9, color="r")),
    "limits of a norm": (_image, lambda ax, it: setattr(it.norm, "vmax", 0.1)),
    "norm shared by two images": (_norms, lambda ax, it: it[0].norm.autoscale([0, 0.1])),
    "set_clim and its colour bar": (
        lambda ax: ax.figure.colorbar(_scatter(ax)) and ax.collections[0],
        lambda ax, it: it.set_clim(1, 2),
    ),
    "text of a legend": (_legend, lambda ax, it: it.get_texts()[0].set_text("another")),
    "data below a legend at the best place": (
        lambda ax: ax.legend(loc="best"),
        lambda ax, it: ax.lines[0].set_ydata(X / 7),
    ),
    "label of a tick": (lambda ax: None, lambda ax, it: ax.xaxis.get_major_ticks()[1].label1.set_color("r")),
    "position of a spine": (lambda ax: None, lambda ax, it: ax.spines["left"].set_position(("data", 3))),
    "clipping": (lambda ax: ax.lines[0], lambda ax, it: it.set_clip_on(False) or it.set_ydata(X * 9)),
    "transform changed in place": (
        lambda ax: ax.lines[0].set_transform(matplotlib.transforms.Affine2D() + ax.transData) or ax.lines[0],
        lambda ax, it: it.get_transform()._a.translate(1, 0),
    ),
    "vars(artist)": (lambda ax: ax.lines[0], lambda ax, it: _put(vars(it), "_linewidth", 4.0)),
    "object.__setattr__": (lambda ax: ax.lines[0], lambda ax, it: object.__setattr__(it, "_color", "r")),
    "vars(axes).update": (lambda ax: None, lambda ax, it: vars(ax).update(_frameon=False)),
    "axes.transData =": (_annotation, lambda ax, it: setattr(ax, "transData", _moved(ax))),
    "vars(axes)['transData'] =": (_annotation, lambda ax, it: _put(vars(ax), "transData", _moved(ax))),
    "transData of removed axes": (
        _annotation_of_removed_axes,
        lambda ax, it: setattr(it.axes, "transData", _moved(it.axes)),
    ),
    "transData of hidden axes": (
        _annotation_of_hidden_axes,
        lambda ax, it: setattr(it.axes, "transData", _moved(it.axes)),
    ),
    "replaced __dict__": (
        lambda ax: ax.lines[0],
        lambda ax, it: object.__setattr__(it, "__dict__", {**vars(it), "_linewidth": 4.0}),
    ),
    "draw method of an instance": (lambda ax: ax.lines[0], lambda ax, it: setattr(it, "draw", lambda renderer: None)),
    "limits of twin axes": (lambda ax: ax.twinx(), lambda ax, it: it.set_ylim(0, 9)),
    "line in inset axes": (
        lambda ax: ax.inset_axes((0.5, 0.5, 0.4, 0.4)).plot(X)[0],
        lambda ax, it: it.set_ydata(X[::-1]),
    ),
    "aligned labels": (lambda ax: ax.figure.align_ylabels(), lambda ax, it: ax.set_ylim(-1e5, 1e5)),
    "removed artist added again": (
        lambda ax: ax.lines[0],
        lambda ax, it: (it.remove(), ax.add_line(it), it.set_color("g")),
    ),
}


@pytest.mark.rows(14)
@pytest.mark.filterwarnings("ignore:The set_(under|bad) function:PendingDeprecationWarning")
@pytest.mark.parametrize("what", MISSED)
def test_change_is_in_the_next_recording(what: str) -> None:
    prepare, change = MISSED[what]
    with matplotlib.rc_context(), watched(plain) as (one, ax):
        ax.set_ylim(-1.3, 1.3)
        held = prepare(ax)
        before = one.rest()
        change(ax, held)
        assert one.frame() != before
        Global.color = "r"


def test_rcparams_list_changed_in_place_is_in_the_next_recording() -> None:
    def fill(figure: Figure) -> Any:
        return plain(figure).text(1, 0, "words", family="sans-serif")

    families = matplotlib.rcParams["font.sans-serif"]
    with watched(fill) as (one, _):
        before = one.rest()
        families.insert(0, "DejaVu Serif")
        try:
            assert one.frame() != before
        finally:
            del families[0]
        assert one.frame() == before


def test_redefined_colour_name_is_in_the_next_recording(monkeypatch: pytest.MonkeyPatch) -> None:
    colours = get_named_colors_mapping()
    monkeypatch.setitem(colours, "mine", "#ff0000")
    with watched(plain) as (one, ax):
        ax.lines[0].set_color("mine")
        before = one.rest()
        colours["mine"] = "#00ff00"
        assert one.frame() != before


def test_array_reshaped_in_place_is_in_the_next_recording() -> None:
    with watched(lambda figure: _image(figure.add_subplot())) as (one, image):
        before = one.rest()
        array = image.get_array()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # NumPy may recommend a new array instead
            array.shape = array.shape[::-1]
        assert one.frame() != before


def test_change_is_recorded_after_a_draw_has_reset_stale() -> None:
    with watched(plain) as (one, ax):
        before = one.rest()
        ax.lines[0].set_color("r")
        one.figure.canvas.draw()
        assert not one.figure.stale
        assert one.frame() != before


def test_changed_view_and_points_in_3d_are_recorded() -> None:
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


def test_layout_change_moves_unchanged_artists() -> None:
    def fill(figure: Figure) -> Any:
        figure.set_layout_engine("constrained")
        return [figure.add_subplot(1, 2, i) for i in (1, 2)]

    with watched(fill) as (one, (left, _)):
        one.rest()
        left.set_ylabel("two\nlines")
        one.frame()


def test_barrier_is_removed_at_the_end() -> None:
    with watched(plain) as (one, _):
        assert "__setattr__" in vars(Artist)
        assert one.barrier.raised
    assert "__setattr__" not in vars(Artist)
    assert not one.barrier.raised


def test_comparison_draw_leaves_caches_clean() -> None:
    """A comparison draw assigns equal values that are different objects."""
    with watched(plain) as (one, _):
        one.rest()
        one.record_uncached()
        assert one.drawn_again() == []
