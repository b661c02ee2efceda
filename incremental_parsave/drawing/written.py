"""Whether anybody has written into dictionaries, told of many of them at once.

CPython up to 3.12 gives a dictionary another number whenever it changes; to read a thousand of them
takes some microseconds.  Equal numbers are dictionaries that were not written to; where a
number is another, or there are none, the elements are compared by identity.
"""

from __future__ import annotations

import ctypes
import operator
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

_NUMBER_AT = 24  # bytes into a dictionary: after what all objects begin with, and the count of its elements
_DICT_AT = -24  # bytes from the beginning of an object, where it has its attributes


_Memory = ctypes.c_uint64 * (1 << 43)  # as long as can be: ctypes keeps a class for each length, for good


class _Numbers:
    """Reads a number that lies at the same place in several objects, which must be kept alive.

    Parameters
    ----------
    held : sequence
    at : int
        Bytes from the beginning of an object.
    """

    def __init__(self, held: Sequence[Any], at: int = _NUMBER_AT) -> None:
        places = np.array([id(each) + at for each in held] or [id(self)], dtype=np.uint64)
        first = int(places.min())
        # An array over all the memory between them, of which nothing is read but the numbers.
        memory: Any = _Memory.from_address(first)
        self._memory = np.frombuffer(memory, np.uint64, (int(places.max()) - first) // 8 + 1)
        self._indices = ((places - np.uint64(first)) // np.uint64(8)).astype(np.intp)
        self._count = len(held)

    def now(self) -> Any:
        """Return them, an array."""
        return self._memory[self._indices[: self._count]]


class _Tried:
    """Whose attributes are written to."""

    a: int
    b: int


def _are_numbered() -> bool:
    """Whether this Python does so: tried with a dictionary, and with the attributes of a class and of an object."""
    if ctypes.sizeof(ctypes.c_void_p) != 8:
        return False
    tried = _Tried()
    tried.a = 0
    for held, owner in (({"a": 0}, None), (vars(tried), tried)):
        read = _Numbers([held])
        numbers = [int(read.now()[0])]

        def note(read: _Numbers = read, numbers: list[int] = numbers) -> None:
            numbers.append(int(read.now()[0]))

        for value in range(1, 4):
            held["a"] = value
            note()
            if owner is not None:
                owner.a = -value
                note()
                object.__setattr__(owner, "b", value)
                note()
                del owner.b
                note()
        held["b"] = 1
        note()
        held.update(a=9)
        note()
        del held["b"]
        note()
        held.clear()
        note()
        if len(set(numbers)) != len(numbers):
            return False
    return True


NUMBERED = _are_numbered()
"""Whether dictionaries have such numbers."""


_MANAGED = 1 << 4  # says Python 3.11 and later, of classes whose objects have their attributes in front of them


class Versions:
    """The numbers of dictionaries when it was last seen that they hold what they should.

    Parameters
    ----------
    held : sequence of dict
        Kept alive.
    """

    def __init__(self, held: Sequence[dict[Any, Any]]) -> None:
        self._held = held  # the numbers are read where they lie
        self._numbers = _Numbers(held) if NUMBERED else None
        self._seen = b""

    def are_seen(self) -> bool:
        """Whether none was written to since `see`."""
        return self._numbers is not None and self._numbers.now().tobytes() == self._seen

    def see(self) -> None:
        """Note the numbers as they are."""
        if self._numbers is not None:
            self._seen = self._numbers.now().tobytes()


class Dicts:
    """Dictionaries, and what they held when it was noted.

    Attributes
    ----------
    held : list of dict
        Kept alive.
    """

    def __init__(self, held: Iterable[dict[Any, Any]] = ()) -> None:
        self.held: list[dict[Any, Any]] = []
        self._were: list[Items] = []
        self._seen: Any = ()
        self.take(held)

    def take(self, held: Iterable[dict[Any, Any]]) -> None:
        """Take more of them; note what they hold."""
        more = list(held)
        self.held += more
        self._were += map(_items, more)
        if NUMBERED:
            before = self._seen
            self._numbers = _Numbers(self.held)
            self._seen = self._numbers.now()
            self._seen[: len(before)] = before

    def written(self) -> Sequence[int]:
        """Return the indices of those that hold something else than when it was noted."""
        if not NUMBERED:
            return [index for index in range(len(self.held)) if not self._is_same(index)]
        now = self._numbers.now()
        others: Any = np.flatnonzero(now != self._seen)
        if not len(others):
            return ()
        written = [index for index in others.tolist() if not self._is_same(index)]
        now[written] = self._seen[written]
        self._seen = now
        return written

    def _is_same(self, index: int) -> bool:
        names, values = self._were[index]
        held = self.held[index]
        return (
            len(held) == len(names)
            and all(map(operator.is_, held.values(), values))
            and all(map(operator.is_, held, names))
        )

    def changes(self, index: int) -> Changes:
        """Return what the dictionary of this *index* holds else than when it was noted."""
        return differing(self._were[index], self.held[index])

    def accept(self, index: int) -> Items:
        """Note what the dictionary of this *index* holds now; return what was noted before."""
        before, self._were[index] = self._were[index], _items(self.held[index])
        if NUMBERED:
            self._seen[index] = self._numbers.now()[index]
        return before


class Attributes(Dicts):
    """The attributes of objects, any of which may also be given a whole new dictionary.

    Parameters
    ----------
    of : sequence of object
    """

    def __init__(self, of: Sequence[Any]) -> None:
        super().__init__(map(vars, of))
        self._owners = [each for each in of if NUMBERED and type(each).__flags__ & _MANAGED]
        self._read = _Numbers(self._owners, _DICT_AT)
        if self._read.now().tolist() != [id(vars(each)) for each in self._owners]:  # not where this Python has it
            self._owners, self._read = [], _Numbers([])
        read = set(map(id, self._owners))
        self._others = [(each, vars(each)) for each in of if id(each) not in read]
        self._where = self._read.now().tobytes()

    def are_replaced(self) -> bool:
        """Whether any object has another dictionary than when this was made."""
        return self._read.now().tobytes() != self._where or any(vars(each) is not held for each, held in self._others)


Items = tuple[list[Any], list[Any]]
"""The keys and the values of a dictionary."""

Changes = dict[Any, tuple[Any, Any]]
"""What was there and what is, by the key; `ABSENT` for nothing."""


def _items(held: dict[Any, Any]) -> Items:
    return list(held), list(dict.values(held))


def differing(were: Items, held: dict[Any, Any]) -> Changes:
    """Return what *held* holds else than what it *were*."""
    then = dict(zip(*were, strict=True))
    pairs = ((name, then.get(name, ABSENT), dict.get(held, name, ABSENT)) for name in {**then, **held})
    return {name: (was, now) for name, was, now in pairs if was is not now}


class _Absent:
    def __repr__(self) -> str:
        return "nothing"


ABSENT = _Absent()
"""In place of what is not there."""
