"""One node of a snapshot: the captured state of an object, its parts, and whether it is still unchanged."""

from __future__ import annotations

import functools
import operator
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from enum import Enum
from itertools import chain, compress, repeat
from types import MethodType
from typing import Any

import numpy as np
from matplotlib import colors, lines, transforms
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from xxhash import xxh3_128_digest, xxh3_128_hexdigest

from ..calls.text import font_keys
from .identity import identity
from .known_classes import CALLABLE, PATH, Untrackable, attributes_of, extra_reads, reached_by_callable, transform_parts

PLAIN = frozenset({int, float, complex, str, bytes, bool, type(None), type(Ellipsis), slice})
"""The classes of values that are written as their ``repr``."""

_SMALL = 256  # bytes; larger arrays are kept as a digest


class SnapshotNode:
    """One object, as it was captured.

    Attributes
    ----------
    value : object
    number : int
    header : str
        Describes the object without its parts.
    parts : list
        The values that the object is made of.
    is_same : callable
        Tells whether the object itself is unchanged; its parts may have changed.
    """

    __slots__ = ("_children", "_path", "_walked", "header", "is_same", "number", "parts", "value", "was")

    def __init__(self, value: Any, number: int) -> None:
        self.value, self.number = value, number
        self._children: list[SnapshotNode] | None = None
        self._walked: Container[str] = ()  # names of the attributes that affect how the object is drawn
        self.was: Any = None  # the captured state; its form depends on `is_same`
        self._path: tuple[Any, bytes] = None, b""
        self.header, self.parts, self.is_same = self._captured(type(value))

    def children(self, nodes: Mapping[int, SnapshotNode]) -> list[SnapshotNode]:
        """Return the nodes of the parts that may change."""
        if self._children is None:
            found = (nodes.get(identity(part)) for part in self.parts if type(part) not in PLAIN)
            self._children = [each for each in found if each and (each.parts or each.is_same is not _always)]
        return self._children

    def replaced(self) -> tuple[dict[str, Any] | None, set[int]]:
        """Return the attributes that were replaced, and the `id` of each old value that no attribute holds now.

        The first item is None if the change is not merely a replacement of attributes.
        """
        if self.is_same not in (_has_attributes, _has_attributes_when_prepared):
            return None, set()
        names, values = self.was
        held = vars(self.value)
        if list(held) != names:
            return None, set()
        others = list(
            compress(zip(names, held.values(), values, strict=True), map(operator.is_not, held.values(), values))
        )
        replaced = {name: now for name, now, then in others if name in self._walked and not _is_equal(now, then)}
        return replaced, {identity(then) for _, _, then in others} - set(map(identity, held.values()))

    def check_path(self) -> None:
        """Check that the path of a line was not changed in place, since matplotlib caches the transformed path.

        Raises
        ------
        Untrackable
            If the path was changed in place.
        """
        path, (seen, octets) = self.value._path, self._path
        if path is None:
            return
        now = _octets(path.vertices)
        if path is seen and now != octets:
            raise Untrackable("its path was changed in place")
        self._path = path, now

    def _captured(self, kind: type) -> tuple[str, list[Any], Callable[[SnapshotNode], bool]]:
        value = self.value
        if kind is tuple:
            return "tuple", list(value), _always
        if kind is list:
            self.was = list(value)
            return "list", self.was, _has_elements
        if kind in (dict, OrderedDict):
            self.was = list(value), list(value.values())
            return "dict", [*self.was[0], *self.was[1]], _has_items
        if kind in (set, frozenset):
            if not all(type(each) in PLAIN for each in value):
                raise Untrackable("it holds a set of objects")
            self.was = frozenset(value)
            return "set", sorted(value, key=repr), _has_members
        if kind is np.ndarray and not value.dtype.hasobject:
            self.was = value.shape, _octets(value)
            return f"array {value.dtype.str} {value.shape} {self.was[1]!r}", [], _has_octets
        if kind is np.ndarray:
            self.was = list(value.flat)
            return f"array of objects {value.shape}", self.was, _has_objects
        if kind is np.ma.MaskedArray:
            self.was = _unmasked(value)
            return f"masked array {value.dtype.str} {self.was}", [], _has_mask
        if isinstance(value, np.generic):
            return f"scalar {value.dtype.str} {value.tobytes().hex()}", [], _always
        if isinstance(value, Enum):
            return f"one of {_name(kind)} {value.name}", [], _always
        if isinstance(value, transforms.TransformNode):
            return self._attributes(kind, [name for names in transform_parts(kind) for name in names])
        if kind is Path:
            return self._attributes(kind, PATH)
        if isinstance(value, CALLABLE):
            name = "" if isinstance(value, functools.partial | MethodType) else _name(value)
            keywords = sorted(value.keywords) if isinstance(value, functools.partial) else []
            return f"{kind.__name__} {name} {keywords}", list(reached_by_callable(value)), _always
        return self._object(kind)

    def _attributes(self, kind: type, names: Sequence[str]) -> tuple[str, list[Any], Callable[[SnapshotNode], bool]]:
        parts = [getattr(self.value, name) for name in names]
        self.was = names, parts
        return f"object {_name(kind)}", parts, _has_parts

    def _object(self, kind: type) -> tuple[str, list[Any], Callable[[SnapshotNode], bool]]:
        value = self.value
        is_same = _has_attributes
        if isinstance(value, lines.Line2D):
            is_same = _has_attributes_when_prepared
            prepare(value)
            self.check_path()
        if isinstance(value, colors.Colormap) and not value._isinit:
            value(0.0)  # builds the lookup table
        held = attributes_of(value)
        self._walked = held.keys()
        self.was = list(vars(value)), list(vars(value).values())
        parts = list(held.values())
        names = list(held)
        if isinstance(value, FontProperties):
            names.append("its fonts")
            parts += font_keys(value)
        parts += extra_reads(value)
        return f"object {_name(kind)} {_of_class(kind)} {' '.join(names)}", parts, is_same


