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


_MOST_ROUNDS = 1000  # of 624 numbers each: how far a generator is followed from its first state


def generators() -> dict[str, str]:
    """Return the digests of the states of the two global random generators, by name."""
    python = Digest("random").add("state", repr(random.getstate())).hexdigest()
    kind, keys, *rest = np.random.get_state(legacy=True)
    numpy = Digest("np.random").add("kind", str(kind)).add("keys", np.asarray(keys).tobytes()).add("rest", repr(rest))
    return {"random": python, "numpy.random": numpy.hexdigest()}


class Generators:
    """The global random generators, seen from the start of the process.

    A generator that nobody seeded or used is in another state in each process,
    yet nothing depends on it: it is *untouched*.
    """

    def __init__(self) -> None:
        self._fresh = generators()
        self._first_words = _words()

    def tokens(self) -> dict[str, str]:
        """Return the state of each, or that it is untouched."""
        return {name: UNTOUCHED if now == self._fresh[name] else now for name, now in generators().items()}

    def is_unseeded(self, name: str) -> bool:
        """Whether the generator *name* was used, and came from its first state to this one without a seed.

        Followed so far as it goes in some milliseconds; further than that, the answer is no.
        """
        if self.tokens()[name] == UNTOUCHED:
            return False
        words, first = _words()[name], self._first_words[name]
        if words is None or first is None:
            return False
        follower = np.random.MT19937()
        key, position = np.array(first[0], np.uint32), first[1]
        follower.state = {"bit_generator": "MT19937", "state": {"key": key, "pos": position}}
        for _ in range(_MOST_ROUNDS):
            if np.array_equal(key, words[0]):
                return True
            follower.random_raw(len(key), output=False)
            key = follower.state["state"]["key"]
        return False


def _words() -> dict[str, tuple[Any, int] | None]:
    """Return the words of each generator's state and the place in them; None for one that is no Mersenne Twister."""
    version, (*python, at), _ = random.getstate()
    kind, numpy, place, *_ = np.random.get_state(legacy=True)
    return {
        "random": (python, at) if version == 3 else None,
        "numpy.random": (numpy, int(place)) if kind == "MT19937" else None,
    }


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
    return Digest("seam").add("generators", repr(sorted(generators().items()))).add("captured", values).hexdigest()


def restore_random(state: Any) -> None:
    """Put Python's generator back: CPython seeds it anew in every forked child."""
    if "random" in sys.modules:
        random.setstate(state)
