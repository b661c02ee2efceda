"""Frames in which only some artists change: only these are drawn, and the frame equals a whole recording."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from incremental_parsave.drawing.calls.display_list import DisplayList

from . import kinds
from .kinds import X
from .test_missed_changes import _image, _put, _scatter
from .watched import pixels, plain, watched


@contextlib.contextmanager
def counted_draws(figure: Figure) -> Iterator[list[int]]:
    """Count how often the whole *figure* is drawn."""
    count = [0]
    draw = Figure.draw

    def counted(self: Figure, renderer: Any) -> None:
        count[0] += self is figure
        draw(self, renderer)

    Figure.draw = counted  # type: ignore[method-assign]
    try:
        yield count
    finally:
        Figure.draw = draw  # type: ignore[method-assign]


def _line(ax: Any, it: Any, i: int) -> None:
    ax.lines[0].set_ydata(np.sin(X + i))


def _title(ax: Any, it: Any, i: int) -> None:
    ax.set_title(f"{i}\n" * (1 + i % 2))


def _legend_and_line(ax: Any, it: Any, i: int) -> None:
    it.get_texts()[0].set_text(f"{i}")
    _line(ax, it, i)


ARTIST_CHANGES: dict[str, tuple[Callable[[Any], Any], Callable[[Any, Any, int], Any]]] = {
    "nothing": (lambda ax: None, lambda ax, it, i: None),
    "a line": (lambda ax: None, _line),
    "a title": (lambda ax: ax.xaxis.tick_top(), _title),
    "a text": (lambda ax: ax.text(1, 0, ""), lambda ax, it, i: it.set_text(f"{i}")),
    "a text of the figure": (lambda ax: ax.figure.text(0, 0, ""), lambda ax, it, i: it.set_text(f"{i}")),
    "an image with its colour bar": (
        lambda ax: ax.figure.colorbar(_image(ax)) and ax.images[0],
        lambda ax, it, i: it.set_data(kinds.Z * i),
    ),
    "points": (_scatter, lambda ax, it, i: it.set_offsets(np.column_stack([X, X / (i + 1)]))),
    "a legend at the best place": (lambda ax: ax.legend(loc="best"), _legend_and_line),
    "arrows": (lambda ax: ax.quiver(kinds.Z, kinds.Z), lambda ax, it, i: it.set_UVC(kinds.Z, -i * kinds.Z)),
    "visibility of a line": (lambda ax: None, lambda ax, it, i: ax.lines[0].set_visible(i % 2 == 0)),
}


SAVEFIG = {"facecolor": np.ones(3), "transparent": False}  # the arguments that `Animation.save` passes to savefig


@pytest.mark.rows(6)
@pytest.mark.parametrize("dpi", [50, 100])  # the figure's own dpi is 100
@pytest.mark.parametrize("what", ARTIST_CHANGES)
def test_only_changed_artists_are_drawn(what: str, dpi: float) -> None:
    prepare, move = ARTIST_CHANGES[what]
    with watched(plain, dpi) as (one, ax):
        ax.set(xlim=(0, 6), ylim=(-1.3, 1.3))
        held = prepare(ax)
        one.rest()
        move(ax, held, 0)
        one._recorder.record(dict(SAVEFIG))
        with counted_draws(one.figure) as count:
            for i in range(1, 12):
                move(ax, held, i)
                frame = one._recorder.record(dict(SAVEFIG))
                if i % 5 == 4:
                    assert not count[0]
                    assert frame.digest == one._recorder.record(dict(SAVEFIG), whole=True).digest
                    count[0] = 0
            assert dpi != 100 or not one.figure.stale  # savefig with another dpi leaves a figure stale


WHOLE_FIGURE_CHANGES: dict[str, Callable[[Any], Any]] = {
    "limits": lambda ax: ax.set_ylim(-2, 2),
    "autoscaling": lambda ax: (ax.lines[0].set_ydata(X), ax.relim(), ax.autoscale()),
    "a new artist": lambda ax: ax.plot([0, 1], [0, 1]),
    "the drawing order": lambda ax: setattr(ax.lines[0], "zorder", 3),
    "ticks": lambda ax: ax.set_xticks([1, 2]),
    "new axes": lambda ax: ax.figure.add_axes((0.5, 0.5, 0.2, 0.2)),
    "the position of axes": lambda ax: ax.set_position((0.3, 0.3, 0.5, 0.5)),
    "hidden axes": lambda ax: ax.set_visible(False),
    "the figure's background": lambda ax: ax.figure.patch.set_hatch("/"),
    "the figure's size": lambda ax: ax.figure.set_size_inches(2.2, 1.61),
    "settings": lambda ax: _put(matplotlib.rcParams, "axes.unicode_minus", False),
}


@pytest.mark.parametrize("what", WHOLE_FIGURE_CHANGES)
def test_change_beyond_single_artists_draws_the_whole_figure_once(what: str) -> None:
    with matplotlib.rc_context(), watched(plain) as (one, ax):
        ax.set(xlim=(0, 6), ylim=(-1.3, 1.3))
        one.rest()
        for i in range(3):
            _line(ax, None, i)
            before = one._recorder.record({})
        with counted_draws(one.figure) as count:
            WHOLE_FIGURE_CHANGES[what](ax)
            after = one._recorder.record({})
            assert count[0] == 1
        assert after.digest != before.digest
        assert after.digest == one._recorder.record({}, whole=True).digest


@pytest.mark.parametrize("which", [lambda ax: ax.figure, lambda ax: ax], ids=["figure", "axes"])
def test_overridden_draw_is_called_in_every_frame(which: Callable[[Any], Any]) -> None:
    with watched(plain) as (one, ax):
        one.rest()
        called: list[int] = []
        artist = which(ax)
        draw = artist.draw
        artist.draw = lambda renderer: (called.append(1), draw(renderer))
        for i in range(3):
            _line(ax, None, i)
            one._recorder.record({})
        assert len(called) == 3


# -- layouts ------------------------------------------------------------------


def panels(layout: str) -> Callable[[Figure], Any]:
    def fill(figure: Figure) -> Any:
        figure.set_layout_engine(layout)
        for ax in figure.subplots(1, 2):
            ax.plot(X, np.sin(X))
            ax.set(xlabel="x", xlim=(0, 6), ylim=(-1.3, 1.3))
        return figure.axes[0]

    return fill


def settled(one: Any) -> None:
    for _ in range(4):
        one._recorder.draw_without_pixels(one.figure.canvas.draw)
        one._recorder.record({})


def with_layout(one: Any) -> DisplayList:
    """Make the layout and record a frame, as a worker does."""
    one._recorder.draw_without_pixels(one.figure.canvas.draw)
    return one._recorder.record({})


@pytest.mark.parametrize("layout", ["constrained", "compressed", "tight"])
def test_layout_is_not_made_again_if_changed_artists_do_not_affect_it(layout: str) -> None:
    with watched(panels(layout), 100) as (one, ax):
        settled(one)
        with counted_draws(one.figure) as count:
            for i in range(5):
                _line(ax, None, i)
                frame = with_layout(one)
            assert not count[0]
        file = io.BytesIO()
        one.figure.canvas.draw()
        one.figure.savefig(file, format="rgba", dpi=100)
        assert pixels(frame) == file.getvalue()


LAYOUT_CHANGES: dict[str, Callable[[Any], Any]] = {
    "a label": lambda ax: ax.set_ylabel("two\nlines"),
    "a title": lambda ax: ax.set_title("title"),
    "a line that is not clipped": lambda ax: (ax.lines[0].set_clip_on(False), ax.lines[0].set_xdata(X * 2)),
    "an annotation": lambda ax: ax.annotate("there", (0, 0), (-9, 0)),
    "the engine's padding": lambda ax: ax.figure.get_layout_engine().set(w_pad=0.3),
    "the engine": lambda ax: ax.figure.set_layout_engine("tight"),
    "the title of the figure": lambda ax: ax.figure.suptitle("title"),
}


@pytest.mark.rows(2)
@pytest.mark.parametrize("what", LAYOUT_CHANGES)
def test_layout_is_made_again_after_a_change_that_affects_it(what: str) -> None:
    with watched(panels("constrained"), 100) as (one, ax):
        settled(one)
        _line(ax, None, 1)
        with_layout(one)
        with counted_draws(one.figure) as count:
            LAYOUT_CHANGES[what](ax)
            frame = with_layout(one)
            assert count[0] >= 2
        other = Figure(figsize=(2.2, 1.6))
        FigureCanvasAgg(other)
        ax = panels("constrained")(other)
        for _ in range(4):
            other.canvas.draw()
        _line(ax, None, 1)
        LAYOUT_CHANGES[what](ax)
        file = io.BytesIO()
        other.canvas.draw()
        other.savefig(file, format="rgba", dpi=100)
        assert pixels(frame) == file.getvalue()
