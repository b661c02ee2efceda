"""Detection of writes to many dictionaries at once.

CPython up to 3.12 gives a dictionary a new version number whenever it changes.  Reading a thousand of
these numbers takes a few microseconds.  A dictionary whose number is the same was not written to.  If
the number differs, or if this Python has no version numbers, the elements are compared by identity.
"""

from __future__ import annotations

import ctypes
import operator
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

_NUMBER_AT = 24  # offset of a dictionary's version number: after the object header and the count of elements
_DICT_AT = -24  # offset from an object to the pointer to its attribute dictionary


_Memory = ctypes.c_uint64 * (1 << 43)  # as long as possible: ctypes keeps a class for each length forever


class _Numbers:
    """Numbers in memory, at the same offset in several objects, which the caller must keep alive.

    Parameters
    ----------
    held : sequence
        The objects.
    at : int
        Offset in bytes from the start of an object.
    """

    def __init__(self, held: Sequence[Any], at: int = _NUMBER_AT) -> None:
        places = np.array([id(each) + at for each in held] or [id(self)], dtype=np.uint64)
        first = int(places.min())
        # An array that spans all memory from the first number to the last; only the numbers in it are read.
        memory: Any = _Memory.from_address(first)
        self._memory = np.frombuffer(memory, np.uint64, (int(places.max()) - first) // 8 + 1)
        self._indices = ((places - np.uint64(first)) // np.uint64(8)).astype(np.intp)
        self._count = len(held)

    def now(self) -> Any:
        """Return an array of the current numbers."""
        return self._memory[self._indices[: self._count]]


class _Tried:
    """The class of the object whose attributes `_are_numbered` writes."""

    a: int
    b: int


def _are_numbered() -> bool:
    """Test whether this Python gives version numbers to dictionaries, including those of an object's attributes."""
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


HAS_DICT_VERSIONS = _are_numbered()
"""Whether dictionaries have version numbers."""


_MANAGED = 1 << 4  # class flag of Python 3.11 and later: objects keep the pointer to their attributes in front of them


class Versions:
    """Version numbers of dictionaries, to find out whether any of them was written to since `see` was called.

    Parameters
    ----------
    held : sequence of dict
        The dictionaries; they are kept alive.
    """

    def __init__(self, held: Sequence[dict[Any, Any]]) -> None:
        self._held = held  # keeps the dictionaries alive: `_Numbers` reads their memory
        self._numbers = _Numbers(held) if HAS_DICT_VERSIONS else None
        self._seen = b""

    def are_seen(self) -> bool:
        """Return whether no dictionary was written to since `see`; False if this Python has no version numbers."""
        return self._numbers is not None and self._numbers.now().tobytes() == self._seen

    def see(self) -> None:
        """Note the current numbers."""
        if self._numbers is not None:
            self._seen = self._numbers.now().tobytes()


class Dicts:
    """Dictionaries and their noted contents.

    Attributes
    ----------
    held : list of dict
        The dictionaries; they are kept alive.
    """

    def __init__(self, held: Iterable[dict[Any, Any]] = ()) -> None:
        self.held: list[dict[Any, Any]] = []
        self._were: list[Items] = []
        self._seen: Any = ()
        self.take(held)

    def take(self, held: Iterable[dict[Any, Any]]) -> None:
        """Add dictionaries, and note their contents."""
        more = list(held)
        self.held += more
        self._were += map(_items, more)
        if HAS_DICT_VERSIONS:
            before = self._seen
            self._numbers = _Numbers(self.held)
            self._seen = self._numbers.now()
            self._seen[: len(before)] = before

    def written(self) -> Sequence[int]:
        """Return the indices of the dictionaries whose contents differ from what was noted."""
        if not HAS_DICT_VERSIONS:
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
        """Return how the contents of dictionary *index* differ from what was noted."""
        return differing(self._were[index], self.held[index])

    def accept(self, index: int) -> Items:
        """Note the current contents of dictionary *index*; return what was noted before."""
        before, self._were[index] = self._were[index], _items(self.held[index])
        if HAS_DICT_VERSIONS:
            self._seen[index] = self._numbers.now()[index]
        return before


class Attributes(Dicts):
    """The attribute dictionaries of objects; also detects whether an object was given a new dictionary.

    Parameters
    ----------
    of : sequence of object
        The objects.
    """

    def __init__(self, of: Sequence[Any]) -> None:
        super().__init__(map(vars, of))
        self._owners = [each for each in of if HAS_DICT_VERSIONS and type(each).__flags__ & _MANAGED]
        self._read = _Numbers(self._owners, _DICT_AT)
        if self._read.now().tolist() != [id(vars(each)) for each in self._owners]:  # this Python stores them elsewhere
            self._owners, self._read = [], _Numbers([])
        read = set(map(id, self._owners))
        self._others = [(each, vars(each)) for each in of if id(each) not in read]
        self._where = self._read.now().tobytes()

    def are_replaced(self) -> bool:
        """Return whether any object has been given a new attribute dictionary since this was created."""
        return self._read.now().tobytes() != self._where or any(vars(each) is not held for each, held in self._others)


Items = tuple[list[Any], list[Any]]
"""The keys and the values of a dictionary."""

Changes = dict[Any, tuple[Any, Any]]
"""Old and new value of each key that differs; `ABSENT` stands for no value."""


def _items(held: dict[Any, Any]) -> Items:
    return list(held), list(dict.values(held))


def differing(were: Items, held: dict[Any, Any]) -> Changes:
    """Return the changes from the contents *were* to the current contents of *held*."""
    then = dict(zip(*were, strict=True))
    pairs = ((name, then.get(name, ABSENT), dict.get(held, name, ABSENT)) for name in {**then, **held})
    return {name: (was, now) for name, was, now in pairs if was is not now}


class _Absent:
    def __repr__(self) -> str:
        return "nothing"


ABSENT = _Absent()
"""Stands for the value of a key that does not exist."""
