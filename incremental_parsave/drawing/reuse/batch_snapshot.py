"""What is changed without an assignment to an attribute: elements of containers, places of transforms, arrays."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from itertools import chain
from typing import Any

from xxhash import xxh3_128_digest

from ..written import Attributes
from .barrier import is_another, is_idle

_WORK_OUT = {"_mtx": operator.methodcaller("get_matrix"), "_points": operator.methodcaller("get_points")}


class BatchSnapshot:
    """Such things, and how they were.

    Attributes
    ----------
    containers : list
        Lists, sets, dictionaries and small arrays of objects; compared element by element, by identity.
    parts : list of (object, str)
        Transforms and paths, each with the name of an attribute that it is made of; compared by identity.
    nodes : list of (transform, str)
        Leaves of transforms, each with the name of the array that is its value.
    caches : list of (transform, str)
        Transforms that keep what they have worked out for the draw, each with the name of that array.
    attributes : list of object
        Whose assignments the barrier sees: their attributes may also be written to past it.
    small, large : list of ndarray
        Arrays as bytes; large ones are compared by digest.
    shaped : list of ndarray
        The arrays themselves, for their shapes.
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
        self._looked_at, self._is_same = 0, False

    @classmethod
    def of_all(cls, several: Iterable[BatchSnapshot]) -> BatchSnapshot:
        """Return all that *several* hold, which are as they were, each thing once."""
        whole = cls()
        several = list(several)
        whole.containers = list({id(each): each for one in several for each in one.containers}.values())
        whole.parts = list({(id(of), name): (of, name) for one in several for of, name in one.parts}.values())
        whole.nodes = list({(id(node), name): (node, name) for one in several for node, name in one.nodes}.values())
        whole.caches = list({id(node): (node, name) for one in several for node, name in one.caches}.values())
        whole.attributes = list({id(of): of for one in several for of in one.attributes}.values())
        for one in several:
            whole.small += one.small
            whole.large += one.large
            whole.shaped += one.shaped
        whole.note()
        return whole

    def note(self) -> None:
        """Remember how all of it is."""
        self._lists = [each for each in self.containers if not isinstance(each, dict)]
        self._dicts = [each for each in self.containers if isinstance(each, dict)]
        # In two sequences each, so that `map` reads the attributes: it is done in every frame.
        self._made_of = [of for of, _ in self.parts], [name for _, name in self.parts]
        self._valued = [node for node, _ in self.nodes], [name for _, name in self.nodes]
        self._elements, self._lengths = self._held()
        self._placed, self._bytes, self._digests = self._places(), b"".join(self.small), self._large_digests()
        self._shapes = self._shapes_now()
        self._worked_out = [(node, name, getattr(node, name).tobytes()) for node, name in self.caches]
        self._attributes = Attributes(self.attributes)
        self._looked_at, self._is_same = 0, False

    @property
    def count(self) -> int:
        """How many elements and parts there are."""
        return len(self._elements)

    def is_unchanged(self, frame: int) -> bool:
        """Whether all of it is as it was.

        Parameters
        ----------
        frame : int
            Number of the recording.  What only the user's code changes is
            looked at once in each; layouts move transforms meanwhile.
        """
        if not self.is_in_place():
            return False
        if self._looked_at != frame:
            elements, lengths = self._held()
            self._looked_at = frame
            self._is_same = (
                lengths == self._lengths
                and all(map(operator.is_, elements, self._elements))
                and self.has_its_arrays()
                and self.holds_what_it_worked_out()
                and not self.is_written()
            )
        return self._is_same

    def is_in_place(self) -> bool:
        """Whether the transforms are as they were."""
        return self._places() == self._placed

    def has_its_arrays(self) -> bool:
        """Whether the arrays are as they were."""
        return (
            b"".join(self.small) == self._bytes
            and self._shapes_now() == self._shapes
            and self._large_digests() == self._digests
        )

    def holds_what_it_worked_out(self) -> bool:
        """Whether transforms go by what they were seen to have worked out.

        Those that were told of a change work it out again here, as they would in the draw that is spared: if a part is
        changed later, and they are not told, they go by that.
        """
        for node, name, then in self._worked_out:
            if node._invalid:
                _WORK_OUT[name](node)
            if getattr(node, name).tobytes() != then:
                return False
        return True

    def is_written(self) -> bool:
        """Whether anything was put among the attributes, by whatever way."""
        for index in self._attributes.written():
            of = self.attributes[index]
            for name, (was, now) in self._attributes.changes(index).items():
                if is_another(was, now) and not is_idle(of, name):
                    return True
            self._attributes.accept(index)
        return self._attributes.are_replaced()

    def accept_writes(self) -> None:
        """Note what is among the attributes now."""
        for index in self._attributes.written():
            self._attributes.accept(index)

    def _held(self) -> tuple[list[Any], list[int]]:
        held = [*self._lists, *self._dicts, *map(dict.values, self._dicts)]
        return list(chain(map(getattr, *self._made_of), *held)), list(map(len, held))

    def _places(self) -> bytes:
        try:
            return b"".join(map(getattr, *self._valued))
        except (BufferError, TypeError):  # one that is not contiguous
            return b"".join([array.tobytes() for array in map(getattr, *self._valued)])

    def _shapes_now(self) -> list[tuple[int, ...]]:
        return [array.shape for array in self.shaped]

    def _large_digests(self) -> list[bytes]:
        return [xxh3_128_digest(array) for array in self.large]
