"""Setting the size of a figure, which ``Animation.save`` does before each frame even if the size has not changed.

Setting the size invalidates its *dependents*: all transforms that are computed from it.  When they are recomputed,
they pick up values that were written in place into their inputs.  If nothing was written in place, there is no
need to invalidate them, and comparing the inputs costs less.  Dependents that a draw has created since the last
comparison was set up, such as the path of a moving line, are invalidated one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from matplotlib.transforms import CompositeGenericTransform, TransformedPath, TransformNode

from .reuse.barrier import Barrier
from .reuse.footprint import Footprint
from .reuse.identity import identity
from .reuse.known_classes import Untrackable
from .written import ABSENT, Dicts, Versions

_LONGEST_WAIT = 64  # frames
_FEW = 4  # if there are more new dependents than this, all dependents are noted again, once a note is due


class Size:
    """The size of one figure, to be set before each frame.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    inches : tuple of float
        Width and height.
    """

    def __init__(self, figure: Any, inches: tuple[float, float]) -> None:
        self._figure, self._inches = figure, inches
        self.clean = True  # part of the `Watcher` protocol; its barrier is never raised, so this stays True
        self._frame, self._note_at, self._wait = 0, 2, 1  # frame 1 is too early: its draw creates dependents
        self._footprint: Footprint | None = None
        self._dependents: list[Any] = []
        self._listeners, self._nodes = Dicts(), Versions([])

    def set(self) -> None:
        """Set the size; if this would affect only new dependents, invalidate these instead."""
        self._frame += 1
        if self._footprint is not None and self._is_as_noted():
            newcomers = list(self._newcomers())
            if len(newcomers) <= _FEW or self._frame < self._note_at:
                for transform, node in newcomers:
                    node._invalidate_internal(_LEVEL, transform)
                return
        self._footprint = None
        self._figure.set_size_inches(*self._inches)
        if self._frame >= self._note_at:
            self._note()

    def _is_as_noted(self) -> bool:
        """Return whether the noted inputs are unchanged, so that setting the size would have no visible effect."""
        assert self._footprint is not None
        held = self._footprint.held
        if self._nodes.are_seen():
            return held.is_in_place() and held.arrays_unchanged()
        if not held.is_unchanged(self._frame):
            return False
        self._nodes.see()  # only computed values were written; the inputs are the same
        return True

    def _newcomers(self) -> Iterator[tuple[Any, Any]]:
        """Yield each dependent that a noted transform has gained since it was noted, as (transform, dependent)."""
        for index in self._listeners.written():
            transform = self._dependents[index]
            if transform._invalid and not transform.pass_through:
                continue  # already invalid, so setting the size would not reach its dependents either
            for _, reference in self._listeners.changes(index).values():
                node = reference() if reference is not ABSENT else None
                if node is not None:
                    yield transform, node

    def _note(self) -> None:
        """Note which transforms depend on the size, and what they are computed from.

        Must be called just after they were invalidated.
        """
        found = {identity(self._figure.bbox_inches): self._figure.bbox_inches}
        waiting = list(found.values())
        while waiting:
            for reference in list(waiting.pop()._parents.values()):
                node = reference()
                if node is not None and identity(node) not in found:
                    found[identity(node)] = node
                    waiting.append(node)
        self._dependents = list(found.values())
        self._wait = min(_LONGEST_WAIT, 4 * self._wait)  # back off, in case something changes in every frame
        self._note_at = self._frame + self._wait
        try:
            if any(map(_may_invalidate_more, self._dependents)):
                raise Untrackable("a transform invalidates its dependents at another level than its own")
            self._footprint = Footprint(_parts(self._dependents), Barrier(), self, alone=False, draws=False)
        except Untrackable:
            return
        self._listeners = Dicts([node._parents for node in self._dependents])
        self._nodes = Versions([vars(node) for node in self._dependents])  # `see` is called in the next frame


_LEVEL: Any = getattr(TransformNode, "_INVALID_AFFINE_ONLY", None)
"""The level at which a box invalidates its dependents when its size is set."""


def _may_invalidate_more(node: Any) -> bool:
    """Return whether *node* may invalidate its dependents at another level than it is invalidated itself."""
    return isinstance(node, CompositeGenericTransform) and not node._b.is_affine


def _parts(nodes: list[Any]) -> list[Any]:
    """Return *nodes* with each `TransformedPath` replaced by its path and its transform."""
    parts: list[Any] = []
    for node in nodes:
        parts += [node._path, node._transform] if type(node) is TransformedPath else [node]
    return parts
