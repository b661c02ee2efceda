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

from .batch_snapshot import BatchSnapshot
from .known_classes import Untrackable, transform_parts, worked_out
from .snapshot_node import PLAIN, BatchComparison, SnapshotNode


class Snapshot:
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
        self._nodes: dict[int, SnapshotNode] = {}
        self._mappables: list[Any] = []
        self._moving: set[int] = set()  # the numbers of things that were ever seen to be others
        self._at_rest: BatchComparison | None = None
        self._passed_by = frozenset[int]()
        self._have_moved = False
        self._roots = tuple(roots)
        lines: list[str] = []
        self._write(self._roots, lines, self._nodes, [])
        self.digest = _digest(lines)
        self._places = self._own_places()
        self.numbers = {key: node.number for key, node in self._nodes.items()}
        self._mappables = [each.value for each in self._nodes.values() if isinstance(each.value, cm.ScalarMappable)]
        self._refuse_unscaled()

    def changes(self) -> bytes:
        """Return the digest of all that is another now; empty if nothing is."""
        self._refuse_unscaled()
        self._refuse_moved_places()
        at_rest = self._at_rest is not None and self._at_rest.are_same()
        lines: list[str] = []
        new: dict[int, SnapshotNode] = {}
        seen: set[int] = set(self._passed_by) if at_rest else set()
        same: list[SnapshotNode] = []
        waiting = [self._nodes[id(root)] for root in self._roots]
        while waiting:
            node = waiting.pop()
            if node.number in seen:
                continue
            seen.add(node.number)
            gone: set[int] = set()
            if node.is_same(node):
                same.append(node)
            else:
                self._moving.add(node.number)
                replaced, gone = node.replaced()
                if replaced is None:
                    now = SnapshotNode(node.value, node.number)
                    lines.append(f"{node.number} is {now.header} of {len(now.parts)}")
                    self._write(now.parts, lines, new, waiting)
                    continue
                if replaced:
                    lines.append(f"{node.number} has other {list(replaced)}")
                    self._write(replaced.values(), lines, new, waiting)
            waiting += [child for child in node.children(self._nodes) if id(child.value) not in gone]
        if not at_rest:
            self._let_rest([node for node in same if node.number not in self._moving])
        return _digest(lines) if lines else b""

    def _let_rest(self, still: list[SnapshotNode]) -> None:
        """Compare at once from now on what was seen to be *still*; pass by those from which no other is reached.

        So what `changes` goes through in between, it comes to in the same order.
        """
        self._at_rest = BatchComparison(still)
        resting = {node.number for node in still}
        leading_to: dict[int, list[int]] = {}
        for node in self._nodes.values():
            for child in node.children(self._nodes):
                leading_to.setdefault(child.number, []).append(node.number)
        waiting = [node.number for node in self._nodes.values() if node.number not in resting]
        while waiting:
            for number in leading_to.get(waiting.pop(), ()):
                if number in resting:
                    resting.remove(number)
                    waiting.append(number)
        self._passed_by = frozenset(resting)

    def _write(
        self, values: Iterable[Any], lines: list[str], new: dict[int, SnapshotNode], old: list[SnapshotNode]
    ) -> None:
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
            elif key in self._nodes:
                lines.append(f"known {self._nodes[key].number}")
                old.append(self._nodes[key])
            else:
                node = new[key] = SnapshotNode(value, len(new))
                lines.append(f"{node.header} of {len(node.parts)}")
                waiting += node.parts[::-1]

    def _own_places(self) -> BatchSnapshot:
        """Return the transforms of its own, whose matrices somebody may change in place."""
        places = BatchSnapshot()
        for node in self._nodes.values():
            if isinstance(node.value, TransformNode):
                places.nodes += [(node.value, name) for name in transform_parts(type(node.value))[1]]
                if (kept := worked_out(node.value)) is not None:
                    places.caches.append((node.value, kept))
        places.note()
        return places

    def _refuse_moved_places(self) -> None:
        """Refuse if such a transform was ever changed in place, and those that it is part of have worked it out before.

        They do so when they are drawn, and are not drawn here; nor is it known whether they were told.
        """
        if self._have_moved or not self._places.is_in_place() or not self._places.holds_what_it_worked_out():
            self._have_moved = True
            raise Untrackable("a transform of its own was changed in place")

    def _refuse_unscaled(self) -> None:
        for each in self._mappables:
            if each.get_array() is not None and not each.norm.scaled():
                raise Untrackable("its colours are scaled when it is drawn")


def _digest(lines: list[str]) -> bytes:
    return xxh3_128_digest("\n".join(lines).encode("utf-8", "surrogatepass"))
