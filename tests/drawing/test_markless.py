"""A markless draw makes no pixels: the figure and its next draw are as after an ordinary draw."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Polygon

from incremental_parsave.drawing.calls.glyphs import Glyphs
from incremental_parsave.drawing.calls.markless import PixelsRead, can_draw_markless, markless

Move = Callable[[int], None]
X = np.linspace(0, 6, 30)


def figure_with_axes() -> tuple[Figure, Any]:
    figure = Figure(figsize=(2, 1.5), dpi=50)
    FigureCanvasAgg(figure)
    return figure, figure.add_subplot()


def words() -> tuple[Figure, Move]:
    figure, ax = figure_with_axes()
    (line,) = ax.plot(X, np.sin(X), "o-")
    return figure, lambda k: (line.set_ydata(np.sin(X + k)), ax.set_title(rf"frame {k}: $x_{k}^2$"))[0]


def cleared() -> tuple[Figure, Move]:
    figure, ax = figure_with_axes()

    def move(k: int) -> None:
        ax.clear()
        ax.scatter(X, X * k, c=X)
        ax.pcolormesh(np.arange(9.0).reshape(3, 3) + k)
        ax.imshow(np.arange(9.0).reshape(3, 3) * k)

    return figure, move


def filtered() -> tuple[Figure, Move]:
    figure, ax = figure_with_axes()
    (line,) = ax.plot(X, np.sin(X))
    line.set_agg_filter(lambda pixels, dpi: (pixels[::-1], 0, 0))
    return figure, lambda k: line.set_ydata(np.sin(X + k))


def layout() -> tuple[Figure, Move]:
    figure, ax = figure_with_axes()
    figure.set_layout_engine("constrained")
    return figure, lambda k: (ax.set_ylim(0, 10 ** (k % 4)), ax.set_ylabel("y" * k))[0]


def clip_path_in_place() -> tuple[Figure, Move]:
    """A figure that is clipped by the mask of an earlier draw until another clip path is drawn."""
    figure, ax = figure_with_axes()
    outline = Polygon([[2.0, 2], [4, 2], [4, 8]])
    image = ax.imshow(np.arange(100.0).reshape(10, 10))
    ax.add_patch(outline)
    image.set_clip_path(outline)
    ax.add_patch(Circle((3, 3), 2)).set_clip_path(image.get_clip_path())
    ax.set_axis_off()

    def move(k: int) -> None:
        outline.get_path().vertices[:, 0] += 0.1

    return figure, move


KINDS = [words, cleared, filtered, layout, clip_path_in_place]


def frames(kind: Callable[[], tuple[Figure, Move]], dpi: int, *, marks: bool) -> list[bytes]:
    """Return the pixels and axes positions of frames, each of which was drawn once before it was saved."""
    figure, move = kind()
    drawn = []
    for k in range(6):
        move(k)
        if marks:
            figure.canvas.draw()
        else:
            assert can_draw_markless(figure.canvas)
            with markless(figure.canvas):
                figure.canvas.draw()
        places = [ax.get_position().bounds for ax in figure.axes]
        sink = io.BytesIO()
        figure.savefig(sink, format="rgba", dpi=dpi)
        drawn.append(sink.getvalue() + repr(places).encode())
    return drawn


@pytest.mark.rows(4)
@pytest.mark.parametrize("dpi", [50, 60])
@pytest.mark.parametrize("kind", KINDS)
def test_draw_after_a_markless_draw_is_the_same(kind: Callable[[], tuple[Figure, Move]], dpi: int) -> None:
    expected = frames(kind, dpi, marks=True)
    assert frames(kind, dpi, marks=False) == expected
    assert len(set(expected)) > 1 or kind is clip_path_in_place


def test_markless_draw_does_not_change_the_pixels() -> None:
    figure, move = words()
    figure.canvas.draw()
    before = np.asarray(figure.canvas.buffer_rgba()).copy()
    move(3)
    with markless(figure.canvas):
        figure.canvas.draw()
    assert (np.asarray(figure.canvas.buffer_rgba()) == before).all()
    figure.canvas.draw()
    assert (np.asarray(figure.canvas.buffer_rgba()) != before).any()


@pytest.mark.parametrize(
    "read",
    [
        lambda canvas: canvas.buffer_rgba(),
        lambda canvas: canvas.tostring_argb(),
        lambda canvas: canvas.copy_from_bbox(canvas.figure.bbox),
        lambda canvas: np.asarray(canvas.get_renderer()._renderer),
    ],
)
def test_pixel_read_during_a_markless_draw_is_refused(read: Callable[[Any], Any]) -> None:
    figure, ax = figure_with_axes()

    def curious(value: float, position: int) -> str:
        try:
            read(figure.canvas)
        except Exception:  # the scene's own code may catch every exception
            return "?"
        return ""

    ax.xaxis.set_major_formatter(curious)
    with pytest.raises(PixelsRead), markless(figure.canvas):
        figure.canvas.draw()
    figure.canvas.draw()
    assert type(figure.canvas.get_renderer()) is RendererAgg


def test_modified_canvas_is_not_drawn_markless() -> None:
    figure, _ = figure_with_axes()
    canvas: Any = figure.canvas
    assert can_draw_markless(canvas)
    canvas.draw()
    canvas.renderer.draw_text = RendererAgg.draw_text.__get__(canvas.renderer)
    assert not can_draw_markless(canvas)
    del canvas.renderer.draw_text
    assert can_draw_markless(canvas)
    canvas.draw = canvas.draw
    assert not can_draw_markless(canvas)


@pytest.mark.parametrize("kind", KINDS)
def test_frames_with_cached_glyphs_are_the_same(kind: Callable[[], tuple[Figure, Move]]) -> None:
    glyphs, frames = Glyphs(), []
    for known in (False, True, True):
        figure, move = kind()
        for k in range(4):
            move(k)
            sink = io.BytesIO()
            with glyphs.at_hand(figure.canvas) if known else contextlib.nullcontext():
                figure.savefig(sink, format="rgba")
            frames.append(sink.getvalue())
            assert not vars(figure.canvas.get_renderer()).keys() & {"draw_text", "_prepare_font"}
            assert "get_renderer" not in vars(figure.canvas)
    assert frames[:4] == frames[4:8] == frames[8:]
