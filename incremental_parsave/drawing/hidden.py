"""State of a figure that its frame may not show: the data of hidden artists, and plain attributes of figure and axes.

An animation may keep state there and show it later.  At a seam, equal drawing
calls do not imply that the two processes hold the same hidden state, so it is
digested separately.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axis import Axis

from ..keys.canonical import Digest
from .reuse.fingerprint import plain_of
from .reuse.snapshot_node import PLAIN

_DATA = ("_text", "_xorig", "_yorig", "_offsets", "_A", "_width", "_height", "_x0", "_y0")
"""Attributes in which artists hold their data, and which no draw changes."""


def hidden_state(figure: Any) -> str:
    """Return the digest of the hidden state of *figure*."""
    found: list[str] = []
    for place, container in enumerate([figure, *figure.axes]):
        # The scene may have added attributes.
        own = sorted((name, value) for name, value in plain_of(container) if name[0] != "_")
        found.append(f"{place} {own!r}")
        for n, artist in enumerate(container.get_children()):
            if not artist.get_visible() and not isinstance(artist, Axis):
                held = vars(artist)
                found.append(f"{place} {n} {type(artist)} {[_as_text(held.get(name)) for name in _DATA]}")
    return Digest("hidden").add("found", "\n".join(found)).hexdigest()


def _as_text(value: Any) -> str:
    """Return *value* as text if it consists of numbers or strings; else an empty string."""
    if type(value) in PLAIN:
        return repr(value)
    if isinstance(value, np.ndarray | list | tuple):
        array = np.asarray(value)
        return "" if array.dtype.hasobject else f"{array.dtype} {array.shape} {array.tobytes().hex()}"
    return ""
