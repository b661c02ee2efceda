"""Short descriptions of values, for people."""

from __future__ import annotations

from typing import Any

import numpy as np

from .arrays import row_digests

_LONGEST = 60
_HAVE_LENGTH = ("builtins", "collections", "array", "pandas", "xarray")  # their __len__ does not run user code


def described(value: object) -> tuple[str, tuple[str, ...]]:
    """Return a description of *value* and, for an array, digests of its rows.

    The description is the same in every run: it contains no addresses.
    """
    kind: Any = type(value)
    thing: Any = value
    if isinstance(value, np.ndarray):
        masked = "masked " if isinstance(value, np.ma.MaskedArray) else ""
        dtype = value.dtype.name if value.dtype.names is None else f"of {', '.join(value.dtype.names)}"
        return f"{masked}array {value.shape} {dtype}", row_digests(value)
    if kind in (type(None), bool, float, complex, str, bytes) or (kind is int and abs(thing) < 10**_LONGEST):
        text = repr(value)
        if len(text) <= _LONGEST:
            return text, ()
    if isinstance(value, np.number | np.bool_):
        return str(value), ()
    if isinstance(value, type):
        return "class", ()
    if kind.__module__.partition(".")[0] in _HAVE_LENGTH and hasattr(kind, "__len__"):
        return f"{kind.__qualname__} of {len(thing)}", ()
    return kind.__qualname__, ()
