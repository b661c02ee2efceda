"""Footprints: everything that an artist's draw depends on, to tell whether it would draw the same again.

A footprint is made by walking through all objects that an artist reaches.  Each of them
must be of a class in `known_classes`.  Otherwise the walk raises `Untrackable`, and the
artist is recorded in every frame.  There are four kinds of objects:

* objects whose assignments the barrier detects, by their class;
* containers and small objects, whose elements are compared by identity;
* transforms, whose leaves are compared by value, since they are changed in place;
* arrays, which are compared by value.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from enum import Enum
from itertools import chain
from typing import Any

import numpy as np
from matplotlib import axis, legend, lines, text, transforms
from matplotlib.path import Path

from .barrier import WATCHED, Barrier, Watcher
from .batch_snapshot import BatchSnapshot
from .identity import identity
from .known_classes import (
    CALLABLE,
    PATH,
    Untrackable,
    attributes_of,
    cached_value_name,
    context_of,
    depends_on,
    extra_reads,
    places_of_figure,
    reached_by_callable,
    transform_parts,
)

_LARGE = 4096  # bytes; larger arrays are compared by digest
_MOST_ELEMENTS = 20_000  # in containers; beyond this, drawing costs no more than comparing

_ATOMS = frozenset({int, float, complex, str, bytes, bool, type(None), type(Ellipsis), slice, np.bool_})


class Footprint:
    """The objects that the draw of an artist, recorded just now, depended on.

    Parameters
    ----------
    roots : iterable
        The objects at which the walk begins; see `roots_of`.
    barrier : Barrier
    watcher : Watcher
        Notified of assignments.
    owners : iterable
        Objects whose own attributes are watched too; see `owners_of`.
    alone : bool
        Whether the footprint must cover everything that the draw depends on.  If False,
        the draw of an artist may also depend on other artists of the figure.
    draws : bool
        Whether anything was drawn.  If not, no draw has used the values that transforms
        cache, and they are not compared.

    Attributes
    ----------
    held : BatchSnapshot
        The state that can change without an assignment.

    Raises
    ------
    Untrackable
        If the draw depends on something that cannot be tracked.
    """

    def __init__(
        self,
        roots: Iterable[Any],
        barrier: Barrier,
        watcher: Watcher,
        *,
        owners: Iterable[Any] = (),
        alone: bool = True,
        draws: bool = True,
    ) -> None:
        self._barrier, self._watcher, self._alone, self._draws = barrier, watcher, alone, draws
        self._by_size = {identity(barrier.size_box): True}  # whether a transform depends on the figure's size, by `id`
        self._seen: dict[int, Any] = {}
        self._watched: list[Any] = []
        self.held = BatchSnapshot()
        self._walk(roots)
        owners = list(owners)
        self.held.attributes += owners
        self.held.note()
        if self.held.count > _MOST_ELEMENTS:
            raise Untrackable("it holds too many elements to compare")
        barrier.track_while_suspended(self.held)
        for watched in (*self._watched, *owners):
            barrier.watch(watched, watcher)
            self._seen[identity(watched)] = watched

    def leave(self) -> None:
        """Stop watching for assignments."""
        for watched in self._seen.values():
            self._barrier.forget(watched, self._watcher)

    # -- the walk ---------------------------------------------------------

    def _walk(self, roots: Iterable[Any]) -> None:
        waiting = list(roots)
        while waiting:
            value = waiting.pop()
            kind = type(value)
            if kind in _ATOMS or identity(value) in self._seen:
                continue
            self._seen[identity(value)] = value
            if isinstance(value, np.generic | Enum):
                continue
            waiting.extend(self._reached(value, kind))

    def _reached(self, value: Any, kind: type) -> Any:
        """Add *value* to the footprint; return the objects that it refers to."""
        if kind is tuple or kind is frozenset:
            return value
        if kind is list or kind is set:
            self.held.containers.append(value)
            return value
        if kind in (dict, OrderedDict):
            self.held.containers.append(value)
            return chain(value, value.values())
        if kind is np.ndarray:
            self._take_array(value)
            return ()
        if kind is np.ma.MaskedArray:
            self.held.parts.append((value, "_mask"))  # a mask may be added later
            self._take_array(value.data, value)
            if value.mask is not np.ma.nomask:
                self._take_array(value.mask)
            return ()
        if isinstance(value, transforms.TransformNode):
            return self._reached_by_transform(value, kind)
        if kind is Path:
            self.held.parts += [(value, name) for name in PATH]
            return [getattr(value, name) for name in PATH]
        if isinstance(value, CALLABLE):
            return reached_by_callable(value)
        attributes = attributes_of(value)
        if self._alone:
            _refuse_dependence_on_others(value)
        if isinstance(value, WATCHED):
            self._watched.append(value)
            self.held.attributes.append(value)
        else:
            self.held.containers.append(vars(value))
        return [*attributes.values(), *extra_reads(value)]

    def _reached_by_transform(self, value: Any, kind: type) -> Iterable[Any]:
        parts, leaves = transform_parts(kind)
        self.held.parts += [(value, name) for name in parts]
        self.held.nodes += [(value, name) for name in leaves]
        if self._draws and not depends_on(value, self._by_size) and (kept := cached_value_name(value)) is not None:
            self.held.caches.append((value, kept))
        return [getattr(value, name) for name in parts]

    def _take_array(self, array: Any, of: Any = None) -> None:
        self.held.shaped.append(array if of is None else of)
        if array.dtype.hasobject:
            if array.size > 64:
                raise Untrackable("it holds an array of objects")
            self.held.containers.append(array.reshape(-1))
            return
        while not array.flags.c_contiguous:
            array = array.T if array.flags.f_contiguous else array.base  # the whole array that it is a view of
            if type(array) is not np.ndarray:
                raise Untrackable("it holds an array that is not contiguous")
        # The same memory, viewed as bytes: arrays of dates and times have no buffer.
        octets = array.reshape(-1).view(np.uint8) if array.size else np.zeros(0, np.uint8)
        (self.held.large if octets.nbytes > _LARGE else self.held.small).append(octets)


def _refuse_dependence_on_others(value: Any) -> None:
    """Raise `Untrackable` if the draw of an object depends on other artists."""
    if isinstance(value, text.Text) and value.get_wrap():
        raise Untrackable("its text is wrapped")
    if isinstance(value, lines.Line2D) and vars(value).get("_markevery") is not None:
        raise Untrackable("it has markers on some points only")
    if isinstance(value, text._AnnotationBase):
        coordinates = (value.xycoords, value.anncoords)
        parts = chain.from_iterable(each if isinstance(each, tuple) else (each,) for each in coordinates)
        if not all(isinstance(part, str) for part in parts):
            raise Untrackable("its position is computed from another object")
    if isinstance(value, legend.Legend) and value._loc_real == 0:
        raise Untrackable("its place depends on other artists")
    if isinstance(value, axis.Axis):
        # The position of an aligned label depends on the ticks of other axes.
        groups = value.figure.figure._align_label_groups.values()
        if any(len(group.get_siblings(value.axes)) > 1 for group in groups):
            raise Untrackable("its label is aligned with others")


def roots_of(artist: Any) -> list[Any]:
    """Return the roots of the walk: the artist, and the coordinates of its axes and figure."""
    if artist.axes is not None:
        return [artist, *context_of(artist.axes)]
    figure = artist.figure
    if figure is None:
        raise Untrackable("it is in no figure")
    return [artist, *places_of_figure(figure)]


def owners_of(artist: Any) -> list[Any]:
    """Return the axes and figures whose own attributes the draw of *artist* may read."""
    figure = artist.figure
    return [each for each in (artist.axes, figure, figure.figure) if each is not None]
