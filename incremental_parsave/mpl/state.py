"""What of the process's state an animation's frames may depend on."""

from __future__ import annotations

import array
import random
from typing import Any

import numpy as np

from ..keys.canonical import Digest, Unknown
from ..keys.explain import Lines
from ..keys.values.arrays import ArrayMemo
from ..keys.values.walk import Walk
from ..tracing.audit import is_local_module
from . import animation as names

UNTOUCHED = "untouched"
"""State of a generator that nobody has seeded or used."""


_MOST_ROUNDS = 1000  # of 624 numbers each: how far a generator is followed from its first state


def generators() -> dict[str, str]:
    """Return the digests of the states of the two global random generators, by name."""
    version, words, gauss = random.getstate()
    python = Digest("random").add("words", array.array("Q", words).tobytes()).add("rest", repr((version, gauss)))
    kind, keys, *rest = np.random.get_state(legacy=True)
    numpy = Digest("np.random").add("kind", str(kind)).add("keys", np.asarray(keys).tobytes()).add("rest", repr(rest))
    return {"random": python.hexdigest(), "numpy.random": numpy.hexdigest()}


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


class CapturedState:
    """All that the user's functions capture, frame by frame.

    Parameters
    ----------
    animations : list
        Those that are stepped together.
    """

    def __init__(self, animations: list[Any]) -> None:
        self._animations = animations
        self._memo = ArrayMemo()
        self._last: tuple[int, str | Unknown] = -1, ""

    def digest(self, k: int, sink: Lines | None = None) -> str:
        """Return the digest of what is captured now, before frame *k*; note it in *sink*.

        Raises
        ------
        Unknown
            If something has no digest by content, or what the animation depends
            on is not known.
        """
        if self._last[0] != k or sink is not None:
            try:
                self._last = k, self._digest(sink)
            except Unknown as unknown:
                self._last = k, unknown
        found = self._last[1]
        if isinstance(found, Unknown):
            raise found
        return found

    def _digest(self, sink: Lines | None) -> str:
        digest = Digest("captured")
        walk = Walk(digest, is_local_module, sink, self._memo)
        for anim in self._animations:
            functions = names.user_functions(anim)
            if functions is None:
                raise Unknown(f"what a {type(anim).__qualname__} depends on")
            func, init_func, fargs = functions
            walk.value([func, init_func])
            for i, farg in enumerate(fargs):
                walk.named(str(i), farg, f"fargs[{i}]")
        for ax in names.figure_of(self._animations[0]).axes:
            for axis in ax._axis_map.values():
                for formatter in (axis.get_major_formatter(), axis.get_minor_formatter()):
                    walk.value(getattr(formatter, "func", None))  # called at the draw
        return digest.hexdigest()

    def at_seam(self, k: int) -> str:
        """Return the digest of the state before frame *k*, as far as it can be known.

        Whoever drew a block and whoever only stepped it must end in the same
        state; of what they did in place to large arrays, see `ArrayMemo`.
        """
        try:
            values = self.digest(k)
        except Unknown:
            values = "unknown"
        return Digest("seam").add("generators", repr(sorted(generators().items()))).add("captured", values).hexdigest()
