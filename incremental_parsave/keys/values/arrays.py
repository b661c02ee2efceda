"""Digests of arrays by content: the elements in C order, regardless of their order in memory."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import xxhash

from ..canonical import Unknown
from ..explain import runs

if TYPE_CHECKING:
    from .walk import Walk

Array = np.ndarray[Any, Any]

KINDS = (np.ndarray, np.memmap, np.ma.MaskedArray, np.matrix, np.recarray)
"""Supported array types, exact matches only: a subclass from another library may hold more than elements."""

_CHUNK_BYTES = 1 << 26
_TILE = (128, 64)  # in elements; sized so that both sides of a transposition stay in the first-level cache
_SHORTEST_TILE = 8
_FIRST_USER_DTYPE = 256
_LONG_DOUBLE_BYTES = 10 if np.finfo(np.longdouble).nmant == 63 else np.dtype(np.longdouble).itemsize


def add(walk: Walk, array: Array) -> None:
    """Add an array by shape, dtype and elements, regardless of its memory order and strides."""
    kind = type(array)
    if array is np.ma.masked:
        walk.add("masked")
        return
    if kind not in KINDS:
        raise Unknown(f"arrays of type {kind.__module__}.{kind.__qualname__} cannot be compared")
    walk.add("ndarray" if kind is np.memmap else kind.__name__, repr(array.shape))
    add_dtype(walk, array.dtype)
    walk.views(*_memory(array), array.strides)
    if isinstance(array, np.ma.MaskedArray):
        walk.value(array.fill_value)
    if not array.dtype.hasobject:
        walk.add("elements", walk.contents(array))
        return
    if isinstance(array, np.ma.MaskedArray):
        walk.add("mask", contents(np.ma.getmaskarray(array)))
    elements = _plain(array)
    if elements.dtype.names is not None:
        for name in elements.dtype.names:
            add(walk, elements[name])
    else:
        _add_objects(walk, list(elements.flat))


def _add_objects(walk: Walk, items: list[Any]) -> None:
    if all(type(item) is str for item in items):  # faster than item by item: columns of strings may be long
        lengths = np.fromiter(map(len, items), np.int64, len(items))
        walk.add("lengths", lengths.tobytes()).add("strings", "".join(items))
    else:
        walk.items("objects", items)


def add_dtype(walk: Walk, dtype: np.dtype[Any]) -> None:
    """Add a dtype with everything that it consists of.

    Raises
    ------
    Unknown
        If another library defines the dtype: an element may hold more than its bytes.
    """
    if dtype.kind != "T" and (dtype.num >= _FIRST_USER_DTYPE or dtype.num < 0):
        raise Unknown(f"arrays of dtype {dtype} cannot be compared")
    walk.add("dtype", dtype.str).add("scalars", f"{dtype.type.__module__}.{dtype.type.__qualname__}")
    if dtype.metadata:
        walk.value(dict(dtype.metadata))
    if dtype.names is not None:
        fields: Any = dtype.fields
        walk.add("fields", len(dtype.names)).add("layout", f"{dtype.itemsize} {dtype.isalignedstruct}")
        for name in dtype.names:
            field, *where = fields[name]
            walk.add("field", name)
            add_dtype(walk, field)
            walk.items("where", where)
    elif dtype.subdtype is not None:
        walk.add("shape", repr(dtype.subdtype[1]))
        add_dtype(walk, dtype.subdtype[0])
    elif dtype.kind == "T":  # strings of variable length
        strings: Any = dtype
        walk.items("strings", [getattr(strings, "na_object", "none"), strings.coerce])


def contents(array: Array) -> str:
    """Return the digest of an array's elements and, for a masked array, of its mask.

    The array must not contain objects.  Shape and dtype are not included; the caller adds them.
    """
    digest = xxhash.xxh3_128()
    if isinstance(array, np.ma.MaskedArray):
        _feed(np.ma.getmaskarray(array), digest.update)
    _feed(_plain(array), digest.update)
    return digest.hexdigest()


def row_digests(array: Array) -> tuple[str, ...]:
    """Return a short digest of each row along the first axis or, if there are many, of each of 1024 runs of rows."""
    if not array.ndim or not len(array) or array.dtype.hasobject:
        return ()
    return tuple(contents(array[start:stop])[:8] for start, stop in runs(len(array)))


def _plain(array: Array) -> Array:
    """Return the elements of *array* as a plain ndarray, without a copy."""
    return np.asarray(array.data if isinstance(array, np.ma.MaskedArray) else array)


def _memory(array: Array) -> tuple[object, int]:
    """Return the object that owns the memory of *array*, and the address of the first element."""
    owner: Any = array
    while isinstance(owner, np.ndarray) and owner.base is not None:
        owner = owner.base
    return owner, array.__array_interface__["data"][0]


def _feed(array: Array, update: Callable[[Any], object]) -> None:
    if array.dtype.names is not None:
        for name in array.dtype.names:  # field by field: the bytes of the padding between fields are arbitrary
            _feed(array[name], update)
    elif not array.nbytes:
        return
    elif array.flags.c_contiguous:
        update(_bytes_of(array))
    elif array.ndim > 1 and array.nbytes // len(array) > _CHUNK_BYTES:
        for row in array:
            _feed(row, update)
    else:
        rows = max(1, _CHUNK_BYTES * len(array) // array.nbytes)
        buffer = np.empty((min(rows, len(array)), *array.shape[1:]), array.dtype)
        for start in range(0, len(array), rows):
            part = array[start : start + rows]
            _copy(part, buffer[: len(part)])
            update(_bytes_of(buffer[: len(part)]))


def _copy(source: Array, target: Array) -> None:
    """Copy to a C-contiguous array; copy tile by tile if that is a transposition.

    NumPy's own copy walks through one side in steps of a whole row, and loads a
    cache line for each element.  For 1 GB in F order it takes 1.0 s with shape
    16384 x 8192 and 2.7 s with shape 512 x 512 x 512; tiles take 0.4 and 0.5 s.
    """
    strides = [abs(stride) if n > 1 else np.inf for stride, n in zip(source.strides, source.shape, strict=True)]
    nearest = int(np.argmin(strides))
    if nearest == source.ndim - 1 or min(source.shape[nearest], source.shape[-1]) < _SHORTEST_TILE:
        np.copyto(target, source)
        return
    source, target = np.moveaxis(source, nearest, -2), np.moveaxis(target, nearest, -2)
    for index in np.ndindex(source.shape[:-2]):
        one, other = source[index], target[index]
        for i in range(0, one.shape[0], _TILE[0]):
            for j in range(0, one.shape[1], _TILE[1]):
                other[i : i + _TILE[0], j : j + _TILE[1]] = one[i : i + _TILE[0], j : j + _TILE[1]]


def _bytes_of(array: Array) -> Any:
    """Return the bytes of a C-contiguous array; only long doubles are copied.

    On x86, a long double uses ten of its sixteen bytes; the other six are arbitrary.
    """
    if array.dtype.char in "gG" and np.dtype(np.longdouble).itemsize > _LONG_DOUBLE_BYTES:
        size = np.dtype(np.longdouble).itemsize
        return np.ascontiguousarray(array.reshape(-1).view(np.uint8).reshape(-1, size)[:, :_LONG_DOUBLE_BYTES]).data
    return array.reshape(-1).view(np.uint8).data


class _Remembered(NamedTuple):
    array: weakref.ref[Array]
    layout: tuple[object, ...]
    digest: str


class ArrayMemo:
    """Remembers the digests of large arrays, so that each is read once per target instead of once per block.

    An array that the scene changes in place keeps the digest that it had when it
    was first seen.  For the keys of question 1 that is enough: the state at a
    later block follows from the first state and from everything that was read
    since, and both are in the key.  It is not enough for another target, because
    the script may have changed the array between the two.  A memo is therefore
    used for one target only.

    When two forked processes compare their states at a seam, changes that they
    made to such arrays in place go unnoticed.
    """

    SMALLEST = 32 << 20
    """Smallest size in bytes of an array that is remembered; reading a smaller one again costs at most 2 ms."""

    def __init__(self) -> None:
        self._known: dict[int, _Remembered] = {}

    def digest(self, array: Array) -> str:
        """Return the `contents` digest of *array*; reuse it if this same array was seen before."""
        if array.nbytes < self.SMALLEST:
            return contents(array)
        layout = (array.shape, array.strides, array.dtype, array.__array_interface__["data"][0])
        known = self._known.get(id(array))
        # Python may reuse an id once the object is gone.
        if known is None or known.array() is not array or known.layout != layout:
            known = self._known[id(array)] = _Remembered(weakref.ref(array), layout, contents(array))
        return known.digest
