"""Frozen arguments of drawing calls: what the compiled renderer reads from them, and nothing else.

Arguments are frozen in two steps.  At first, a frozen argument only *refers* to
the caller's arrays, and is appended to the *ink*: the bytes that are digested.
If the digest shows that the call is new, the argument is made to *own* copies of
the arrays, since other code may write into the originals at any time.

Every piece of ink begins with its kind and its length, or its kind implies the
length.  An array is represented by its shape and digest.  So two different
sequences of arguments never give the same ink.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct
from typing import Any

import numpy as np
from xxhash import xxh3_128_digest

Ink = list[bytes]

_MATRIX = (3, 3)
_PATH = Struct("<c?d?q")
_COLOUR = {3: Struct("<c3d"), 4: Struct("<c4d")}
_SHAPES = [Struct(f"<c{dimensions}q") for dimensions in range(5)]
# Little-endian types: on a big-endian machine, `put_array` raises KeyError, and no frame is recorded.
_KINDS = {"<f8": b"d", "|u1": b"o", "|b1": b"b", "<i8": b"i"}
_NONE = b"-"


def doubles(value: Any) -> Any:
    """Return *value* as a C-contiguous array of doubles; no copy is made if it already is one."""
    return np.asarray(value, dtype=np.float64, order="C")


def octets(value: Any) -> Any:
    """Return *value* as a C-contiguous array of unsigned bytes; no copy is made if it already is one."""
    return np.asarray(value, dtype=np.uint8, order="C")


def matrix(transform: Any) -> Any:
    """Return the 3x3 matrix of *transform*; None, which stands for the identity, stays None."""
    if transform is None:
        return None
    found = doubles(transform.__array__())
    if found.shape != _MATRIX:
        raise ValueError(f"a transform of shape {found.shape}")
    return found


def colour(rgba: Any) -> tuple[float, ...] | None:
    """Return *rgba* as a tuple of floats; three numbers stay three, since the context may supply the alpha."""
    if rgba is None:
        return None
    found = tuple(map(float, rgba))
    if len(found) not in _COLOUR:
        raise ValueError(f"a colour of {len(found)} numbers")
    return found


def dashes(pattern: Any) -> tuple[float, tuple[float, ...] | None]:
    """Return a dash pattern as its offset and the lengths of its dashes and gaps."""
    offset, lengths = pattern
    return float(offset), None if lengths is None else tuple(map(float, lengths))


def put_array(ink: Ink, array: Any) -> None:
    """Append a C-contiguous array, or None, to *ink*."""
    if array is None:
        ink.append(_NONE)
    else:
        ink.append(b"%d" % array.ndim + _SHAPES[array.ndim].pack(_KINDS[array.dtype.str], *array.shape))
        ink.append(xxh3_128_digest(array))


def put_colour(ink: Ink, rgba: tuple[float, ...] | None) -> None:
    """Append a colour, or None, to *ink*."""
    if rgba is None:
        ink.append(_NONE)
    else:
        count = len(rgba)
        ink.append(_COLOUR[count].pack(b"3" if count == 3 else b"4", *rgba))


def put_bytes(ink: Ink, piece: bytes) -> None:
    """Append bytes of any length to *ink*."""
    ink.append(b"%d:" % len(piece))
    ink.append(piece)


class FrozenPath:
    """A path, with the attributes that the compiled renderer reads.

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
        """Freeze *path*, without copying its arrays."""
        vertices, codes = doubles(path.vertices), path.codes
        if codes is not None:
            codes = octets(codes)
            if codes.shape != vertices.shape[:1]:
                raise ValueError("the number of codes differs from the number of vertices")
        if vertices.ndim != 2 or vertices.shape[1] != 2:
            raise ValueError(f"vertices of shape {vertices.shape}")
        # The renderer does not read the threshold of a path that is not simplified, so it must not affect the digest.
        # It comes from the settings at the time when the path was made, and some paths (the unit rectangle) are made
        # once for all figures of a process.
        simplified = bool(path.should_simplify)
        return cls(vertices, codes, simplified, float(path.simplify_threshold) if simplified else 0.0)

    def own(self) -> FrozenPath:
        """Replace the arrays by copies; return self."""
        self.vertices = self.vertices.copy()
        if self.codes is not None:
            self.codes = self.codes.copy()
        return self

    @property
    def nbytes(self) -> int:
        """Size of the arrays in bytes."""
        return int(self.vertices.nbytes) + (0 if self.codes is None else int(self.codes.nbytes))

    def put(self, ink: Ink) -> None:
        """Append the path to *ink*."""
        codes = self.codes
        head = self.should_simplify, self.simplify_threshold, codes is not None, len(self.vertices)
        ink.append(_PATH.pack(b"p", *head))
        ink.append(xxh3_128_digest(self.vertices))
        if codes is not None:
            ink.append(xxh3_128_digest(codes))


class FrozenPaths(Sequence[FrozenPath]):
    """The paths of a collection, joined into two arrays, so that not every path needs a digest of its own."""

    def __init__(self, paths: Any) -> None:
        self._paths: list[FrozenPath] | None = None
        pieces = [path.vertices for path in paths]
        codes = [path.codes for path in paths]
        self._lengths = np.array([len(piece) for piece in pieces], dtype=np.int64)
        self._with_codes = np.array([code is not None for code in codes], dtype=np.bool_)
        self._simplify = np.array([bool(path.should_simplify) for path in paths], dtype=np.bool_)
        thresholds = np.array([path.simplify_threshold for path in paths], dtype=np.float64)
        self._thresholds = np.where(self._simplify, thresholds, 0.0)  # see FrozenPath.of
        self._vertices = doubles(np.concatenate(pieces)) if pieces else np.zeros((0, 2))
        given = [code for code in codes if code is not None]
        self._codes = octets(np.concatenate(given)) if given else np.zeros(0, np.uint8)
        if self._vertices.ndim != 2 or self._vertices.shape[1] != 2:
            raise ValueError(f"vertices of shape {self._vertices.shape}")
        if len(self._codes) != int(self._lengths[self._with_codes].sum()):
            raise ValueError("the number of codes differs from the number of vertices")

    @property
    def nbytes(self) -> int:
        """Size of the arrays in bytes.  They are copies already, so there is no method ``own``."""
        return int(self._vertices.nbytes) + int(self._codes.nbytes)

    def put(self, ink: Ink) -> None:
        """Append all paths to *ink*."""
        for array in (
            self._lengths, self._with_codes, self._simplify, self._thresholds, self._vertices, self._codes,
        ):  # fmt: skip
            put_array(ink, array)

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
