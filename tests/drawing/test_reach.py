"""Whether a figure refers to the scene's own code: the draw of a figure that does not is not traced."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, ScalarFormatter

from incremental_parsave.trust.reach import reaches_code_of_scene

from . import kinds


class Mine(Line2D):
    """An artist class defined by the scene."""


class Mapped(Normalize):
    """A norm class defined by the scene."""


class Disguised(FuncFormatter):
    """A formatter class defined by the scene, with the `__module__` of matplotlib's."""

    __module__ = FuncFormatter.__module__

    def __call__(self, x: float, pos: int | None = None) -> str:
        return ""


class Kept:
    """A class defined by the scene."""


KEPT = Kept()


def scene_formatter(x: float, pos: int | None) -> str:
    return ""


def _closed_over(function: Any) -> Any:
    return functools.wraps(ScalarFormatter.__call__)(lambda x, pos: function(x, pos))


WAYS: dict[str, Callable[[Any], Any]] = {
    "a formatter": lambda ax: ax.xaxis.set_major_formatter(scene_formatter),
    "a formatter made by eval": lambda ax: ax.xaxis.set_major_formatter(eval("lambda x, p: ''")),
    "a partial formatter": lambda ax: ax.xaxis.set_major_formatter(functools.partial(scene_formatter)),
    "a wrapped formatter": lambda ax: ax.xaxis.set_major_formatter(_closed_over(scene_formatter)),
    "a formatter with the module of matplotlib's": lambda ax: ax.xaxis.set_major_formatter(Disguised(str)),
    "an artist": lambda ax: ax.add_line(Mine([0], [0])),
    "a norm": lambda ax: ax.imshow([[0.0, 1.0]], norm=Mapped()),
    "a method set on an instance": lambda ax: setattr(ax.xaxis, "draw", lambda renderer: None),
    "an event callback": lambda ax: ax.figure.canvas.mpl_connect("draw_event", scene_formatter),
    "an element of an array": lambda ax: setattr(ax, "held", np.array([KEPT, None], dtype=object)),
    "a weakly referenced object": lambda ax: setattr(ax, "held", weakref.ref(KEPT)),
    "a generator": lambda ax: setattr(ax, "held", (each for each in ())),
    "a class": lambda ax: setattr(ax, "held", {"a": [Kept]}),
}


def _figure() -> Figure:
    figure = Figure()
    FigureCanvasAgg(figure)
    return figure


@pytest.mark.parametrize("way", WAYS)
def test_code_of_the_scene_is_found_in_a_figure(way: str) -> None:
    figure = _figure()
    ax = figure.add_subplot()
    assert not reaches_code_of_scene(figure)
    WAYS[way](ax)
    assert reaches_code_of_scene(figure)


@pytest.mark.exhaustive
def test_code_of_the_scene_is_found_only_in_figures_that_have_some() -> None:
    reaching = set()
    for name, fill in kinds.KINDS.items():
        figure = _figure()
        with kinds.settings(name):
            fill(figure)
            if name != "usetex":  # which needs latex to be drawn
                figure.canvas.draw()
        if reaches_code_of_scene(figure):
            reaching.add(name)
    assert reaching == {"agg_filters"}
