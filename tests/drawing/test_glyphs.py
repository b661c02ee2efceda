"""Texts that are drawn from cached glyphs look the same as without a cache."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from incremental_parsave.drawing.calls.glyphs import CAN_CACHE_GLYPHS, Glyphs
from incremental_parsave.drawing.calls.replay import Raster
from incremental_parsave.drawing.recorder import Recorder

SIZE = 220, 160


def clock(figure: Any) -> Iterator[None]:
    text = figure.text(0.1, 0.5, "")
    for tenths in (98, 99, 100, 101):
        text.set_text(f"AV time = {tenths / 10:.1f} s")
        yield


def moving(figure: Any) -> Iterator[None]:
    text = figure.text(0.1, 0.5, "AVAST")
    for x in (0.1, 0.1013, 0.4, 0.1):
        text.set_position((x, 0.3 + x))
        yield


def turning(figure: Any) -> Iterator[None]:
    text = figure.text(0.5, 0.5, "turn")
    for angle in (0, 30, 90, 30, 0):
        text.set_rotation(angle)
        yield


def growing(figure: Any) -> Iterator[None]:
    text = figure.text(0.1, 0.1, "grow")
    for points in (10, 10.5, 30, 10):
        text.set_fontsize(points)
        yield


def antialiasing(figure: Any) -> Iterator[None]:
    text = figure.text(0.1, 0.5, "")
    for words in ("abc", "abd", "abc", "abe"):
        for smooth in (False, True):
            text.set(text=words, antialiased=smooth)
            yield


def formulas(figure: Any) -> Iterator[None]:
    text = figure.text(0.1, 0.5, "")
    for n in (9, 10, 9):
        text.set_text(rf"$\frac{{x^{{{n}}}}}{{\sqrt{{\alpha}}}}$ and {n}")
        yield


def families(figure: Any) -> Iterator[None]:
    text = figure.text(0.1, 0.5, "families")
    for family in ("serif", "monospace", "serif"):
        text.set_fontfamily(family)
        yield


def settings(figure: Any) -> Iterator[None]:
    text = figure.text(0.1, 0.5, "")
    for hinting in ("force_autohint", "none", "force_autohint"):
        with mpl.rc_context({"text.hinting": hinting}):
            text.set_text(f"hinted {hinting:.1}")
            yield


@pytest.mark.parametrize("change", [clock, moving, turning, growing, antialiasing, formulas, families, settings])
def test_text_from_cached_glyphs_equals_drawn_text(change: Callable[[Any], Iterator[None]]) -> None:
    figures = [FigureCanvasAgg(Figure((2.2, 1.6))).figure for _ in range(2)]
    recorder, raster = Recorder(figures[0], 100, SIZE), Raster(*SIZE, 100)
    frames = []
    for _ in zip(change(figures[0]), change(figures[1]), strict=True):
        file = io.BytesIO()
        figures[1].savefig(file, format="rgba", dpi=100)
        frames.append((recorder.record({}), file.getvalue()))
    assert len({drawn for _, drawn in frames}) > 1
    for frame, drawn in frames * 2:
        assert bytes(raster.draw(frame)) == drawn


@pytest.mark.skipif(not CAN_CACHE_GLYPHS, reason=f"matplotlib {mpl.__version__} draws a text in one call")
def test_only_new_layouts_and_glyphs_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    layout, bitmap = Glyphs.layout, Glyphs.bitmap
    monkeypatch.setattr(
        Glyphs, "layout", lambda self, key, make: layout(self, key, lambda: made.append("layout") or make())
    )
    monkeypatch.setattr(
        Glyphs, "bitmap", lambda self, key, make: bitmap(self, key, lambda: made.append("glyph") or make())
    )
    renderer, prop = RendererAgg(200, 100, 100), FontProperties()
    Glyphs().serve(renderer)
    gc = renderer.new_gc()
    renderer.draw_text(gc, 5, 50, "t = 1.5", prop, 0)
    assert made == ["layout", *["glyph"] * 7]
    for x, words, new in ((5, "t = 1.6", ["layout", "glyph"]), (5, "t = 1.5", []), (9, "t = 1.5", ["glyph"] * 7)):
        made.clear()
        renderer.draw_text(gc, x, 50, words, prop, 0)
        assert made == new, (x, words)


@pytest.mark.skipif(not CAN_CACHE_GLYPHS, reason=f"matplotlib {mpl.__version__} draws a text in one call")
def test_cache_of_glyphs_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("incremental_parsave.drawing.calls.glyphs._MOST", 5)
    plain, served = (RendererAgg(200, 100, 100) for _ in range(2))
    glyphs = Glyphs()
    glyphs.serve(served)
    for n in range(8):
        for renderer in (plain, served):
            renderer.draw_text(renderer.new_gc(), 5, 90 - 10 * n, f"n = {n}", FontProperties(), 0)
        assert len(glyphs._layouts) <= 5
        assert len(glyphs._bitmaps) <= 5
    assert np.array_equal(plain.buffer_rgba(), served.buffer_rgba())
