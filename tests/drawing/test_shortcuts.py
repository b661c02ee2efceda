"""Frames of ordinary figures (cleared, scaled anew, laid out), recorded with all shortcuts, equal those of matplotlib.

Two figures go through the same random changes.  One is drawn by matplotlib alone, twice for each frame, as
``Animation.save`` does.  The other is recorded as a worker records it, and replayed.
"""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from matplotlib.axis import Axis, XAxis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, FuncFormatter

from incremental_parsave.drawing.calls.replay import Raster
from incremental_parsave.drawing.recorder import Recorder
from incremental_parsave.drawing.reuse.barrier import Barrier
from incremental_parsave.drawing.reuse.draw_order import engine_of
from incremental_parsave.drawing.shortcuts.new_ticks import made_by_copying

DPI = 60
SIZE = (210, 150)


def lines(ax: Any, rng: random.Random) -> None:
    scale = 10 ** rng.randrange(-3, 6)
    ax.plot(np.linspace(0, scale * rng.random(), 9), np.linspace(-scale, scale * rng.random(), 9), label="line")


def bars(ax: Any, rng: random.Random) -> None:
    ax.bar(rng.sample(["one", "two", "three", "four"], 3), [rng.random() * 100 for _ in range(3)])


def dates(ax: Any, rng: random.Random) -> None:
    start = datetime(2024, 1, 1) + timedelta(days=rng.randrange(400))
    ax.plot([start + timedelta(hours=h * rng.randrange(1, 40)) for h in range(5)], range(5))


def logarithmic(ax: Any, rng: random.Random) -> None:
    ax.set_yscale("log")
    ax.plot([1, 2, 3], [1, 10 ** rng.randrange(1, 9), 5])


def image(ax: Any, rng: random.Random) -> None:
    ax.imshow(np.random.default_rng(rng.randrange(99)).random((4, 7)) * rng.random() * 1e4, aspect="auto")


def filled(ax: Any, rng: random.Random) -> None:
    ax.fill_between([0, 1, 2], [rng.random() * 9 for _ in range(3)])


CONTENTS = [lines, bars, dates, logarithmic, image, filled]


def clear(figure: Figure, ax: Any, rng: random.Random) -> None:
    ax.cla()
    rng.choice(CONTENTS)(ax, rng)


def scale_anew(figure: Figure, ax: Any, rng: random.Random) -> None:
    for line in ax.lines:
        line.set_ydata(np.asarray(line.get_ydata(), float) * rng.random() * 10)
    ax.relim()
    ax.autoscale_view()


def limits(figure: Figure, ax: Any, rng: random.Random) -> None:
    ax.set_xlim(0.1, 0.2 + rng.random() * 10 ** rng.randrange(4))


def titles(figure: Figure, ax: Any, rng: random.Random) -> None:
    ax.set_title(rng.choice(["", "one", "two\nlines", "$x^2$"]), loc=rng.choice(["left", "center"]))
    ax.set_ylabel("y" * rng.randrange(4))


def ticks_above(figure: Figure, ax: Any, rng: random.Random) -> None:
    rng.choice([ax.xaxis.tick_top, ax.xaxis.tick_bottom, ax.yaxis.tick_right])()


def formats(figure: Figure, ax: Any, rng: random.Random) -> None:
    ax.yaxis.set_major_formatter(rng.choice(["{x:.1f} m", EngFormatter("s"), FuncFormatter(lambda x, k: f"{k}:{x}")]))


def legend(figure: Figure, ax: Any, rng: random.Random) -> None:
    ax.legend(*ax.get_legend_handles_labels(), loc=rng.choice(["best", "upper left"]))


def spine(figure: Figure, ax: Any, rng: random.Random) -> None:
    ax.spines["left"].set_position(rng.choice([("axes", 0.4), ("outward", 4), "center"]))


def new_axes(figure: Figure, ax: Any, rng: random.Random) -> None:
    shares = rng.choice([False, True])
    figure.clear()
    for each in figure.subplots(1, 2, sharex=shares, sharey=shares):
        lines(each, rng)


