"""Cached layouts of texts are those that matplotlib computes, whatever differs between two texts."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.mathtext import MathTextParser
from matplotlib.text import Text
from matplotlib.transforms import Affine2D

from incremental_parsave.drawing.shortcuts.text_layouts import CAN_CACHE_LAYOUTS, TextLayouts

WORDS = ["", "a", "12.5", "two\nlines", "$10^{3}$", "$x$\nand $y_1$", r"50 \$", "−1", "Ägypten", "lp"]

# Every property on which a layout depends, with some of its values.
CHANGES: dict[str, list[Any]] = {
    "text": WORDS,
    "rotation": [0.0, -0.0, 30, 90, 180.0, 270, 45.5],
    "rotation_mode": ["default", "anchor"],
    "horizontalalignment": ["left", "center", "right"],
    "verticalalignment": ["top", "bottom", "center", "baseline", "center_baseline"],
    "multialignment": ["left", "center", "right"],
    "linespacing": [1.0, 1.2, 2, 0.5],
    "fontsize": [6, 10, 10.5, "large"],
    "fontfamily": ["sans-serif", "serif", "monospace", ["DejaVu Sans Mono", "DejaVu Sans"]],
    "fontweight": ["normal", "bold"],
    "fontstyle": ["normal", "italic"],
    "math_fontfamily": ["dejavusans", "cm", "stix"],
    "parse_math": [True, False],
    "transform_rotates_text": [False, True],
    "transform": [Affine2D(), Affine2D().rotate_deg(20)],
}
SETTINGS: dict[str, list[Any]] = {
    "text.hinting": ["force_autohint", "none"],
    "font.sans-serif": [["DejaVu Sans"], ["DejaVu Serif"]],
    "mathtext.fallback": ["cm", "stix"],
}


def layouts(figure: Figure, text: Text) -> Any:
    """Return what the layout of *text* is, as comparable values."""
    text._renderer = figure.canvas.get_renderer()  # as `get_window_extent` sets it; wrapping needs it
    bbox, lines, more = text._get_layout(text._renderer)
    assert all(type(line[0]) is str for line in lines)
    return repr((bbox.get_points().tolist(), [np.asarray(line[1:], dtype=object).tolist() for line in lines], more))


@contextmanager
def computed() -> Iterator[list[Text]]:
    """Yield a list of the texts whose layout matplotlib itself computes within this context."""
    compute, found = Text._get_layout, []

    def noted(text: Text, renderer: Any) -> Any:
        found.append(text)
        return compute(text, renderer)

    Text._get_layout = noted
    try:
        yield found
    finally:
        Text._get_layout = compute


@pytest.fixture
def figure() -> Figure:
    figure = Figure(figsize=(3, 2))
    FigureCanvasAgg(figure)
    return figure


def random_text(figure: Figure, rng: random.Random) -> Text:
    text = figure.text(rng.random(), rng.random(), rng.choice(WORDS))
    text.set(**{name: rng.choice(CHANGES[name]) for name in rng.sample(list(CHANGES), 5)})
    return text


@pytest.mark.rows(6)
@pytest.mark.parametrize("seed", range(30))
def test_layouts_of_random_texts(figure: Figure, seed: int) -> None:
    rng, cache = random.Random(seed), TextLayouts()
    with mpl.rc_context():
        for _ in range(40):
            text = random_text(figure, rng)
            if rng.random() < 0.1:
                figure.set_dpi(rng.choice([50, 100, 72.5]))
            if rng.random() < 0.1:
                name = rng.choice(list(SETTINGS))
                mpl.rcParams[name] = rng.choice(SETTINGS[name])
            with cache.at_hand():
                ours = layouts(figure, text), layouts(figure, text)
            assert ours == (layouts(figure, text),) * 2


@pytest.mark.parametrize("name", CHANGES)
def test_texts_that_differ_in_one_property(figure: Figure, name: str) -> None:
    cache = TextLayouts()
    for others in ({}, {"text": "two\n$lines_1$", "rotation": 30}, {"text": "x", "transform_rotates_text": True}):
        for value in CHANGES[name]:
            text = figure.text(0.1, 0.2, "one")
            text.set(**{**others, name: value})
            with cache.at_hand():
                ours = layouts(figure, text)
            assert ours == layouts(figure, text), value


@pytest.mark.parametrize("name", SETTINGS)
def test_changed_settings(figure: Figure, name: str) -> None:
    cache = TextLayouts()
    text = figure.text(0.1, 0.2, "one $2^x$ glyph")
    with mpl.rc_context():
        for value in SETTINGS[name] * 2:
            mpl.rcParams[name] = value
            with cache.at_hand():
                ours = layouts(figure, text)
            assert ours == layouts(figure, text)


def test_another_text_with_the_same_properties_is_not_laid_out_again(figure: Figure) -> None:
    assert CAN_CACHE_LAYOUTS, "this version of matplotlib computes layouts in another way"
    cache = TextLayouts()
    with computed() as found, cache.at_hand():
        for _ in range(3):
            figure.text(np.random.default_rng().random(), 0.2, "one").get_window_extent()
    assert len(found) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda text: setattr(text, "get_rotation", lambda: 45.0),
        lambda text: text.set_wrap(True),
        lambda text: setattr(text, "_get_multialignment", lambda: "right"),
    ],
    ids=["own method", "wrapped", "own private method"],
)
def test_texts_that_are_laid_out_in_their_own_way(figure: Figure, change: Callable[[Text], None]) -> None:
    cache = TextLayouts()
    for changed in (False, True, False):
        text = figure.text(0.8, 0.2, "many words in\none text")
        if changed:
            change(text)
        with cache.at_hand():
            ours = layouts(figure, text)
        assert ours == layouts(figure, text)


def test_subclass_of_text_is_laid_out_by_its_own_methods(figure: Figure) -> None:
    class Turned(Text):
        def get_rotation(self) -> float:
            return 45.0

    cache = TextLayouts()
    with cache.at_hand():
        layouts(figure, figure.text(0.1, 0.2, "one"))
        text = Turned(0.1, 0.2, "one")
        figure.add_artist(text)
        ours = layouts(figure, text)
    assert ours == layouts(figure, text)


def test_more_than_fifty_formulas_are_parsed_once(figure: Figure, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    parse = MathTextParser._parse_cached.__wrapped__

    def counted(parser: Any, *args: Any) -> Any:
        parsed.append(args[0])
        return parse(parser, *args)

    monkeypatch.setattr(MathTextParser, "_parse_cached", counted)
    cache = TextLayouts()
    for _ in range(2):
        with cache.at_hand():
            for k in range(60):
                figure.text(0.1, 0.2, f"$10^{{{k}}}$").get_window_extent()
    assert len(parsed) == len(set(parsed)) == 60


def test_cache_is_bounded(figure: Figure, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("incremental_parsave.drawing.shortcuts.text_layouts._MOST", 10)
    cache = TextLayouts()
    for k in range(50):
        with cache.at_hand():
            figure.text(0.1, 0.2, str(k)).get_window_extent()
        assert len(cache._known) <= 12
