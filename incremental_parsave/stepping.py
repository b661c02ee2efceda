"""Who steps a block: the stepper, all frames in order; or each worker its own, from an earlier state.

Stepping in one process is what makes an animation whose frames depend on earlier
ones come out right, and costs next to nothing, since it draws nothing.  Where
the animation's own function is slow it costs everything.  Then workers may step
their own blocks, if it is proved, as far as it can be, that no frame depends on
another one:

1. stepping the first frames in order has left all that the animation captures,
   and the random generators, as they were (what has no digest proves nothing);
2. so has each worker that stepped its block, and the frames at the seams are the same.

An animation may also keep its state in its artists, which no digest sees.  The
seams do; that verdict is remembered.
"""

from __future__ import annotations

import time

from .keys.canonical import Digest, Unknown
from .keys.files import place_digest
from .scene.loop import Loop
from .scene.state import generators
from .store import Store

KIND = "stepping"
_LOOKED_AT = 4  # frames
SLOW = 0.004
"""Seconds a frame from which on stepping is slow: about what it takes to encode one."""


class Stepping:
    """Decides whether workers step for themselves.

    Parameters
    ----------
    loop : Loop
    store : Store
        Where a verdict is remembered.
    mode : {"auto", "sequential", "independent"}
    write : bool
        Whether to remember.

    Attributes
    ----------
    independent : bool
        Whether they do.
    """

    def __init__(self, loop: Loop, store: Store, mode: str, *, write: bool) -> None:
        self._loop, self._store, self._write = loop, store, write
        self._undecided = mode == "auto"
        self.independent = mode == "independent"
        self._found = False
        self._first: str | None = None
        self._since = 0.0
        self._spent = 0.0

    def begin(self) -> None:
        """A frame is about to be stepped."""
        self._since = time.perf_counter()

    def end(self) -> None:
        """It has been."""
        self._spent += time.perf_counter() - self._since

    def look(self, k: int) -> None:
        """Decide, when some frames have been stepped."""
        if not self._undecided or k not in (0, _LOOKED_AT):
            return
        if k == 0:
            self._first = self._state(k)
            return
        self._undecided = False
        if self._first is None or self._spent < SLOW * k or self._state(k) != self._first:
            return
        self.independent = self._found = self._store.read(KIND, self._key()) is None

    def refused(self) -> None:
        """The fast way has failed; do not try it so again."""
        if self._found and self._write:
            self._store.write(KIND, self._key(), {"stepping": "sequential"})

    def _state(self, k: int) -> str | None:
        """Return the digest of what a frame may leave to the next; None if it has none."""
        try:
            captured = self._loop.captures.digest(k)
        except Unknown:
            return None
        return (
            Digest("state").add("captured", captured).add("generators", repr(sorted(generators().items()))).hexdigest()
        )

    def _key(self) -> str:
        place = place_digest(str(self._loop.target.path))
        return Digest("stepping").add("movie", place).add("state", self._first or "").hexdigest()
