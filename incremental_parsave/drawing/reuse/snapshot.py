"""What an artist holds, by value: taken down once, and told again by what has changed since.

The walk is that of a `Footprint`, and goes by the same lists (`listed`); but
where that keeps what it meets, to see whether it will be changed, this writes down what
it is.  Each thing is written with the number of things that belong to it, so
that no two different trees give the same lines; what is met again is named by
its number.  Equal digests, in whatever processes they were made, are equal drawings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from matplotlib import cm
from matplotlib.transforms import TransformNode
from xxhash import xxh3_128_digest

from .batch_snapshot import InPlace
from .known_classes import Doubtful, transform_parts, worked_out
from .snapshot_node import PLAIN, AtOnce, Thing


class Held:
    """What *roots* hold now.

    Parameters
    ----------
    roots : iterable
    known : mapping of int to int, optional
        Numbers, by `id`, of what need not be gone through: what is as it was when another
        was made, in whose `numbers` they stand.

    Attributes
    ----------
    digest : bytes
        Of all that they reach.
    numbers : dict
        How manyth each thing was that was met, by `id`.

    Raises
    ------
    Doubtful
        If something has no value that can be told.
    """

    def __init__(self, roots: Iterable[Any], known: Mapping[int, int] | None = None) -> None:
        self._known = known or {}
        self._things: dict[int, Thing] = {}
        self._mappables: list[Any] = []
        self._moving: set[int] = set()  # the numbers of things that were ever seen to be others
        self._at_rest: AtOnce | None = None
        self._passed_by = frozenset[int]()
        self._have_moved = False
        self._roots = tuple(roots)
        lines: list[str] = []
        self._write(self._roots, lines, self._things, [])
        self.digest = _digest(lines)
        self._places = self._own_places()
        self.numbers = {key: thing.number for key, thing in self._things.items()}
        self._mappables = [each.value for each in self._things.values() if isinstance(each.value, cm.ScalarMappable)]
        self._refuse_unscaled()

    def changes(self) -> bytes:
        """Return the digest of all that is another now; empty if nothing is."""
        self._refuse_unscaled()
        self._refuse_moved_places()
        at_rest = self._at_rest is not None and self._at_rest.are_same()
        lines: list[str] = []
        new: dict[int, Thing] = {}
        seen: set[int] = set(self._passed_by) if at_rest else set()
        same: list[Thing] = []
        waiting = [self._things[id(root)] for root in self._roots]
        while waiting:
            thing = waiting.pop()
            if thing.number in seen:
                continue
            seen.add(thing.number)
            gone: set[int] = set()
            if thing.is_same(thing):
                same.append(thing)
            else:
                self._moving.add(thing.number)
                replaced, gone = thing.replaced()
                if replaced is None:
                    now = Thing(thing.value, thing.number)
                    lines.append(f"{thing.number} is {now.header} of {len(now.parts)}")
                    self._write(now.parts, lines, new, waiting)
                    continue
                if replaced:
                    lines.append(f"{thing.number} has other {list(replaced)}")
                    self._write(replaced.values(), lines, new, waiting)
            waiting += [child for child in thing.children(self._things) if id(child.value) not in gone]
        if not at_rest:
            self._let_rest([thing for thing in same if thing.number not in self._moving])
        return _digest(lines) if lines else b""

    def _let_rest(self, still: list[Thing]) -> None:
        """Compare at once from now on what was seen to be *still*; pass by those from which no other is reached.

        So what `changes` goes through in between, it comes to in the same order.
        """
        self._at_rest = AtOnce(still)
        resting = {thing.number for thing in still}
        leading_to: dict[int, list[int]] = {}
        for thing in self._things.values():
            for child in thing.children(self._things):
                leading_to.setdefault(child.number, []).append(thing.number)
        waiting = [thing.number for thing in self._things.values() if thing.number not in resting]
        while waiting:
            for number in leading_to.get(waiting.pop(), ()):
                if number in resting:
                    resting.remove(number)
                    waiting.append(number)
        self._passed_by = frozenset(resting)

    def _write(self, values: Iterable[Any], lines: list[str], new: dict[int, Thing], old: list[Thing]) -> None:
        """Write *values* and all that they reach; of what was met before, its number.

        Parameters
        ----------
        values : iterable
        lines : list of str
            Where to.
        new : dict
            Takes what was not met before, by `id`.
        old : list
            Takes what was.
        """
        waiting = list(values)[::-1]
        while waiting:
            value = waiting.pop()
            if type(value) in PLAIN:
                lines.append(repr(value))
                continue
            key = id(value)
            if key in self._known:
                lines.append(f"coordinate {self._known[key]}")
            elif key in new:
                lines.append(f"again {new[key].number}")
            elif key in self._things:
                lines.append(f"known {self._things[key].number}")
                old.append(self._things[key])
            else:
                thing = new[key] = Thing(value, len(new))
                lines.append(f"{thing.header} of {len(thing.parts)}")
                waiting += thing.parts[::-1]

    def _own_places(self) -> InPlace:
        """Return the transforms of its own, whose matrices somebody may change in place."""
        places = InPlace()
        for thing in self._things.values():
            if isinstance(thing.value, TransformNode):
                places.nodes += [(thing.value, name) for name in transform_parts(type(thing.value))[1]]
                if (kept := worked_out(thing.value)) is not None:
                    places.caches.append((thing.value, kept))
        places.note()
        return places

    def _refuse_moved_places(self) -> None:
        """Refuse if such a transform was ever changed in place, and those that it is part of have worked it out before.

        They do so when they are drawn, and are not drawn here; nor is it known whether they were told.
        """
        if self._have_moved or not self._places.is_in_place() or not self._places.holds_what_it_worked_out():
            self._have_moved = True
            raise Doubtful("a transform of its own was changed in place")

    def _refuse_unscaled(self) -> None:
        for each in self._mappables:
            if each.get_array() is not None and not each.norm.scaled():
                raise Doubtful("its colours are scaled when it is drawn")


def _digest(lines: list[str]) -> bytes:
    return xxh3_128_digest("\n".join(lines).encode("utf-8", "surrogatepass"))
