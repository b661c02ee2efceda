"""The size of a figure, which ``Animation.save`` sets before each frame though it has not changed.

That tells all transforms that go by it to work themselves out again, so they see what was written in
place to what they are made of.  Where nothing was, to tell them is for nothing, and costs more than to compare.
What a draw has made since, such as the path of a line that moves, is told by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from matplotlib.transforms import CompositeGenericTransform, TransformedPath, TransformNode

from .reuse.barrier import Barrier
from .reuse.footprint import Footprint
from .reuse.known_classes import Untrackable
from .written import ABSENT, Dicts, Versions

_LONGEST_WAIT = 64  # frames
_FEW = 4  # who came later, and are told one by one


class Size:
    """Sets the size of one figure.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    inches : tuple of float
        Width and height.
    """

    def __init__(self, figure: Any, inches: tuple[float, float]) -> None:
        self._figure, self._inches = figure, inches
        self.clean = True  # as a watcher of nobody
        self._frame, self._note_at, self._wait = 0, 2, 1  # the first frame's draw makes listeners
        self._footprint: Footprint | None = None
        self._told: list[Any] = []
        self._listeners, self._nodes = Dicts(), Versions([])

    def set(self) -> None:
        """Set it, if any transform that was there before could tell that from its not being set."""
        self._frame += 1
        if self._footprint is not None and self._is_as_noted():
            newcomers = list(self._newcomers())
            if len(newcomers) <= _FEW or self._frame < self._note_at:
                for by, node in newcomers:
                    node._invalidate_internal(_LEVEL, by)
                return
        self._footprint = None
        self._figure.set_size_inches(*self._inches)
        if self._frame >= self._note_at:
            self._note()

    def _is_as_noted(self) -> bool:
        """Whether nothing has changed since it was noted that would be seen now."""
        assert self._footprint is not None
        held = self._footprint.held
        if self._nodes.are_seen():
            return held.is_in_place() and held.has_its_arrays()
        if not held.is_unchanged(self._frame):
            return False
        self._nodes.see()  # they have worked themselves out, and are made of what they were made of
        return True

    def _newcomers(self) -> Iterator[tuple[Any, Any]]:
        """Yield who goes by a noted transform and was not there when it was noted, after that transform."""
        for index in self._listeners.written():
            by = self._told[index]
            if by._invalid and not by.pass_through:
                continue  # it was told before, and tells nobody a second time
            for _, reference in self._listeners.changes(index).values():
                node = reference() if reference is not ABSENT else None
                if node is not None:
                    yield by, node

    def _note(self) -> None:
        """Note which transforms go by the size, just now that they were told, and what they are made of."""
        found = {id(self._figure.bbox_inches): self._figure.bbox_inches}
        waiting = list(found.values())
        while waiting:
            for reference in list(waiting.pop()._parents.values()):
                node = reference()
                if node is not None and id(node) not in found:
                    found[id(node)] = node
                    waiting.append(node)
        self._told = list(found.values())
        self._wait = min(_LONGEST_WAIT, 4 * self._wait)  # something may change in each frame
        self._note_at = self._frame + self._wait
        try:
            if any(map(_tells_more, self._told)):
                raise Untrackable("who goes by them is told of more than that they have moved")
            self._footprint = Footprint(_parts(self._told), Barrier(), self, alone=False, draws=False)
        except Untrackable:
            return
        self._listeners = Dicts([node._parents for node in self._told])
        self._nodes = Versions([vars(node) for node in self._told])  # seen in the next frame


_LEVEL = TransformNode._INVALID_AFFINE_ONLY
"""What a box tells who goes by it, when its size is set."""


def _tells_more(node: Any) -> bool:
    """Whether *node* tells who goes by it of another change than it is told of."""
    return isinstance(node, CompositeGenericTransform) and not node._b.is_affine


def _parts(nodes: list[Any]) -> list[Any]:
    """Return what *nodes* work themselves out from, and go by."""
    parts: list[Any] = []
    for node in nodes:
        parts += [node._path, node._transform] if type(node) is TransformedPath else [node]
    return parts
