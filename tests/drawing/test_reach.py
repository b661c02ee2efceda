"""What a figure reaches of the scene's own code: the draw of a figure that reaches none is not traced."""

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
    """An artist of the scene's."""


class Mapped(Normalize):
    """A norm of the scene's."""


class Said(FuncFormatter):
    """Says that it is matplotlib's."""

    __module__ = FuncFormatter.__module__

    def __call__(self, x: float, pos: int | None = None) -> str:
        return ""


class Kept:
    """Something of the scene's."""


KEPT = Kept()


def written(x: float, pos: int | None) -> str:
    return ""


def _closed_over(function: Any) -> Any:
    return functools.wraps(ScalarFormatter.__call__)(lambda x, pos: function(x, pos))


WAYS: dict[str, Callable[[Any], Any]] = {
    "a formatter": lambda ax: ax.xaxis.set_major_formatter(written),
    "one made of text": lambda ax: ax.xaxis.set_major_formatter(eval("lambda x, p: ''")),
    "one that is partial": lambda ax: ax.xaxis.set_major_formatter(functools.partial(written)),
    "one that is wrapped": lambda ax: ax.xaxis.set_major_formatter(_closed_over(written)),
    "one that says it is matplotlib's": lambda ax: ax.xaxis.set_major_formatter(Said(str)),
    "an artist": lambda ax: ax.add_line(Mine([0], [0])),
    "a norm": lambda ax: ax.imshow([[0.0, 1.0]], norm=Mapped()),
    "a method put on an object": lambda ax: setattr(ax.xaxis, "draw", lambda renderer: None),
    "one who listens": lambda ax: ax.figure.canvas.mpl_connect("draw_event", written),
    "an element of an array": lambda ax: setattr(ax, "held", np.array([KEPT, None], dtype=object)),
    "held weakly": lambda ax: setattr(ax, "held", weakref.ref(KEPT)),
    "a generator": lambda ax: setattr(ax, "held", (each for each in ())),
    "a class": lambda ax: setattr(ax, "held", {"a": [Kept]}),
}


def _figure() -> Figure:
    figure = Figure()
    FigureCanvasAgg(figure)
    return figure


@pytest.mark.parametrize("way", WAYS)
def test_code_of_the_scene_is_reached(way: str) -> None:
    figure = _figure()
    ax = figure.add_subplot()
    assert not reaches_code_of_scene(figure)
    WAYS[way](ax)
    assert reaches_code_of_scene(figure)


@pytest.mark.exhaustive
def test_only_figures_with_code_of_their_own_reach_any() -> None:
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
