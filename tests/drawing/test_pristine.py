"""Every replaced function, class or value of matplotlib is noticed, wherever it is kept."""

from __future__ import annotations

import builtins
import functools
import locale
import math
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import matplotlib
import matplotlib._mathtext
import numpy as np
import pytest
from matplotlib import (
    _mathtext_data,
    artist,
    axes,
    axis,
    cbook,
    collections,
    dates,
    font_manager,
    hatch,
    lines,
    markers,
    mathtext,
    offsetbox,
    patches,
    path,
    patheffects,
    scale,
    text,
    ticker,
    transforms,
    units,
)
from matplotlib.backends import backend_agg
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from incremental_parsave.drawing import written
from incremental_parsave.drawing.origin import is_library_function
from incremental_parsave.drawing.pristine import MATPLOTLIB, Namespaces
from incremental_parsave.drawing.written import Dicts

from . import kinds

Put = Callable[[pytest.MonkeyPatch], Any]


def other(*args: Any, **kwargs: Any) -> Any:
    """A replacement that a scene might make."""


def replaced(where: Any, name: str, value: Any = other) -> Put:
    return lambda patch: patch.setattr(where, name, value)


def put(table: Any, key: Any, value: Any = other) -> Put:
    return lambda patch: patch.setitem(table, key, value)


def decorated(where: Any, name: str) -> Put:
    original = getattr(where, name)

    @functools.wraps(original)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return original(*args, **kwargs)

    return lambda patch: patch.setattr(where, name, wrapper)


class Hatch:
    """A hatch class defined by a scene."""


CODE: dict[str, Put] = {
    "matplotlib.patches.Rectangle.get_path": replaced(patches.Rectangle, "get_path"),
    "matplotlib.ticker.ScalarFormatter.__call__": replaced(ticker.ScalarFormatter, "__call__"),
    "matplotlib.text.Text.draw": decorated(text.Text, "draw"),
    "matplotlib.axes._base._AxesBase.draw": decorated(axes.Axes.__mro__[1], "draw"),
    "matplotlib.axes._axes.Axes.draw": decorated(axes.Axes, "draw"),
    "matplotlib.text.Text._get_layout": replaced(text.Text, "_get_layout"),
    "matplotlib.artist.Artist.get_visible": replaced(artist.Artist, "get_visible"),
    "matplotlib.artist.Artist.__getattribute__": lambda patch: patch.setattr(
        artist.Artist, "__getattribute__", object.__getattribute__, raising=False
    ),
    "matplotlib.lines.Line2D.zorder": replaced(lines.Line2D, "zorder", property(other)),
    "matplotlib.lines.Line2D._lineStyles": replaced(lines.Line2D, "_lineStyles", Hatch()),
    "matplotlib.lines._mark_every_path": replaced(lines, "_mark_every_path"),
    "matplotlib.text._get_text_metrics_with_cache": replaced(text, "_get_text_metrics_with_cache"),
    "matplotlib.cbook.index_of": replaced(cbook, "index_of"),
    "matplotlib.transforms.Affine2D.get_matrix": replaced(transforms.Affine2D, "get_matrix"),
    "matplotlib.collections.Collection._prepare_points": replaced(collections.Collection, "_prepare_points"),
    "matplotlib.axis.Axis.get_majorticklocs": replaced(axis.Axis, "get_majorticklocs"),
    "matplotlib.patheffects.Stroke.draw_path": replaced(patheffects.Stroke, "draw_path"),
    "matplotlib.backends.backend_agg.RendererAgg.draw_text": replaced(backend_agg.RendererAgg, "draw_text"),
    "matplotlib.scale._scale_mapping.mine": put(scale._scale_mapping, "mine"),
    "matplotlib.hatch._hatch_types": lambda patch: patch.setattr(hatch, "_hatch_types", [*hatch._hatch_types, Hatch]),
    "matplotlib.units.registry.Hatch": put(units.registry, Hatch, Hatch()),
    "numpy.sin": replaced(np, "sin"),
    "math.floor": replaced(math, "floor"),
    "builtins.ascii": replaced(builtins, "ascii"),
    "locale.localeconv": replaced(locale, "localeconv"),
}
"""Replaced code that runs when figures are drawn: such scenes are built in one process."""

DATA: dict[str, Put] = {
    "matplotlib._mathtext.SHRINK_FACTOR": replaced(matplotlib._mathtext, "SHRINK_FACTOR", 0.3),
    "matplotlib._mathtext_data.tex2uni.alpha": put(_mathtext_data.tex2uni, "alpha", 0x3B2),
    "matplotlib.offsetbox.DEBUG": replaced(offsetbox, "DEBUG", True),
    "matplotlib.markers.MarkerStyle.markers.o": put(markers.MarkerStyle.markers, "o", "square"),
    "matplotlib.path.Path.CLOSEPOLY": replaced(path.Path, "CLOSEPOLY", np.uint8(2)),
    "matplotlib.axis.Axis.OFFSETTEXTPAD": replaced(axis.Axis, "OFFSETTEXTPAD", 9),
    "matplotlib.font_manager.weight_dict.bold": put(font_manager.weight_dict, "bold", 100),
    "locale._override_localeconv.decimal_point": put(locale._override_localeconv, "decimal_point", ","),
}
"""Replaced values, which are in the keys."""


