"""What a figure holds that its frame may not show: the data of hidden artists, and numbers and words of its own.

An animation may keep its state there, and show it later.  Where two blocks meet,
the calls of a frame do not tell whether that state is the same; this does.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axis import Axis

from ..keys.canonical import Digest
from .reuse.fingerprint import plain_of
from .reuse.snapshot_node import PLAIN

_DATA = ("_text", "_xorig", "_yorig", "_offsets", "_A", "_width", "_height", "_x0", "_y0")
"""Attributes that no draw changes."""


def hidden_state(figure: Any) -> bytes:
    """Return the digest of it."""
    found: list[str] = []
    for place, container in enumerate([figure, *figure.axes]):
        own = sorted((name, value) for name, value in plain_of(container) if name[0] != "_")  # a scene may add some
        found.append(f"{place} {own!r}")
        for n, artist in enumerate(container.get_children()):
            if not artist.get_visible() and not isinstance(artist, Axis):
                held = vars(artist)
                found.append(f"{place} {n} {type(artist)} {[_told(held.get(name)) for name in _DATA]}")
    return Digest("hidden").add("found", "\n".join(found)).digest()


def _told(value: Any) -> str:
    """Return *value* in words, if it is of numbers or words."""
    if type(value) in PLAIN:
        return repr(value)
    if isinstance(value, np.ndarray | list | tuple):
        array = np.asarray(value)
        return "" if array.dtype.hasobject else f"{array.dtype} {array.shape} {array.tobytes().hex()}"
    return ""
