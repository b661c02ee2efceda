"""Ticks that were made by copying are like those that matplotlib constructs, whatever was done to the axes before."""

from __future__ import annotations

import gc
import random
import weakref
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axis import XTick
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.cbook import CallbackRegistry
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.markers import MarkerStyle
from matplotlib.path import Path
from matplotlib.transforms import BboxBase, Transform, TransformedPatchPath, TransformedPath

from incremental_parsave.drawing.shortcuts import new_ticks
from incremental_parsave.drawing.shortcuts.new_ticks import made_by_copying

PARTS = ("tick1line", "tick2line", "gridline", "label1", "label2")


def described(value: Any) -> Any:
    """Return *value* in a form in which objects of two figures can be compared."""
    if isinstance(value, Transform):
        return type(value).__name__, value.transform([(0.3, 0.6), (2, 1)]).tolist()
    if isinstance(value, TransformedPatchPath):
        return "patch", value._patch.get_path().vertices.tolist()
    if isinstance(value, TransformedPath):
        path, affine = value.get_transformed_points_and_affine()
        return described(path), described(affine)
    if isinstance(value, BboxBase):
        return type(value).__name__, value.extents.tolist()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, Path):
        return value.vertices.tolist(), value._interpolation_steps
    if isinstance(value, MarkerStyle):
        place = value.get_transform().get_matrix().tolist()
        return value.get_marker(), value.get_fillstyle(), value.get_path().vertices.tolist(), place
    if isinstance(value, FontProperties):
        return vars(value)
    if isinstance(value, CallbackRegistry):
        return value._signals, dict(value.callbacks)
    if isinstance(value, tuple | list):
        return [type(value).__name__, *map(described, value)]
    if isinstance(value, Figure | mpl.axes.Axes | RendererAgg):
        return type(value).__name__
    return type(value).__name__, repr(value)


def tick_state(tick: Any) -> Any:
    """Return all attributes of a tick and of its parts."""
    own = {name: described(value) for name, value in vars(tick).items() if name not in PARTS}
    parts = {name: {key: described(value) for key, value in vars(getattr(tick, name)).items()} for name in PARTS}
    for held in (own, *parts.values()):
        held.pop("_sticky_edges")  # `update_from` creates the empty lists, which `sticky_edges` creates anyway
    return own, parts


def states_of(figure: Figure) -> Any:
    """Return the state of all ticks that the axes of *figure* have, after their positions were updated."""
    found = []
    for ax in figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            axis._update_ticks()
            ticks = [*axis.majorTicks, *axis.minorTicks]
            assert all(tick.axes is ax and tick.label1.figure is figure for tick in ticks)
            found.append([tick_state(tick) for tick in ticks])
    return found


def moved_spine(ax: Any, rng: random.Random) -> None:
    ax.spines[rng.choice(["left", "bottom", "top"])].set_position(
        rng.choice(["center", ("outward", 5), ("axes", 0.3), ("data", 1)])
    )


def options(ax: Any, rng: random.Random) -> None:
    ax.tick_params(
        axis=rng.choice("xy"),
        which=rng.choice(["major", "minor", "both"]),
        **rng.choice([{"rotation": 30}, {"length": 9, "pad": 1}, {"color": "r"}, {"top": True}, {"direction": "in"}]),
    )


def grid(ax: Any, rng: random.Random) -> None:
    ax.grid(True, which=rng.choice(["major", "both"]), color=rng.choice(["g", (1, 0, 0, 0.5)]))


def labels(ax: Any, rng: random.Random) -> None:
    for label in ax.get_xticklabels()[: rng.randrange(3)]:
        label.set(rotation=rng.randrange(90), color="b")


def first_tick(ax: Any, rng: random.Random) -> None:
    """Change the tick from which all others take their properties."""
    tick = ax.yaxis.get_major_ticks()[0]
    rng.choice(
        [
            lambda: tick.label1.set_fontsize(6),
            lambda: tick.tick1line.set_markeredgecolor("c"),
            lambda: tick.gridline.set_clip_on(False),
            lambda: tick.set_pad(9),
        ]
    )()


