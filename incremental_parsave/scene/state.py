"""What of the process's state an animation's frames may depend on."""

from __future__ import annotations

import random
import sys
from typing import Any

import numpy as np

from ..keys.arrays import ArrayMemo
from ..keys.canonical import Digest, Unknown
from ..keys.explain import Lines
from ..keys.values import Walk
from ..recording.inputs import is_local_module
from . import mpl as names

UNTOUCHED = "untouched"
"""State of a generator that nobody has seeded or used."""


def generators() -> tuple[str, str]:
    """Return the digests of the states of the two global random generators."""
    python = Digest("random").add("state", repr(random.getstate())).hexdigest()
    kind, keys, *rest = np.random.get_state(legacy=True)
    numpy = Digest("np.random").add("kind", str(kind)).add("keys", np.asarray(keys).tobytes()).add("rest", repr(rest))
    return python, numpy.hexdigest()


class Generators:
    """The global random generators, seen from the start of the process.

    A generator that nobody seeded or used is in another state in each process,
    yet nothing depends on it: it is *untouched*.
    """

    def __init__(self) -> None:
        self._fresh = generators()

    def tokens(self) -> tuple[str, ...]:
        """Return the state of each, or that it is untouched."""
        pairs = zip(generators(), self._fresh, strict=True)
        return tuple(UNTOUCHED if now == fresh else now for now, fresh in pairs)


def captured(animations: list[Any], memo: ArrayMemo | None = None, sink: Lines | None = None) -> str:
    """Return the digest of all that the user's functions capture.

    Parameters
    ----------
    animations : list
    memo : ArrayMemo, optional
        Remembers large arrays from one block of a target to the next.
    sink : Lines, optional
        Where what they capture is noted line by line.

    Raises
    ------
    Unknown
        If something has no digest by content, or what the animation depends on
        is not known.
    """
    digest = Digest("captured")
    walk = Walk(digest, is_local_module, sink, memo)
    for anim in animations:
        functions = names.user_functions(anim)
        if functions is None:
            raise Unknown(f"what a {type(anim).__qualname__} depends on")
        func, init_func, fargs = functions
        walk.value([func, init_func])
        for i, farg in enumerate(fargs):
            walk.named(str(i), farg, f"fargs[{i}]")
    for ax in names.figure_of(animations[0]).axes:
        for axis in ax._axis_map.values():
            for formatter in (axis.get_major_formatter(), axis.get_minor_formatter()):
                walk.value(getattr(formatter, "func", None))  # called at the draw
    return digest.hexdigest()


def at_seam(animations: list[Any], memo: ArrayMemo | None = None) -> str:
    """Return the digest of the state in which a block ends, as far as it can be known.

    Whoever drew a block and whoever only stepped it must end in the same state.
    With a *memo*, what they did in place to large arrays is not compared.
    """
    try:
        values = captured(animations, memo)
    except Unknown:
        values = "unknown"
    return Digest("seam").add("generators", repr(generators())).add("captured", values).hexdigest()


def restore_random(state: Any) -> None:
    """Put Python's generator back: CPython seeds it anew in every forked child."""
    if "random" in sys.modules:
        random.setstate(state)
