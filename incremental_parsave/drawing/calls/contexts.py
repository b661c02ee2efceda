"""Frozen graphics contexts: the style of a drawing call, and its clipping."""

from __future__ import annotations

from struct import Struct
from typing import Any

import numpy as np
from xxhash import xxh3_128_digest

from .frozen import FrozenPath, Ink, colour, dashes, doubles, matrix, put_array, put_bytes, put_colour

_STROKE = Struct("<dd??d")
_SNAP = {None: b"a", True: b"t", False: b"f"}

# Cap and join styles are enumerations derived from str, whose own __str__ returns the member's name.
_text = str.__str__


class FrozenContext:
    """A graphics context, with the attributes and methods that the compiled renderer uses.

    Attributes
    ----------
    mask : tuple or None
        Identifies the clip-path mask as the compiled renderer does: by the
        array of vertices and the six numbers of the transform.  The arrays of a
        frame are numbered in the order of their first use.  None if there is no
        clip path, or if it has no vertices.
    copied : tuple or None
        The path's key, the clip rectangle and the snap setting, from which the
        mask is drawn.  Set only if the compiled renderer copies the vertices
        and identifies the path by the address of the copy.  In that case it
        cannot be predicted whether the renderer mistakes the path for the last
        one.
    """

    __slots__ = (
        "_alpha", "_antialiased", "_capstyle", "_clip", "_cliprect", "_dashes", "_forced_alpha", "_hatch",
        "_hatch_color", "_hatch_linewidth", "_joinstyle", "_linewidth", "_rgb", "_sketch", "_snap", "copied", "mask",
    )  # fmt: skip

    _linewidth: float
    _alpha: float
    _forced_alpha: bool
    _antialiased: bool
    _capstyle: str
    _joinstyle: str
    _rgb: Any
    _cliprect: Any
    _dashes: Any
    _clip: Any
    _snap: bool | None
    _hatch: FrozenPath | None
    _hatch_color: Any
    _hatch_linewidth: float
    _sketch: Any
    mask: tuple[float, ...] | None
    copied: tuple[Any, ...] | None

    def get_antialiased(self) -> Any:  # noqa: D102
        return self._antialiased

    def get_rgb(self) -> Any:  # noqa: D102
        return self._rgb

    def get_alpha(self) -> Any:  # noqa: D102
        return self._alpha

    def get_forced_alpha(self) -> Any:  # noqa: D102
        return self._forced_alpha

    def get_dashes(self) -> Any:  # noqa: D102
        return self._dashes

    def get_clip_path(self) -> Any:  # noqa: D102
        return self._clip

    def get_snap(self) -> Any:  # noqa: D102
        return self._snap

    def get_hatch_path(self) -> Any:  # noqa: D102
        return self._hatch

    def get_hatch_color(self) -> Any:  # noqa: D102
        return self._hatch_color

    def get_hatch_linewidth(self) -> Any:  # noqa: D102
        return self._hatch_linewidth

    def get_sketch_params(self) -> Any:  # noqa: D102
        return self._sketch