def minor(ax: Any, rng: random.Random) -> None:
    rng.choice([ax.minorticks_on, ax.minorticks_off])()


def scale(ax: Any, rng: random.Random) -> None:
    ax.set_yscale(rng.choice(["log", "linear", "symlog"]))


def fixed(ax: Any, rng: random.Random) -> None:
    ax.set_xticks([0, 1, rng.random()], ["a", "$b$", "c"])


def cleared(ax: Any, rng: random.Random) -> None:
    ax.cla()


def dpi(ax: Any, rng: random.Random) -> None:
    ax.figure.set_dpi(rng.choice([50, 100]))


STEPS: list[Callable[[Any, random.Random], None]] = [
    *(moved_spine, options, grid, labels, first_tick, minor, scale, fixed, dpi),
    *(cleared, cleared, cleared),
]


def run(seed: int, *, copied: bool, draws: bool) -> Any:
    """Do a random sequence of things to a figure; return the states of its ticks on the way."""
    rng, found = random.Random(seed), []
    with made_by_copying() if copied else nullcontext(), mpl.rc_context():
        figure = Figure(figsize=(3, 2))
        axs = figure.subplots(1, 2, sharex=rng.choice([False, True]))
        for _ in range(12):
            chosen = rng.choice([*STEPS, None, "settings", "new axes"])
            ax = rng.choice(list(axs.flat))
            if chosen == "settings":
                mpl.rcParams[rng.choice(["xtick.major.size", "ytick.labelsize", "grid.linewidth"])] = rng.randrange(
                    1, 9
                )
            elif chosen == "new axes":
                figure.clear()
                axs = figure.subplots(1, 2)
            elif callable(chosen):
                chosen(ax, rng)
            ax.plot([1, 3, rng.random()])
            if draws:
                figure.draw_without_rendering()
            if rng.random() < 0.5:
                found.append(states_of(figure))
    return found


@pytest.mark.rows(8)
@pytest.mark.parametrize("draws", [True, False], ids=["drawn", "stepped"])
@pytest.mark.parametrize("seed", range(40))
def test_ticks_are_the_same_after_random_changes(seed: int, draws: bool) -> None:
    ours, theirs = (run(seed, copied=copied, draws=draws) for copied in (True, False))
    assert repr(ours) == repr(theirs)  # not the states themselves: nan is not equal to nan


def test_constructor_is_called_once_for_each_set_of_options(monkeypatch: pytest.MonkeyPatch) -> None:
    constructed: list[Any] = []
    construct = XTick.__init__

    def counted(tick: Any, *args: Any, **kwargs: Any) -> None:
        constructed.append(kwargs)
        construct(tick, *args, **kwargs)

    monkeypatch.setattr(new_ticks, "is_matplotlibs_class", lambda kind: True)
    monkeypatch.setattr(XTick, "__init__", counted)
    counts = []
    with made_by_copying():
        figure = Figure()
        for _ in range(3):
            ax = figure.add_subplot()
            ax.plot([1, 2])
            figure.draw_without_rendering()
            ax.cla()
            figure.clear()
            counts.append(len(constructed))
    assert 0 < counts[0] == counts[-1]


def test_deleted_axes_are_not_kept() -> None:
    with made_by_copying():
        figure = Figure()
        gone = weakref.ref(figure.add_subplot())
        figure.draw_without_rendering()
        figure.clear()
        gc.collect()
        assert gone() is None


def test_axes_of_another_kind_construct_their_ticks() -> None:
    def drawn() -> Any:
        figure = Figure()
        ax = figure.add_subplot(projection="polar")
        ax.plot([1, 2])
        figure.draw_without_rendering()
        return [tick_state(tick) for tick in ax.xaxis.majorTicks]

    with made_by_copying():
        ours = drawn()
    assert repr(ours) == repr(drawn())
