"""Detect changes that are made without an attribute assignment: in containers, transforms and arrays."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from itertools import chain
from typing import Any

from xxhash import xxh3_128_digest

from ..written import Attributes
from .barrier import is_different, is_idle
from .identity import identity

_COMPUTE = {"_mtx": operator.methodcaller("get_matrix"), "_points": operator.methodcaller("get_points")}
"""Functions that make an invalid transform compute its value, by the attribute in which it caches the value."""


class BatchSnapshot:
    """State that can change without an assignment that the barrier detects, and its noted values.

    Attributes
    ----------
    containers : list
        Lists, sets, dictionaries and small arrays of objects, compared element by element, by identity.
    parts : list of (object, str)
        Transforms and paths, each with the name of an attribute that it is made of, compared by identity.
    nodes : list of (transform, str)
        Leaf transforms, each with the name of the array that holds its value.
    caches : list of (transform, str)
        Transforms that cache the value computed for the draw, each with the name of the array that holds it.
    attributes : list of object
        Objects whose assignments the barrier detects.  Their attributes are compared too, since code may
        bypass the barrier.
    small, large : list of ndarray
        Arrays as bytes; large ones are compared by digest.
    shaped : list of ndarray
        The arrays themselves, whose shapes are compared.
    """

    def __init__(self) -> None:
        self.containers: list[Any] = []
        self.parts: list[tuple[Any, str]] = []
        self.nodes: list[tuple[Any, str]] = []
        self.caches: list[tuple[Any, str]] = []
        self.attributes: list[Any] = []
        self.small: list[Any] = []
        self.large: list[Any] = []
        self.shaped: list[Any] = []
        self._compared_in, self._is_same = 0, False

    @classmethod
    def of_all(cls, several: Iterable[BatchSnapshot]) -> BatchSnapshot:
        """Return one snapshot of everything in *several*, all of which must be unchanged.

        Objects that several snapshots share are compared once; arrays are not deduplicated.
        """
        whole = cls()
        several = list(several)
        whole.containers = list({identity(each): each for one in several for each in one.containers}.values())
        whole.parts = list({(identity(of), name): (of, name) for one in several for of, name in one.parts}.values())
        whole.nodes = list(
            {(identity(node), name): (node, name) for one in several for node, name in one.nodes}.values()
        )
        whole.caches = list({identity(node): (node, name) for one in several for node, name in one.caches}.values())
        whole.attributes = list({identity(of): of for one in several for of in one.attributes}.values())
        for one in several:
            whole.small += one.small
            whole.large += one.large
            whole.shaped += one.shaped
        whole.note()
        return whole

    def note(self) -> None:
        """Note the current state of everything."""
        self._lists = [each for each in self.containers if not isinstance(each, dict)]
        self._dicts = [each for each in self.containers if isinstance(each, dict)]
        # Two parallel sequences each, so that `map` can read the attributes: this runs in every frame.
        self._made_of = [of for of, _ in self.parts], [name for _, name in self.parts]
        self._valued = [node for node, _ in self.nodes], [name for _, name in self.nodes]
        self._elements, self._lengths = self._held()
        self._placed, self._bytes, self._digests = self._places(), b"".join(self.small), self._large_digests()
        self._shapes = self._shapes_now()
        self._computed = [(node, name, getattr(node, name).tobytes()) for node, name in self.caches]
        self._attributes = Attributes(self.attributes)
        self._compared_in, self._is_same = 0, False

    @property
    def count(self) -> int:
        """Number of container elements and parts."""
        return len(self._elements)

    def is_unchanged(self, frame: int) -> bool:
        """Whether everything is as noted.

        Parameters
        ----------
        frame : int
            Number of the recording.  State that only the user's code changes is compared once
            for each recording.  Transforms are compared in every call, since layouts move them
            during a recording.
        """
        if not self.is_in_place():
            return False
        if self._compared_in != frame:
            elements, lengths = self._held()
            self._compared_in = frame
            self._is_same = (
                lengths == self._lengths
                and all(map(operator.is_, elements, self._elements))
                and self.arrays_unchanged()
                and self.caches_unchanged()
                and not self.is_written()
            )
        return self._is_same

    def is_in_place(self) -> bool:
        """Whether the values of the leaf transforms are as noted."""
        return self._places() == self._placed

    def arrays_unchanged(self) -> bool:
        """Whether the contents and shapes of the arrays are as noted."""
        return (
            b"".join(self.small) == self._bytes
            and self._shapes_now() == self._shapes
            and self._large_digests() == self._digests
        )

    def caches_unchanged(self) -> bool:
        """Whether the values that transforms have cached are as noted.

        A transform that was invalidated computes its value here, as it would in the draw that is left out.
        If a part changes later without invalidating it, the transform keeps using that value, as after a draw.
        """
        for node, name, then in self._computed:
            if node._invalid:
                _COMPUTE[name](node)
            if getattr(node, name).tobytes() != then:
                return False
        return True

    def is_written(self) -> bool:
        """Whether any attribute that affects a draw was written, even by code that bypasses the barrier."""
        for index in self._attributes.written():
            of = self.attributes[index]
            for name, (was, now) in self._attributes.changes(index).items():
                if is_different(was, now) and not is_idle(of, name):
                    return True
            self._attributes.accept(index)
        return self._attributes.are_replaced()

    def accept_writes(self) -> None:
        """Note the current values of the attributes."""
        for index in self._attributes.written():
            self._attributes.accept(index)

    def _held(self) -> tuple[list[Any], list[int]]:
        held = [*self._lists, *self._dicts, *map(dict.values, self._dicts)]
        return list(chain(map(getattr, *self._made_of), *held)), list(map(len, held))

    def _places(self) -> bytes:
        try:
            return b"".join(map(getattr, *self._valued))
        except (BufferError, TypeError):  # one of the arrays is not contiguous
            return b"".join([array.tobytes() for array in map(getattr, *self._valued)])

    def _shapes_now(self) -> list[tuple[int, ...]]:
        return [array.shape for array in self.shaped]

    def _large_digests(self) -> list[bytes]:
        return [xxh3_128_digest(array) for array in self.large]
