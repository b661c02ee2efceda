"""Text that is drawn: known by its words and fonts, laid out and made into glyphs only when it is replayed.

Most of what a text costs is to place its glyphs and to make their bitmaps.
Neither is needed to tell two frames apart, since both follow from the string,
the fonts' files and the place.
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
    """What a renderer asks a text for, besides what it is given."""

    features: Any
    language: Any

    @classmethod
    def of(cls, text: Any) -> Shaping:
        """Return that of *text*; older versions of matplotlib have no such thing."""
        return cls(*(getattr(text, name, _nothing)() for name in ("get_fontfeatures", "get_language")))

    def get_fontfeatures(self) -> Any:  # noqa: D102
        return self.features

    def get_language(self) -> Any:  # noqa: D102
        return self.language


def _nothing() -> None:
    return None


def settings() -> tuple[Any, ...]:
    """Return the settings by which text is drawn."""
    return tuple(_fixed(dict.get(mpl.rcParams, name)) for name in _SETTINGS)


def _fixed(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def as_it_was(then: tuple[Any, ...]) -> contextlib.AbstractContextManager[Any]:
    """Return what restores the settings that were *then*, should they be others now."""
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
    """Stands where the compiled renderer stood, for the draw of one text."""

    def __init__(self, glyphs: list[Any]) -> None:
        self._glyphs = glyphs

    def draw_text_image(self, image: Any, x: Any, y: Any, angle: Any, gc: Any) -> None:
        self._glyphs.append((octets(image).copy(), x, y, angle, gc))


@contextlib.contextmanager
def caught(renderer: Any, glyphs: list[Any]) -> Iterator[None]:
    """Have *renderer* put what it would draw into *glyphs*."""
    compiled, renderer._renderer = renderer._renderer, _Catcher(glyphs)
    try:
        yield
    finally:
        renderer._renderer = compiled


def put_text(ink: Ink, x: float, y: float, words: str, prop: Any, angle: float, shaping: Shaping) -> None:
    """Put a text into *ink*."""
    glyphs = [dict.get(mpl.rcParams, name) for name in _OF_GLYPHS]  # the families are in the keys of the fonts
    of = x, y, angle, words, prop.get_size_in_points(), font_keys(prop), glyphs, shaping, __freetype_version__
    put_bytes(ink, MATPLOTLIB.digest.encode())  # what makes its glyphs
    put_bytes(ink, repr(of).encode("utf-8", "surrogatepass"))


def font_keys(prop: Any) -> list[str]:
    """Return what the fonts of *prop* are, the first first: digests of their files."""
    return [_font_key(str(path), getattr(path, "face_index", 0)) for path in fontManager._find_fonts_by_props(prop)]


@functools.cache
def _font_key(path: str, face: int) -> str:
    with open(path, "rb") as file:
        return f"{xxh3_128_hexdigest(file.read())} {face}"