@pytest.fixture(autouse=True)
def noted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    MATPLOTLIB.note()
    assert MATPLOTLIB.differences() == ("", "")
    yield
    monkeypatch.undo()
    assert MATPLOTLIB.changed() == ""
    assert MATPLOTLIB.differences() == ("", "")


@pytest.mark.parametrize("name", CODE)
def test_replaced_code_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    CODE[name](monkeypatch)
    changed, code = MATPLOTLIB.changed(), MATPLOTLIB.differences().code
    monkeypatch.undo()
    assert (changed, code) == (name, name)


@pytest.mark.parametrize("name", DATA)
def test_replaced_value_is_named_and_digested(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    DATA[name](monkeypatch)
    changed, different = MATPLOTLIB.changed(), MATPLOTLIB.differences()
    assert changed == name
    assert different.digest
    assert not different.code


def test_changed_font_list_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    fonts = font_manager.fontManager.ttflist
    monkeypatch.setattr(font_manager.fontManager, "ttflist", fonts[::-1])
    assert "ttflist" in MATPLOTLIB.changed()
    monkeypatch.undo()
    weight = fonts[0].weight
    object.__setattr__(fonts[0], "weight", 1)
    try:
        assert "weight" in MATPLOTLIB.changed()
    finally:
        object.__setattr__(fonts[0], "weight", weight)


def test_array_changed_in_place_is_noticed() -> None:
    matrix = transforms.IdentityTransform._mtx
    matrix[0, 0] = 2
    try:
        assert MATPLOTLIB.changed()
    finally:
        matrix[0, 0] = 1


def test_changes_are_relative_to_the_last_note_and_differences_to_the_original(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offsetbox, "DEBUG", True)
    MATPLOTLIB.note()
    assert MATPLOTLIB.changed() == ""
    assert MATPLOTLIB.differences().digest
    monkeypatch.undo()
    assert MATPLOTLIB.changed() == "matplotlib.offsetbox.DEBUG"
    MATPLOTLIB.note()


def test_changed_text_settings_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    with matplotlib.rc_context({"mathtext.default": "bf"}):
        assert "text settings" in MATPLOTLIB.changed()


def test_changes_in_a_module_loaded_later_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "mpl_toolkits.loaded_since"
    module = ModuleType(name)
    vars(module).update(FACTOR=3, helper=np.mean)
    monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr("mpl_toolkits.loaded_since", module, raising=False)
    seen = Namespaces()
    assert seen.differences() == ("", "")
    late = f"{name}.later"
    monkeypatch.setitem(sys.modules, late, ModuleType(late))
    assert seen.changed() == ""
    vars(sys.modules[late])["FACTOR"] = 2
    assert seen.changed() == f"{late}.FACTOR"
    assert seen.differences().digest
    vars(sys.modules[late])["helper"] = other
    other_module = vars(sys.modules[late])["helper"].__globals__["__name__"]
    assert other_module == __name__
    monkeypatch.delitem(sys.modules, late)
    monkeypatch.delitem(sys.modules, name)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [name for name in kinds.KINDS if name != "usetex"])
def test_drawing_does_not_change_matplotlib(name: str) -> None:
    figure = Figure(figsize=(2.2, 1.6))
    FigureCanvasAgg(figure)
    with kinds.settings(name):
        MATPLOTLIB.note()
        kinds.KINDS[name](figure)
        figure.canvas.draw()
        assert MATPLOTLIB.changed() == ""
    MATPLOTLIB.note()


def test_library_functions_are_distinguished_from_functions_of_the_scene() -> None:
    @functools.wraps(ticker.ScalarFormatter.__call__)
    def wrapper(*args: Any) -> Any:
        return other(*args)

    assert is_library_function(text.Text.draw)
    assert is_library_function(mathtext.MathTextParser.parse)
    assert not is_library_function(wrapper)
    assert not is_library_function(functools.partial(other))
    assert not is_library_function(artist.allow_rasterization(other))  # a function of matplotlib that calls the scene's
    assert is_library_function(dates.num2date)


class Snapshot:
    def __init__(self) -> None:
        self.a = 1


WRITES: dict[str, Callable[[Snapshot], Any]] = {
    "assigned by setattr": lambda held: setattr(held, "a", 2),
    "assigned by object.__setattr__": lambda held: object.__setattr__(held, "a", 2),
    "assigned in vars()": lambda held: vars(held).__setitem__("a", 2),
    "new attribute": lambda held: setattr(held, "b", 2),
    "deleted": lambda held: delattr(held, "a"),
    "updated": lambda held: vars(held).update(a=2),
    "cleared": lambda held: vars(held).clear(),
}


@pytest.mark.parametrize("has_versions", {written.HAS_DICT_VERSIONS, False})
@pytest.mark.parametrize("write", WRITES)
def test_changed_dictionary_is_found(write: str, has_versions: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(written, "HAS_DICT_VERSIONS", has_versions)
    several = [Snapshot() for _ in range(5)]
    dicts = Dicts(map(vars, several))
    assert not dicts.written()
    WRITES[write](several[3])
    assert list(dicts.written()) == [3]
    assert list(dicts.written()) == [3]
    assert dicts.changes(3)
    assert dicts.accept(3) == (["a"], [1])
    assert not dicts.written()
    several[1].a = 3
    several[1].a = 1
    assert not dicts.written()


def test_dictionaries_have_versions_before_python_3_13() -> None:
    assert (sys.version_info < (3, 13)) == written.HAS_DICT_VERSIONS
