"""Arguments of drawing calls, frozen: what the compiled renderer reads of them, and nothing else.

Each has two forms, made one after the other.  First it *refers* to the arrays
that it was given, and enters a digest; only where a call turns out to be new
does it *own* copies of them, since nothing tells whether somebody will write
into an array.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct, pack
from typing import Any

import numpy as np

from ..keys.canonical import Digest
from .agg import knows_read_only_paths

_MATRIX = (3, 3)
_PATH = Struct("<?d?")
_STROKE = Struct("<dd???d")
_COLOUR = {3: Struct("<3d"), 4: Struct("<4d")}
_SNAP = {None: b"a", True: b"t", False: b"f"}


def doubles(value: Any) -> Any:
    """Return *value* as a C-contiguous array of doubles, itself if it is one."""
    return np.asarray(value, dtype=np.float64, order="C")


def octets(value: Any) -> Any:
    """Return *value* as a C-contiguous array of unsigned bytes, itself if it is one."""
    return np.asarray(value, dtype=np.uint8, order="C")


def matrix(transform: Any) -> Any:
    """Return the 3x3 matrix of *transform*; None stays None, and is the identity."""
    if transform is None:
        return None
    found = doubles(transform.__array__())
    if found.shape != _MATRIX:
        raise ValueError(f"a transform of shape {found.shape}")
    return found


def colour(rgba: Any) -> tuple[float, ...] | None:
    """Return three or four floats, as many as were given: alpha may come from elsewhere."""
    if rgba is None:
        return None
    found = tuple(map(float, rgba))
    if len(found) not in _COLOUR:
        raise ValueError(f"a colour of {len(found)} numbers")
    return found


def dashes(pattern: Any) -> tuple[float, tuple[float, ...] | None]:
    """Return a dash pattern: its offset, and lengths of strokes and gaps."""
    offset, lengths = pattern
    return float(offset), None if lengths is None else tuple(map(float, lengths))


def add_array(digest: Digest, array: Any) -> None:
    """Add a C-contiguous array to *digest*, or None."""
    if array is None:
        digest.add("none")
    else:
        digest.add("array", f"{array.dtype.str}{array.shape}")
        digest.add_raw(array)


def add_colour(digest: Digest, rgba: tuple[float, ...] | None) -> None:
    """Add a colour to *digest*, or None."""
    digest.add("colour", b"" if rgba is None else _COLOUR[len(rgba)].pack(*rgba))


# The styles are enumerations that are strings too, and show themselves by their names.
_text = str.__str__


def _bytes_of_dashes(pattern: tuple[float, tuple[float, ...] | None]) -> bytes:
    offset, lengths = pattern
    if lengths is None:
        return pack("<d", offset)
    return pack(f"<{1 + len(lengths)}d", offset, *lengths) + b"-"


class FrozenPath:
    """A path, with the names by which the compiled renderer reads it.

    Attributes
    ----------
    vertices : ndarray, shape (N, 2)
    codes : ndarray of uint8, shape (N,), or None
    should_simplify : bool
    simplify_threshold : float
    """

    __slots__ = ("codes", "should_simplify", "simplify_threshold", "vertices")

    def __init__(self, vertices: Any, codes: Any, should_simplify: bool, simplify_threshold: float) -> None:
        self.vertices, self.codes = vertices, codes
        self.should_simplify, self.simplify_threshold = should_simplify, simplify_threshold

    @classmethod
    def of(cls, path: Any) -> FrozenPath:
        """Return *path*, referring to its arrays."""
        vertices, codes = doubles(path.vertices), path.codes
        if codes is not None:
            codes = octets(codes)
            if codes.shape != vertices.shape[:1]:
                raise ValueError("not as many codes as vertices")
        if vertices.ndim != 2 or vertices.shape[1] != 2:
            raise ValueError(f"vertices of shape {vertices.shape}")
        return cls(vertices, codes, bool(path.should_simplify), float(path.simplify_threshold))

    def own(self) -> FrozenPath:
        """Copy the arrays; return self."""
        self.vertices = self.vertices.copy()
        if self.codes is not None:
            self.codes = self.codes.copy()
        return self

    def add_to(self, digest: Digest) -> None:
        """Add the path to *digest*."""
        digest.add("path", _PATH.pack(self.should_simplify, self.simplify_threshold, self.codes is not None))
        digest.add("vertices", len(self.vertices))
        digest.add_raw(self.vertices)
        if self.codes is not None:
            digest.add_raw(self.codes)

    def key(self) -> bytes:
        """Return what tells this path from others."""
        codes = b"" if self.codes is None else self.codes.tobytes()
        head = _PATH.pack(self.should_simplify, self.simplify_threshold, self.codes is not None)
        return b"".join([head, len(self.vertices).to_bytes(8, "little"), self.vertices.tobytes(), codes])


class FrozenPaths(Sequence[FrozenPath]):
    """Paths of a collection, end to end in two arrays: one digest, however many there are."""

    def __init__(self, paths: Any) -> None:
        self._paths: list[FrozenPath] | None = None
        pieces = [path.vertices for path in paths]
        codes = [path.codes for path in paths]
        self._lengths = np.array([len(piece) for piece in pieces], dtype=np.int64)
        self._with_codes = np.array([code is not None for code in codes], dtype=np.bool_)
        self._simplify = np.array([bool(path.should_simplify) for path in paths], dtype=np.bool_)
        self._thresholds = np.array([path.simplify_threshold for path in paths], dtype=np.float64)
        self._vertices = doubles(np.concatenate(pieces)) if pieces else np.zeros((0, 2))
        given = [code for code in codes if code is not None]
        self._codes = octets(np.concatenate(given)) if given else np.zeros(0, np.uint8)
        if self._vertices.ndim != 2 or self._vertices.shape[1] != 2:
            raise ValueError(f"vertices of shape {self._vertices.shape}")
        if len(self._codes) != int(self._lengths[self._with_codes].sum()):
            raise ValueError("not as many codes as vertices")

    def own(self) -> FrozenPaths:
        """Return self: joining the arrays has copied them."""
        return self

    def add_to(self, digest: Digest) -> None:
        """Add all paths to *digest*."""
        for array in (
            self._lengths, self._with_codes, self._simplify, self._thresholds, self._vertices, self._codes,
        ):  # fmt: skip
            add_array(digest, array)

    def __len__(self) -> int:
        return len(self._lengths)

    def __getitem__(self, index: Any) -> Any:
        if self._paths is None:
            self._paths = list(self._split())
        return self._paths[index]

    def _split(self) -> Any:
        vertex = code = 0
        flags = zip(
            self._lengths.tolist(), self._with_codes.tolist(), self._simplify.tolist(), self._thresholds.tolist(),
            strict=True,
        )  # fmt: skip
        for length, has_codes, simplify, threshold in flags:
            codes = None
            if has_codes:
                codes = self._codes[code : code + length]
                code += length
            yield FrozenPath(self._vertices[vertex : vertex + length], codes, simplify, threshold)
            vertex += length


class FrozenContext:
    """A graphics context, with the names by which the compiled renderer reads it.

    Attributes
    ----------
    mask : tuple or None
        What the compiled renderer knows its mask of a clip path by: the number
        of the array of vertices, in the order in which a frame first used them,
        and the six numbers of the transform.  None without a clip path.
    copied : tuple or None
        What its mask is drawn from, if the compiled renderer knows the path by
        the address of a copy that it makes: nobody can tell whether it takes a
        path for the last one then.
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
    """Freezes graphics contexts; equal ones are one object.

    The compiled renderer knows the mask of its last clip path by the address of
    the path's vertices, and draws it anew only for another.  What it draws then
    depends on the clip rectangle of that call.  So *which* calls share an array
    of vertices is part of what decides the pixels: the arrays of a frame are
    numbered, the number is in the key of a context, and equal numbers are
    replayed with one array, others with others.
    """

    _MOST = 4096  # kept from frame to frame

    def __init__(self) -> None:
        self._contexts: dict[bytes, FrozenContext] = {}
        self._clips: dict[tuple[int, bytes], FrozenPath] = {}
        self.begin_frame()

    def begin_frame(self) -> bool:
        """Number the arrays of clip paths from 0 again; return whether all older contexts are forgotten."""
        self._numbers: dict[Any, tuple[int, Any, bytes]] = {}
        if forgotten := len(self._contexts) > self._MOST:
            self._contexts.clear()
            self._clips.clear()
        return forgotten

    @property
    def saw_clip_paths(self) -> bool:
        """Whether the frame has any."""
        return bool(self._numbers)

    def freeze(self, gc: Any) -> tuple[bytes, FrozenContext]:
        """Return all that the compiled renderer reads of *gc*, as bytes and as what it can read again."""
        linewidth, alpha, forced = float(gc._linewidth), float(gc._alpha), bool(gc._forced_alpha)
        antialiased, capstyle, joinstyle = bool(gc._antialiased), _text(gc._capstyle), _text(gc._joinstyle)
        rgb, pattern, snap = colour(gc._rgb), dashes(gc.get_dashes()), gc.get_snap()
        rectangle = gc._cliprect
        if rectangle is not None:
            rectangle = doubles(rectangle.__array__())
        path, transform = gc.get_clip_path()
        hatch, hatch_color, hatch_linewidth = gc.get_hatch_path(), gc.get_hatch_color(), gc.get_hatch_linewidth()
        sketch = gc.get_sketch_params()

        snap = None if snap is None else bool(snap)
        hatch_color, hatch_linewidth = colour(hatch_color), float(hatch_linewidth)
        key = [
            _STROKE.pack(linewidth, alpha, forced, antialiased, rectangle is not None, hatch_linewidth),
            _SNAP[snap],
            b"" if rgb is None else _COLOUR[len(rgb)].pack(*rgb),
            capstyle.encode(),
            joinstyle.encode(),
            _bytes_of_dashes(pattern),
            b"" if rectangle is None else rectangle.tobytes(),
            b"" if hatch_color is None else _COLOUR[len(hatch_color)].pack(*hatch_color),
        ]
        if sketch is not None:
            sketch = tuple(map(float, sketch))
            key += [b"sketch", pack("<3d", *sketch)]
        if hatch is not None:
            hatch = FrozenPath.of(hatch)
            key += [b"hatch", hatch.key()]
        if path is not None:
            transform = matrix(transform)
            number, path, clip, copied = self._numbered(path)
            key += [b"clip", number.to_bytes(4, "little"), clip, b"" if transform is None else transform.tobytes()]

        joined = b"".join([b"%d:%b" % (len(piece), piece) for piece in key])
        known = self._contexts.get(joined)
        if known is not None:
            return joined, known
        frozen = FrozenContext()
        frozen._linewidth, frozen._alpha, frozen._forced_alpha = linewidth, alpha, forced
        frozen._antialiased, frozen._capstyle, frozen._joinstyle = antialiased, capstyle, joinstyle
        frozen._rgb, frozen._dashes, frozen._snap = rgb, pattern, snap
        frozen._cliprect = None if rectangle is None else rectangle.copy()
        frozen._hatch = None if hatch is None else hatch.own()
        frozen._hatch_color, frozen._hatch_linewidth, frozen._sketch = hatch_color, hatch_linewidth, sketch
        frozen._clip, frozen.mask, frozen.copied = (None, None), None, None
        if path is not None:
            frozen._clip = path, None if transform is None else transform.copy()
            six = np.eye(3) if transform is None else transform
            if len(path.vertices):
                frozen.mask = (number, *six[:2].ravel().tolist())
                if copied:
                    frozen.copied = clip, key[6], snap
        self._contexts[joined] = frozen
        return joined, frozen

    def _numbered(self, path: Any) -> tuple[int, FrozenPath, bytes, bool]:
        """Return the number of *path*'s array of vertices, the path, owned, its key, and whether it is copied."""
        vertices = path.vertices
        frozen = FrozenPath.of(path)
        key = frozen.key()
        copied = not (
            type(vertices) is np.ndarray
            and vertices.dtype == np.float64
            and vertices.flags.aligned
            and (vertices.flags.writeable or knows_read_only_paths())
        )
        name: Any = key if copied else id(vertices)
        known = self._numbers.get(name)
        if known is None:  # holds the array, so that its address stays its own
            known = self._numbers[name] = len(self._numbers), vertices, key
        elif known[2] != key:
            raise ValueError("a clip path has changed in place")
        number = known[0]
        kept = self._clips.get((number, key))
        if kept is None:
            kept = self._clips[number, key] = frozen.own()
        return number, kept, key, copied
