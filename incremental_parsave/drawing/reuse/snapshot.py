"""Snapshots: the values that an artist holds, captured once; later frames are described by the differences.

The walk is that of a `Footprint` and uses the same tables (`known_classes`).  But where
a footprint keeps the objects that it meets, to see whether they change, a snapshot
writes down their values.  Each object is written with the number of its parts, so that
no two different trees give the same lines.  An object that is met again is written as
its number.  Equal digests mean equal drawings, even if different processes made them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from matplotlib import cm
from matplotlib.transforms import TransformNode
from xxhash import xxh3_128_digest

from .batch_snapshot import BatchSnapshot
from .identity import identity
from .known_classes import Untrackable, cached_value_name, transform_parts
from .snapshot_node import PLAIN, BatchComparison, SnapshotNode


class Snapshot:
    """The values that *roots* hold now.

    Parameters
    ----------
    roots : iterable
    known : mapping of int to int, optional
        The `numbers` of another snapshot, whose objects are unchanged since then.  These
        objects are not walked again.

    Attributes
    ----------
    digest : bytes
        Digest of everything that the roots reach.
    numbers : dict
        The number of each object in the order of the walk, by `id`.

    Raises
    ------
    Untrackable
        If something that the roots reach cannot be captured by value.
    """

    def __init__(self, roots: Iterable[Any], known: Mapping[int, int] | None = None) -> None:
        self._known = known or {}
        self._nodes: dict[int, SnapshotNode] = {}
        self._mappables: list[Any] = []
        self._moving: set[int] = set()  # numbers of the nodes that were ever found to have changed
        self._at_rest: BatchComparison | None = None
        self._skipped = frozenset[int]()
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
        """Return the digest of everything that is different now; empty if nothing is."""
        self._refuse_unscaled()
        self._refuse_moved_places()
        at_rest = self._at_rest is not None and self._at_rest.are_same()
        lines: list[str] = []
        new: dict[int, SnapshotNode] = {}
        seen: set[int] = set(self._skipped) if at_rest else set()
        same: list[SnapshotNode] = []
        waiting = [self._nodes[identity(root)] for root in self._roots]
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
            waiting += [child for child in node.children(self._nodes) if identity(child.value) not in gone]
        if not at_rest:
            self._let_rest([node for node in same if node.number not in self._moving])
        return _digest(lines) if lines else b""

    def _let_rest(self, still: list[SnapshotNode]) -> None:
        """From now on, compare the unchanged nodes *still* in one batch.

        Of these, `changes` skips the nodes that lead only to other nodes of the batch.  It
        still walks the rest, so it comes to the changed nodes in the same order as before.
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
        self._skipped = frozenset(resting)

    def _write(
        self, values: Iterable[Any], lines: list[str], new: dict[int, SnapshotNode], old: list[SnapshotNode]
    ) -> None:
        """Write *values* and everything that they reach; write objects that were met before as their number.

        Parameters
        ----------
        values : iterable
        lines : list of str
            Receives the text.
        new : dict
            Receives the nodes that were not met before, by `id`.
        old : list
            Receives the nodes of this snapshot that were met before.
        """
        waiting = list(values)[::-1]
        while waiting:
            value = waiting.pop()
            if type(value) in PLAIN:
                lines.append(repr(value))
                continue
            key = identity(value)
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
        """Return a batch snapshot of the transforms among the nodes, whose matrices may be changed in place."""
        places = BatchSnapshot()
        for node in self._nodes.values():
            if isinstance(node.value, TransformNode):
                places.nodes += [(node.value, name) for name in transform_parts(type(node.value))[1]]
                if (kept := cached_value_name(node.value)) is not None:
                    places.caches.append((node.value, kept))
        places.note()
        return places

    def _refuse_moved_places(self) -> None:
        """Raise `Untrackable` if one of these transforms was ever changed in place.

        Transforms that contain it may have cached a value before the change.  They compute
        that value in a draw, but nothing is drawn here; nor is it known whether they were invalidated.
        """
        if self._have_moved or not self._places.is_in_place() or not self._places.caches_unchanged():
            self._have_moved = True
            raise Untrackable("one of its own transforms was changed in place")

    def _refuse_unscaled(self) -> None:
        for each in self._mappables:
            if each.get_array() is not None and not each.norm.scaled():
                raise Untrackable("its colours are scaled when it is drawn")


def _digest(lines: list[str]) -> bytes:
    return xxh3_128_digest("\n".join(lines).encode("utf-8", "surrogatepass"))