class BatchComparison:
    """Compares the objects of several nodes, all unchanged so far, in one batch.

    Most parts of an artist that changes are at rest.  Since the comparison runs in every frame,
    it consists of a few long comparisons instead of a short one for each node.

    Parameters
    ----------
    nodes : iterable of SnapshotNode
    """

    def __init__(self, nodes: Iterable[SnapshotNode] = ()) -> None:
        groups: defaultdict[Callable[[SnapshotNode], bool], list[SnapshotNode]] = defaultdict(list)
        for node in nodes:
            groups[node.is_same].append(node)
        groups.pop(_always, None)
        self._objects = [node.value for node in groups.pop(_has_attributes, ())]
        self._dicts = [node.value for node in groups.pop(_has_items, ())]
        self._lists = [node.value for node in groups.pop(_has_elements, ())]
        self._arrays = [node.value for node in groups.pop(_has_octets, ())]
        made = [(node.value, name) for node in groups.pop(_has_parts, ()) for name in node.was[0]]
        self._made_of = [of for of, _ in made], [name for _, name in made]
        self._others = list(chain.from_iterable(groups.values()))
        self._values, self._held = self._now()

    def are_same(self) -> bool:
        """Whether all objects are unchanged."""
        values, held = self._now()
        # `values` contains the lengths; if these are equal, so are the lengths of both lists in `map`.
        return (
            values == self._values
            and all(map(operator.is_, held, self._held))
            and all(node.is_same(node) for node in self._others)
        )

    def _now(self) -> tuple[tuple[list[Any], ...], list[Any]]:
        """Return the state that is compared by value, and the objects that are compared by identity."""
        dicts = [*map(vars, self._objects), *self._dicts]
        sequences = [*self._lists, *[each.values() for each in dicts]]
        names, lengths = list(chain.from_iterable(dicts)), list(map(len, sequences))
        shapes = [array.shape for array in self._arrays]
        held = list(chain(map(getattr, *self._made_of), *sequences))
        return (names, lengths, shapes, list(map(_octets, self._arrays))), held


# -- whether the object of a node is unchanged ------------------------------


def _always(node: SnapshotNode) -> bool:
    return True


def _has_elements(node: SnapshotNode) -> bool:
    return len(node.value) == len(node.was) and all(map(operator.is_, node.value, node.was))


def _has_items(node: SnapshotNode) -> bool:
    names, values = node.was
    return list(node.value) == names and all(map(operator.is_, node.value.values(), values))


def _has_members(node: SnapshotNode) -> bool:
    return bool(node.value == node.was)


def _has_octets(node: SnapshotNode) -> bool:
    shape, octets = node.was
    return bool(node.value.shape == shape) and _octets(node.value) == octets


def _has_objects(node: SnapshotNode) -> bool:
    return all(map(operator.is_, node.value.flat, node.was))


def _has_mask(node: SnapshotNode) -> bool:
    return bool(_unmasked(node.value) == node.was)


def _has_parts(node: SnapshotNode) -> bool:
    names, values = node.was
    return all(map(operator.is_, map(getattr, repeat(node.value), names), values))


def _has_attributes(node: SnapshotNode) -> bool:
    names, values = node.was
    held = vars(node.value)
    return len(held) == len(names) and all(map(operator.is_, held.values(), values)) and list(held) == names


def _has_attributes_when_prepared(node: SnapshotNode) -> bool:
    prepare(node.value)
    node.check_path()
    return _has_attributes(node)


def prepare(line: lines.Line2D) -> None:
    """Make a line convert the data that it was given, as its draw does.

    Raises
    ------
    Untrackable
        If the data cannot be converted.
    """
    if line._invalidx or line._invalidy:
        try:
            line.recache()
        except Exception as error:  # matplotlib itself would not raise it while the line is hidden
            raise Untrackable("its data cannot be drawn") from error


def _octets(array: Any) -> bytes:
    """Return the bytes of an array, or their digest if the array is large."""
    if array.nbytes <= _SMALL:
        return bytes(array.tobytes())
    return xxh3_128_digest(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)


def _unmasked(array: Any) -> list[str]:
    """Return the shape, the data and the mask of a masked array as text."""
    parts = [array.data] if array.mask is np.ma.nomask else [array.data, array.mask]
    return [repr(array.shape), *(repr(_octets(part)) for part in parts)]


def _name(named: Any) -> str:
    return f"{named.__module__}.{named.__qualname__}"


@functools.cache
def _of_class(kind: type) -> str:
    """Return the digest of the plain class attributes of *kind*, which the scene may have set."""
    held = ((name, value) for cls in kind.__mro__ for name, value in vars(cls).items() if name[:2] != "__")
    return xxh3_128_hexdigest(repr([(name, value) for name, value in held if type(value) in PLAIN]).encode())


def _is_equal(now: Any, then: Any) -> bool:
    """Whether two plain values, NumPy scalars or tuples of these are the same; False for anything else."""
    if type(now) is not type(then):
        return False
    if type(now) is tuple:
        return len(now) == len(then) and all(map(_is_equal, now, then))
    if isinstance(now, np.generic):
        return bool(now.dtype == then.dtype) and now.tobytes() == then.tobytes()
    return type(now) in PLAIN and repr(now) == repr(then)