class Contexts:
    """A store of frozen graphics contexts, in which equal contexts share one object.

    The compiled renderer identifies its last clip path by the address of the
    path's vertices, and draws a new mask only for another path.  The new mask
    depends on the clip rectangle of that call.  So the pixels also depend on
    *which* calls share an array of vertices.  For this reason the arrays of a
    frame are numbered, and the number is part of a context's key.  In a replay,
    calls with the same number use the same array, and calls with different
    numbers use different arrays.
    """

    _MOST = 4096  # contexts kept from one frame to the next

    def __init__(self) -> None:
        self._contexts: dict[bytes, FrozenContext] = {}
        self._simple: dict[tuple[Any, ...], tuple[bytes, FrozenContext]] = {}
        self._clips: dict[tuple[int, bytes], FrozenPath] = {}
        self.begin_frame()

    def begin_frame(self) -> bool:
        """Restart the numbering of clip-path arrays at 0; return whether all older contexts were discarded."""
        self._numbers: dict[Any, tuple[int, Any, bytes]] = {}
        if forgotten := len(self._contexts) + len(self._simple) > self._MOST:
            self._contexts.clear()
            self._simple.clear()
            self._clips.clear()
        return forgotten

    @property
    def saw_clip_paths(self) -> bool:
        """Whether the current frame has used any clip path."""
        return bool(self._numbers)

    def freeze(self, gc: Any) -> tuple[bytes, FrozenContext]:
        """Freeze all that the compiled renderer reads from *gc*; return its digest and the frozen context."""
        rectangle = gc._cliprect
        if rectangle is not None:
            rectangle = doubles(rectangle.__array__())
        pattern = dashes(gc.get_dashes())
        if gc._clippath is not None or gc.get_hatch() is not None:
            return self._freeze(gc, rectangle, pattern)
        # Most contexts equal an earlier one.  Equal numbers (1, 1.0 and True) are the same to the renderer.
        values = (
            gc._linewidth, gc._alpha, gc._forced_alpha, gc._rgb, gc._antialiased, gc._capstyle, gc._joinstyle,
            gc.get_snap(), gc.get_hatch_color(), gc.get_hatch_linewidth(), gc.get_sketch_params(), pattern,
            None if rectangle is None else rectangle.tobytes(),
        )  # fmt: skip
        try:
            known = self._simple.get(values)
        except TypeError:  # a colour may be an array, which cannot be hashed
            return self._freeze(gc, rectangle, pattern)
        if known is None:
            known = self._simple[values] = self._freeze(gc, rectangle, pattern)
        return known

    def _freeze(self, gc: Any, rectangle: Any, pattern: Any) -> tuple[bytes, FrozenContext]:
        frozen = FrozenContext()
        frozen._linewidth, frozen._alpha, frozen._forced_alpha = (
            float(gc._linewidth),
            float(gc._alpha),
            bool(gc._forced_alpha),
        )
        frozen._antialiased, frozen._rgb, frozen._dashes = bool(gc._antialiased), colour(gc._rgb), pattern
        frozen._capstyle, frozen._joinstyle = _text(gc._capstyle), _text(gc._joinstyle)
        frozen._cliprect = None if rectangle is None else rectangle.copy()
        snap, sketch, hatch = gc.get_snap(), gc.get_sketch_params(), gc.get_hatch_path()
        frozen._snap = None if snap is None else bool(snap)
        frozen._sketch = None if sketch is None else tuple(map(float, sketch))
        frozen._hatch = None if hatch is None else FrozenPath.of(hatch).own()
        frozen._hatch_color, frozen._hatch_linewidth = colour(gc.get_hatch_color()), float(gc.get_hatch_linewidth())
        ink: Ink = [
            _STROKE.pack(
                frozen._linewidth, frozen._alpha, frozen._forced_alpha, frozen._antialiased, frozen._hatch_linewidth
            ),
            _SNAP[frozen._snap],
        ]
        put_colour(ink, frozen._rgb)
        put_colour(ink, frozen._hatch_color)
        for text in (frozen._capstyle, frozen._joinstyle, repr(pattern), repr(frozen._sketch)):
            put_bytes(ink, text.encode())
        put_array(ink, rectangle)
        if frozen._hatch is not None:
            ink.append(b"hatch")
            frozen._hatch.put(ink)
        frozen._clip, frozen.mask, frozen.copied = (None, None), None, None
        path, transform = gc.get_clip_path()
        if path is not None:
            self._clip_to(frozen, path, matrix(transform), ink)
        key = xxh3_128_digest(b"".join(ink))
        return key, self._contexts.setdefault(key, frozen)

    def _clip_to(self, frozen: FrozenContext, path: Any, transform: Any, ink: Ink) -> None:
        number, kept, key, copied = self._numbered(path)
        ink += [b"clip", number.to_bytes(4, "little"), key]
        put_array(ink, transform)
        frozen._clip = kept, None if transform is None else transform.copy()
        six = np.eye(3) if transform is None else transform
        if len(kept.vertices):
            frozen.mask = (number, *six[:2].ravel().tolist())
            if copied:
                rectangle = frozen._cliprect
                frozen.copied = key, None if rectangle is None else rectangle.tobytes(), frozen._snap

    def _numbered(self, path: Any) -> tuple[int, FrozenPath, bytes, bool]:
        """Return the number of *path*'s vertex array, a copy of *path*, its key, and whether the renderer copies it."""
        vertices = path.vertices
        frozen = FrozenPath.of(path)
        ink: Ink = []
        frozen.put(ink)
        key = b"".join(ink)
        copied = not (type(vertices) is np.ndarray and vertices.dtype == np.float64 and vertices.flags.aligned)
        name: Any = key if copied else id(vertices)
        known = self._numbers.get(name)
        if known is None:  # the entry keeps the array alive, so that its address is not reused
            known = self._numbers[name] = len(self._numbers), vertices, key
        elif known[2] != key:
            raise ValueError("a clip path has changed in place")
        number = known[0]
        kept = self._clips.get((number, key))
        if kept is None:
            kept = self._clips[number, key] = frozen.own()
        return number, kept, key, copied