def hide(figure: Figure, ax: Any, rng: random.Random) -> None:
    artist = rng.choice([each for each in ax.get_children() if each is not ax.patch])
    artist.set_visible(not artist.get_visible())


CHANGES: list[Callable[[Figure, Any, random.Random], None]] = [
    *(clear, clear, clear, scale_anew, limits, titles, ticks_above, formats, legend, spine, new_axes, hide),
]


def frames(seed: int, layout: str | None) -> Any:
    """Yield a figure in the states of a random movie."""
    rng = random.Random(seed)
    figure = Figure(figsize=(SIZE[0] / DPI, SIZE[1] / DPI), dpi=DPI, layout=layout)
    FigureCanvasAgg(figure)
    for ax in figure.subplots(2, 1):
        rng.choice(CONTENTS)(ax, rng)
    for _ in range(9):
        for _ in range(rng.randrange(3)):
            rng.choice(CHANGES)(figure, rng.choice(figure.axes), rng)
        yield figure


def drawn_by_matplotlib(seed: int, layout: str | None) -> list[bytes]:
    found = []
    for figure in frames(seed, layout):
        figure.canvas.draw_idle()
        pixels = io.BytesIO()
        figure.savefig(pixels, format="rgba", dpi=DPI)
        found.append(pixels.getvalue())
    return found


def recorded(seed: int, layout: str | None) -> list[bytes]:
    found, barrier, raster = [], Barrier(), Raster(*SIZE, DPI)
    recorder: Recorder | None = None
    with ExitStack() as stack:
        stack.enter_context(made_by_copying())
        for figure in frames(seed, layout):
            if recorder is None:
                recorder = Recorder(figure, DPI, SIZE, barrier)
                stack.enter_context(barrier.installed())
            if engine_of(figure) is not None:
                recorder.draw_without_pixels(figure.canvas.draw_idle)
            found.append(bytes(raster.draw(recorder.record({}))))
    return found


@pytest.mark.rows(6)
@pytest.mark.filterwarnings("ignore")  # matplotlib warns about layouts that do not fit, and missing legend entries
@pytest.mark.parametrize("layout", [None, "constrained", "tight"])
@pytest.mark.parametrize("seed", range(25))
def test_frames_of_random_movies(seed: int, layout: str | None) -> None:
    ours, theirs = recorded(seed, layout), drawn_by_matplotlib(seed, layout)
    assert [k for k, (one, other) in enumerate(zip(ours, theirs, strict=True)) if one != other] == []


def test_ticks_are_updated_once_in_a_recording(monkeypatch: pytest.MonkeyPatch) -> None:
    updated: list[Any] = []
    update = Axis._update_ticks

    def counted(axis: Any) -> Any:
        updated.append(axis)
        return update(axis)

    monkeypatch.setattr(Axis, "_update_ticks", counted)
    figure = Figure(figsize=(SIZE[0] / DPI, SIZE[1] / DPI), dpi=DPI)
    FigureCanvasAgg(figure)
    ax = figure.add_subplot(xlabel="x", ylabel="y", title="title")
    ax.xaxis.tick_top()
    Recorder(figure, DPI, SIZE).record({})
    assert sorted(type(axis) is XAxis for axis in updated) == [False, True]


def test_formatter_of_the_scene_is_called_as_often_as_by_matplotlib() -> None:
    def calls(draw: Callable[[Figure], Any]) -> int:
        count = 0

        def words(x: float, position: Any) -> str:
            nonlocal count
            count += 1
            return str(count)

        figure = Figure(figsize=(SIZE[0] / DPI, SIZE[1] / DPI), dpi=DPI)
        FigureCanvasAgg(figure)
        figure.add_subplot(title="title").xaxis.set_major_formatter(words)
        draw(figure)
        return count

    ours = calls(lambda figure: Recorder(figure, DPI, SIZE).record({}))
    assert ours == calls(lambda figure: figure.savefig(io.BytesIO(), format="rgba", dpi=DPI)) > 0
