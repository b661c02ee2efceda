"""Caches for texts: the layout of each string (its size, and the places of its lines), and parsed mathtext.

matplotlib lays out each tick label four to eight times in every draw, once for each object that asks how much
room the labels take (titles, axis labels, spines, layout engines) and once to draw it.  A layout depends only
on the string, the font and a few properties of the text, not on its place.  So the labels of an axis that was
cleared, or has moved, have known layouts.

matplotlib remembers the last 50 parses of mathtext, separately for each renderer.  A figure with a few logarithmic
axes has more labels than that, and parses all of them in every frame.

Both names are private.  If `Text._get_layout` reads anything but `_READS`, as it might in another version of
matplotlib, no layout is cached.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from types import FunctionType
from typing import Any

from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties, fontManager
from matplotlib.mathtext import MathTextParser
from matplotlib.text import Annotation, Text

from ..reuse.known_classes import is_matplotlibs_class
from ..settings import Settings

_KINDS = frozenset({Text, Annotation})

# The names that `Text._get_layout` uses in matplotlib 3.10.0 and 3.11.2.
_READS = frozenset(
    # of the text
    "_fontproperties _get_multialignment _get_wrapped_text _ha_for_angle _horizontalalignment _linespacing"
    " _preprocess_math _va_for_angle _verticalalignment get_figure get_rotation get_rotation_mode get_usetex"
    # of the figure and the renderer
    " dpi _get_font_height_metrics"
    # of the font
    " _find_fonts_by_props fontManager get_font get_sfnt_table get_size_in_points _get_text_metrics_with_cache"
    # of modules, arrays and lists
    " Affine2D Bbox T append array enumerate from_bounds functools hasattr itertools len list max min np partial"
    " rotate_deg split starmap transform zip _rotate_point".split()
)
_METHODS = frozenset(
    "_get_wrapped_text _ha_for_angle _va_for_angle _preprocess_math _get_multialignment get_figure get_rotation"
    " get_rotation_mode get_usetex get_text get_wrap get_parse_math get_transform_rotates_text _get_layout".split()
)

CAN_CACHE_LAYOUTS = hasattr(Text, "_get_layout") and _READS.issuperset(Text._get_layout.__code__.co_names)
"""Whether everything is known that a layout depends on in this version of matplotlib."""

_parse_cached = getattr(vars(MathTextParser).get("_parse_cached"), "__wrapped__", None)
_CAN_CACHE_PARSES = isinstance(_parse_cached, FunctionType) and "_output_type" in _parse_cached.__code__.co_names

_MOST = 4096  # layouts and parses together; a layout has about 1 kB, a parse a few more


class TextLayouts:
    """The layouts of texts, and the parses of mathtext, that were computed for one movie."""

    def __init__(self) -> None:
        self._known: dict[Hashable, Any] = {}
        self._settings: Settings | None = None
        self._is_installed = self._is_at_hand = False

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Make `at_hand` cheap within this context: replacing a method of a class makes all its attributes slower."""
        with ExitStack() as stack:
            if CAN_CACHE_LAYOUTS:
                stack.enter_context(_replaced(Text, "_get_layout", self._layouts_of))
            if _CAN_CACHE_PARSES:
                stack.enter_context(_replaced(MathTextParser, "_parse_cached", self._parses_of))
            self._is_installed = True
            try:
                yield
            finally:
                self._is_installed = False

    @contextmanager
    def at_hand(self) -> Iterator[None]:
        """Let texts use known layouts and parses within this context."""
        if self._settings is None or not self._settings.are_in_force() or len(self._known) > _MOST:
            self._known, self._settings = {}, Settings()
        with nullcontext() if self._is_installed else self.installed():
            self._is_at_hand = True
            try:
                yield
            finally:
                self._is_at_hand = False

    def _layouts_of(self, compute: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        def get_layout(text: Any, renderer: Any) -> Any:
            if not self._is_at_hand:
                return compute(text, renderer)
            known = self._known
            try:
                key = _key(text, renderer)
                layout = known.get(key)
            except (AttributeError, KeyError, TypeError):  # a property of another type than matplotlib's own
                key = layout = None
            if layout is None:
                layout = compute(text, renderer)
                if key is not None:
                    known[key] = layout
            return layout

        return get_layout

    def _parses_of(self, compute: Callable[..., Any]) -> Callable[..., Any]:
        def parse(parser: Any, *args: Any) -> Any:
            if not self._is_at_hand or type(parser) is not MathTextParser:
                return compute(parser, *args)
            known = self._known
            key = parser._output_type, len(fontManager.ttflist), *args
            found = known.get(key)
            if found is None:
                found = known[key] = compute(parser, *args)
            return found

        return parse


@contextmanager
def _replaced(owner: type, name: str, by: Callable[[Any], Any]) -> Iterator[None]:
    """Replace the method *name* of *owner* by what *by* makes of it."""
    original = vars(owner)[name]
    setattr(owner, name, by(original))
    try:
        yield
    finally:
        setattr(owner, name, original)


def _key(text: Any, renderer: Any) -> Hashable:
    """Return everything that the layout of *text* depends on, besides the settings; None if that is not known."""
    held = vars(text)
    kind: type = type(text)
    prop = held["_fontproperties"]
    if (
        kind not in _KINDS
        or type(held["_text"]) is not str
        or type(prop) is not FontProperties
        or type(renderer) is not RendererAgg
        or held["_wrap"]
        or held["_usetex"]
        or not _METHODS.isdisjoint(held)
        or not is_matplotlibs_class(kind)
    ):
        return None
    return (
        held["_text"],
        held["_parse_math"],
        held["_horizontalalignment"],
        held["_verticalalignment"],
        held["_multialignment"],
        held["_rotation_mode"],
        *map(held.get, ("_antialiased", "_features", "_language")),  # not used by these versions' layouts
        repr(text.get_rotation()),  # 0.0 and -0.0 are equal, but may have layouts that differ in the sign of zeros
        repr(held["_linespacing"]),
        text.get_figure(root=True).dpi,
        renderer.dpi,
        len(fontManager.ttflist),
        *[tuple(each) if type(each) is list else each for each in vars(prop).values()],
    )
