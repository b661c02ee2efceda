"""The size of a figure, which ``Animation.save`` sets before each frame though it has not changed.

That tells all transforms that go by it to work themselves out again, so they see what was written in
place to what they are made of.  Where nothing was, to tell them is for nothing, and costs more than to compare.
"""

from __future__ import annotations

from typing import Any

from matplotlib.transforms import TransformedPath

from .barrier import Barrier
from .footprint import Footprint
from .listed import Doubtful
from .written import Versions

_LONGEST_WAIT = 64  # frames


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
        self._listeners, self._nodes = Versions([]), Versions([])

    def set(self) -> None:
        """Set it, if any transform could tell that from its not being set."""
        self._frame += 1
        if self._footprint is not None:
            if self._is_told():
                return
            self._footprint = None
            self._wait = min(_LONGEST_WAIT, 4 * self._wait)
            self._note_at = self._frame + self._wait
        self._figure.set_size_inches(*self._inches)
        if self._frame >= self._note_at:
            self._note()

    def _is_told(self) -> bool:
        """Whether nothing has changed since it was noted that would be seen now."""
        assert self._footprint is not None
        held = self._footprint.held
        if not self._listeners.are_seen():
            return False
        if self._nodes.are_seen():
            return held.is_in_place() and held.has_its_arrays()
        if not held.is_unchanged(self._frame):
            return False
        self._nodes.see()  # they have worked themselves out, and are made of what they were made of
        return True

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
        parts: list[Any] = []
        for node in found.values():
            parts += [node._path, node._transform] if type(node) is TransformedPath else [node]
        try:
            self._footprint = Footprint(parts, Barrier(), self, alone=False, draws=False)
        except Doubtful:
            self._note_at = self._frame + _LONGEST_WAIT
            return
        self._listeners = Versions([node._parents for node in found.values()])
        self._listeners.see()
        self._nodes = Versions([vars(node) for node in found.values()])  # seen in the next frame
