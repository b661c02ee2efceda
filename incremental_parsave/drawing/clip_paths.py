"""Clip paths that Agg may mistake for paths that it has drawn before.

Agg keeps the mask of the last clip path across frames, and identifies that path by the address of its vertices and by
its transform.  If a script writes new values into these vertices, a movie of ``Animation.save`` shows the old mask
until another clip path is drawn.  A recorded frame is replayed with a mask of its own, so it cannot reproduce this.
The same applies to a mask that was first drawn with another clip rectangle.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import FigureBase
from matplotlib.transforms import TransformedPatchPath, TransformedPath

from .calls.agg import was_drawn_on


class ClipPaths:
    """The clip paths of one figure, as they were when first seen.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    size : tuple of int
        Width and height of a frame in pixels.
    dpi : float
        The dpi of the movie.
    """

    def __init__(self, figure: Any, size: tuple[int, int], dpi: float) -> None:
        self._figure = figure
        self._drawn = was_drawn_on(figure.canvas, size, dpi)  # the script has drawn it, with unknown clip paths
        self._vertices: dict[int, bytes] = {}  # by address
        self._masks: dict[int, tuple[bytes, bytes]] = {}  # transform and clip rectangle, by the address of the vertices

    def changed(self) -> str:
        """Return a message that names a clip path for which Agg may hold an old mask; empty if there is none."""
        for artist in _artists(self._figure):
            clip = artist._clippath
            if clip is None:
                continue
            if self._drawn:
                return f"the figure was drawn before it was saved, and {artist} has a clip path"
            if self._has_changed(artist, clip):
                return f"the clip path of {artist} was modified in place"
        return ""

    def _has_changed(self, artist: Any, clip: Any) -> bool:
        if type(clip) not in (TransformedPath, TransformedPatchPath):
            return True
        path = clip._patch.get_path() if type(clip) is TransformedPatchPath else clip._path
        vertices = path.vertices
        if type(vertices) is not np.ndarray:
            return True
        address = vertices.__array_interface__["data"][0]
        octets = vertices.tobytes() + (b"" if path.codes is None else np.asarray(path.codes).tobytes())
        if self._vertices.setdefault(address, octets) != octets:
            return True
        box = artist.clipbox
        mask = clip.get_affine().get_matrix().tobytes(), b"" if box is None else box.extents.tobytes()
        before, self._masks[address] = self._masks.get(address, mask), mask
        return bool(before[0] == mask[0] and before[1] != mask[1])


def _artists(container: Any) -> Iterator[Any]:
    for artist in container.get_children():
        yield artist
        if isinstance(artist, Axes | FigureBase):
            yield from _artists(artist)
