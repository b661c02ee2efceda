"""The process state that an animation's frames may depend on: random generators and captured values."""

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
from . import animation as mpl_animation

UNTOUCHED = "untouched"
"""Token for a generator that has been neither seeded nor used."""


_MOST_ROUNDS = 1000  # of 624 numbers each: how far we advance a generator from its initial state


def generators() -> dict[str, str]:
    """Return the digest of the state of each of the two global random generators, by name."""
    version, words, gauss = random.getstate()
    python = Digest("random").add("words", array.array("Q", words).tobytes()).add("rest", repr((version, gauss)))
    kind, keys, *rest = np.random.get_state(legacy=True)
    numpy = Digest("np.random").add("kind", str(kind)).add("keys", np.asarray(keys).tobytes()).add("rest", repr(rest))
    return {"random": python.hexdigest(), "numpy.random": numpy.hexdigest()}


class Generators:
    """The global random generators, compared with their state at the start of the process.

    A generator that was neither seeded nor used has a different state in each
    process, but nothing depends on it: it is *untouched*.
    """

    def __init__(self) -> None:
        self._fresh = generators()
        self._first_words = _words()

    def tokens(self) -> dict[str, str]:
        """Return the digest of each generator's state, or `UNTOUCHED`, by name."""
        return {name: UNTOUCHED if now == self._fresh[name] else now for name, now in generators().items()}

    def is_unseeded(self, name: str) -> bool:
        """Whether the generator *name* was used without having been seeded.

        A copy of the generator is advanced from its initial state for a few milliseconds,
        to see whether it reaches the present state.  If it does not, the answer is False.
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
    """Return each generator's state words and its position in them; None if it is not a Mersenne Twister."""
    version, (*python, at), _ = random.getstate()
    kind, numpy, place, *_ = np.random.get_state(legacy=True)
    return {
        "random": (python, at) if version == 3 else None,
        "numpy.random": (numpy, int(place)) if kind == "MT19937" else None,
    }


class CapturedState:
    """The values that the user's functions capture, digested frame by frame.

    Parameters
    ----------
    animations : list
        The animations that are stepped together.
    """

    def __init__(self, animations: list[Any]) -> None:
        self._animations = animations
        self._memo = ArrayMemo()
        self._last: tuple[int, str | Unknown] = -1, ""

    def digest(self, k: int, sink: Lines | None = None) -> str:
        """Return the digest of the values captured now, before frame *k*; list them in *sink*.

        Raises
        ------
        Unknown
            If a value cannot be digested by content, or the dependencies of the
            animation are unknown.
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
            functions = mpl_animation.user_functions(anim)
            if functions is None:
                raise Unknown(f"the inputs of a {type(anim).__qualname__} are not known")
            func, init_func, fargs = functions
            walk.value([func, init_func])
            for i, farg in enumerate(fargs):
                walk.named(str(i), farg, f"fargs[{i}]")
        for ax in mpl_animation.figure_of(self._animations[0]).axes:
            for axis in ax._axis_map.values():
                for formatter in (axis.get_major_formatter(), axis.get_minor_formatter()):
                    walk.value(getattr(formatter, "func", None))  # called at each draw
        return digest.hexdigest()

    def state_before(self, k: int) -> str:
        """Return the digest of the state before frame *k*, as far as it can be determined.

        A process that drew a block and a process that only stepped it must end in
        the same state.  In-place changes of large arrays may be missed; see `ArrayMemo`.
        """
        try:
            values = self.digest(k)
        except Unknown:
            values = "unknown"
        return Digest("seam").add("generators", repr(sorted(generators().items()))).add("captured", values).hexdigest()
