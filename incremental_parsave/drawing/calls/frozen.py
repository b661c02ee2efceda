"""Arguments of drawing calls, frozen: what the compiled renderer reads of them, and nothing else.

Each has two forms, made one after the other.  First it *refers* to the arrays
that it was given, and is put into *ink*, which a digest is taken of; only where
a call turns out to be new does it *own* copies of them, since nothing tells
whether somebody will write into an array.

Every piece of ink begins with its kind and its length, or is of a length that
its kind tells; an array is there by shape and digest.  So no two different
sequences of arguments give the same ink.
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
_KINDS = {"<f8": b"d", "|u1": b"o", "|b1": b"b", "<i8": b"i"}  # the machine is a little-endian one, or refuses
_NONE = b"-"


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


def put_array(ink: Ink, array: Any) -> None:
    """Put a C-contiguous array into *ink*, or None."""
    if array is None:
        ink.append(_NONE)
    else:
        ink.append(b"%d" % array.ndim + _SHAPES[array.ndim].pack(_KINDS[array.dtype.str], *array.shape))
        ink.append(xxh3_128_digest(array))


def put_colour(ink: Ink, rgba: tuple[float, ...] | None) -> None:
    """Put a colour into *ink*, or None."""
    if rgba is None:
        ink.append(_NONE)
    else:
        count = len(rgba)
        ink.append(_COLOUR[count].pack(b"3" if count == 3 else b"4", *rgba))


def put_bytes(ink: Ink, piece: bytes) -> None:
    """Put bytes of any length into *ink*."""
    ink.append(b"%d:" % len(piece))
    ink.append(piece)


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
        # The threshold of a path that is not simplified is not read.  It is that of the settings in force when the
        # path was made, and some paths (the unit rectangle) are made once for all figures of a process.
        simplified = bool(path.should_simplify)
        return cls(vertices, codes, simplified, float(path.simplify_threshold) if simplified else 0.0)

    def own(self) -> FrozenPath:
        """Copy the arrays; return self."""
        self.vertices = self.vertices.copy()
        if self.codes is not None:
            self.codes = self.codes.copy()
        return self

    @property
    def nbytes(self) -> int:
        """Of the arrays."""
        return int(self.vertices.nbytes) + (0 if self.codes is None else int(self.codes.nbytes))

    def put(self, ink: Ink) -> None:
        """Put the path into *ink*."""
        codes = self.codes
        head = self.should_simplify, self.simplify_threshold, codes is not None, len(self.vertices)
        ink.append(_PATH.pack(b"p", *head))
        ink.append(xxh3_128_digest(self.vertices))
        if codes is not None:
            ink.append(xxh3_128_digest(codes))


class FrozenPaths(Sequence[FrozenPath]):
    """Paths of a collection, end to end in two arrays: one digest, however many there are."""

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
            raise ValueError("not as many codes as vertices")

    @property
    def nbytes(self) -> int:
        """Of the arrays; joining them has copied them, so there is nothing to own."""
        return int(self._vertices.nbytes) + int(self._codes.nbytes)

    def put(self, ink: Ink) -> None:
        """Put all paths into *ink*."""
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
