"""Who steps a block: the stepper, all frames in order; or each worker its own, from an earlier state.

Stepping in one process is what makes an animation whose frames depend on earlier
ones come out right, and costs next to nothing, since it draws nothing.  Where
the animation's own function is slow it costs everything.  Then workers may step
their own blocks, if it is proved, as far as it can be, that no frame depends on
another one:

1. stepping the first frames in order has left all that the animation captures,
   the random generators, the settings and the environment as they were (what has no digest proves nothing);
2. so has each worker that stepped its block, and the frames at the seams are the same.

What a function prints is shown by whoever steps all frames; one that prints is stepped in order.

An animation may also keep its state in its artists, which no digest sees.  The
seams do, hidden artists included; that verdict is remembered.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from typing import Any

import matplotlib as mpl

from ..keys.canonical import Digest, Unknown
from ..keys.files import place_digest
from ..scene.loop import Loop
from ..scene.state import generators
from ..store import Store

KIND = "stepping"
LOOKED_AT = 4
"""Frames, after which it is decided."""
SLOW = 0.004
"""Seconds from which on a frame is slow to step: about what it takes to encode one.

Each of those that are looked at must be: on a busy machine, one alone may take long for no reason of its own.
"""


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
    seconds : float
        How long it has taken to step, without all that is ours.
    """

    def __init__(self, loop: Loop, store: Store, mode: str, *, write: bool) -> None:
        self._loop, self._store, self._write = loop, store, write
        self._undecided = mode == "auto"
        self.independent = mode == "independent"
        self._found = False
        self._first: tuple[str, str, str] | None = None
        self._since = 0.0
        self._quickest = float("inf")
        self.seconds = 0.0
        self._listening = contextlib.ExitStack()
        self._speaks = False

    def close(self) -> None:
        """The last frame has been stepped."""
        self._listening.close()

    def begin(self) -> None:
        """A frame is about to be stepped."""
        self._since = time.perf_counter()

    def end(self) -> None:
        """It has been."""
        seconds = time.perf_counter() - self._since
        self._quickest = min(self._quickest, seconds)
        self.seconds += seconds

    @property
    def is_slow(self) -> bool:
        """Whether each frame was slow to step so far."""
        return self._quickest >= SLOW

    def look(self, k: int) -> None:
        """Decide, when some frames have been stepped."""
        if not self._undecided or k not in (0, LOOKED_AT):
            return
        if k == 0:
            self._first = self._state(k)
            for stream in (sys.stdout, sys.stderr):
                self._listening.enter_context(self._heard(stream))
            return
        self._undecided = False
        self._listening.close()
        if self._speaks or self._first is None or not self.is_slow or self._state(k) != self._first:
            return
        self.independent = self._found = self._store.read(KIND, self._key()) is None

    @contextlib.contextmanager
    def _heard(self, stream: Any) -> Iterator[None]:
        """Note whether anything is written to *stream*."""
        write = getattr(stream, "write", None)
        if write is None:  # there is nothing to write to
            yield
            return

        def noted(text: str) -> Any:
            self._speaks = True
            return write(text)

        if "write" in getattr(stream, "__dict__", {"write": None}):  # it cannot be listened to, or somebody does
            self._speaks = True
            yield
            return
        stream.write = noted
        try:
            yield
        finally:
            del stream.write

    def refused(self) -> None:
        """The fast way has failed; do not try it so again."""
        if self._found and self._write:
            self._store.write(KIND, self._key(), {"stepping": "sequential"})

    def _state(self, k: int) -> tuple[str, str, str] | None:
        """Return what a frame may leave to the next: captured, in generators, in settings; None if it has no digest."""
        try:
            captured = self._loop.captures.digest(k)
        except Unknown:
            return None
        around = dict(os.environ), sorted(dict.items(mpl.rcParams))
        return captured, repr(sorted(generators().items())), repr(around)

    def _key(self) -> str:
        place, captured = place_digest(str(self._loop.target.path)), self._first[0] if self._first else ""
        return Digest("stepping").add("movie", place).add("captured", captured).hexdigest()
