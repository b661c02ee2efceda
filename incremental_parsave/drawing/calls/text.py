"""Recorded texts: identified by string, fonts and position; laid out and rendered only in a replay.

Most of the cost of a text is placing its glyphs and rendering their bitmaps.
Neither is needed to tell two frames apart, since both follow from the string,
the font files and the position.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
from matplotlib.font_manager import fontManager
from matplotlib.ft2font import __freetype_version__
from xxhash import xxh3_128_hexdigest

from ..pristine import MATPLOTLIB
from .frozen import Ink, octets, put_bytes

_OF_GLYPHS = ("text.hinting", "text.hinting_factor", "text.kerning_factor")
_OF_FAMILIES = tuple(f"font.{name}" for name in ("sans-serif", "serif", "cursive", "fantasy", "monospace"))
_SETTINGS = (*_OF_GLYPHS, *_OF_FAMILIES)


@dataclass(frozen=True)
class Shaping:
    """The properties that a renderer reads from a `Text` object, in addition to its arguments."""

    features: Any
    language: Any

    @classmethod
    def of(cls, text: Any) -> Shaping:
        """Return the properties of *text*; each is None in versions of matplotlib that lack it."""
        return cls(*(getattr(text, name, _nothing)() for name in ("get_fontfeatures", "get_language")))

    def get_fontfeatures(self) -> Any:  # noqa: D102
        return self.features

    def get_language(self) -> Any:  # noqa: D102
        return self.language


def _nothing() -> None:
    return None


def settings() -> tuple[Any, ...]:
    """Return the values of the rcParams that determine how text is drawn."""
    return tuple(_fixed(dict.get(mpl.rcParams, name)) for name in _SETTINGS)


def _fixed(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def as_it_was(then: tuple[Any, ...]) -> contextlib.AbstractContextManager[Any]:
    """Return a context manager that sets the text settings to *then*, if they differ now."""
    if then == settings():
        return contextlib.nullcontext()
    known = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in zip(_SETTINGS, then, strict=True)
        if value is not None
    }
    manager: contextlib.AbstractContextManager[Any] = mpl.rc_context(known)
    return manager


class _Catcher:
    """Stand-in for the compiled renderer while one text is drawn."""

    def __init__(self, glyphs: list[Any]) -> None:
        self._glyphs = glyphs

    def draw_text_image(self, image: Any, x: Any, y: Any, angle: Any, gc: Any) -> None:
        self._glyphs.append((octets(image).copy(), x, y, angle, gc))


@contextlib.contextmanager
def caught(renderer: Any, glyphs: list[Any]) -> Iterator[None]:
    """Make *renderer* append the glyph images that it would draw to *glyphs*."""
    compiled, renderer._renderer = renderer._renderer, _Catcher(glyphs)
    try:
        yield
    finally:
        renderer._renderer = compiled


def put_text(ink: Ink, x: float, y: float, words: str, prop: Any, angle: float, shaping: Shaping) -> None:
    """Append a text to *ink*."""
    glyphs = [dict.get(mpl.rcParams, name) for name in _OF_GLYPHS]  # `font_keys` covers the families
    of = x, y, angle, words, prop.get_size_in_points(), font_keys(prop), glyphs, shaping, __freetype_version__
    put_bytes(ink, MATPLOTLIB.digest.encode())  # changes to matplotlib itself may change glyphs
    put_bytes(ink, repr(of).encode("utf-8", "surrogatepass"))


def font_keys(prop: Any) -> list[str]:
    """Return the keys of the fonts of *prop*, in order of preference: the digests of their files, and face numbers."""
    return [_font_key(str(path), getattr(path, "face_index", 0)) for path in fontManager._find_fonts_by_props(prop)]


@functools.cache
def _font_key(path: str, face: int) -> str:
    with open(path, "rb") as file:
        return f"{xxh3_128_hexdigest(file.read())} {face}"
