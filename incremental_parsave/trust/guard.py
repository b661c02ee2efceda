"""Stop user code from actions that go wrong while frames are stepped without being drawn.

Building in parallel steps frames in one process and draws them in others.  Code that
draws, reads pixels, writes files or starts processes would do so at the wrong
time or twice.  The guard stops such code before it acts, and the movie is built
in one process instead.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from types import FunctionType
from typing import Any

from ..drawing.origin import is_library_function
from ..drawing.pixels import watching_pixels
from ..drawing.pristine import MATPLOTLIB
from ..processes import own
from ..tracing import audit
from ..tracing.standard_input import watching_input
from ..tracing.threads import watching_threads


class Refused(BaseException):
    """The movie cannot be built by workers, and must be built in one process.

    Not an `Exception`, so that an ``except Exception`` of the user's cannot swallow it.
    """


class Guard:
    """While armed, refuses actions that make building in parallel unsafe.

    Attributes
    ----------
    refusal : str
        Why an action was refused; empty if none was.  Stored here as well as
        raised, in case the user's code swallows even a BaseException.
    """

    def __init__(self) -> None:
        self.refusal = ""
        self.is_armed = False

    @contextlib.contextmanager
    def installed(self) -> Iterator[None]:
        """Install the guard, disarmed, inside the with block."""
        MATPLOTLIB.note()
        with (
            audit.listening(self._on_event),
            watching_threads(self._on_thread),
            watching_pixels(self._on_draw),
            watching_input(self._on_input),
        ):
            yield

    def arm(self) -> None:
        """Start to refuse actions: the user's code runs next."""
        self.is_armed = True

    def disarm(self) -> None:
        """Stop refusing actions: our own code, or a draw, runs next."""
        self.is_armed = False

    def raise_refusal(self) -> None:
        """Raise the refusal again, in case the user's code swallowed it."""
        if self.refusal:
            raise Refused(self.refusal)

    def look(self) -> None:
        """Raise an earlier refusal again; refuse if the user's code has changed matplotlib itself."""
        self.raise_refusal()
        if changed := MATPLOTLIB.changed():
            self.refuse(f"the animation changes {changed}")

    def refuse(self, why: str) -> None:
        """Give up building in parallel because of *why*."""
        self.refusal = self.refusal or why
        raise Refused(self.refusal)

    def _on_draw(self) -> None:
        if self.is_armed:
            self.refuse("the animation draws or reads pixels")

    def _on_thread(self) -> None:
        if self.is_armed:
            self.refuse("the animation starts a thread")

    def _on_input(self) -> None:
        if self.is_armed:
            self.refuse("the animation reads standard input")

    def _on_event(self, event: str, args: tuple[Any, ...]) -> None:
        if not self.is_armed:
            return
        if event == "open":
            opened = audit.opened(args)
            if opened is not None and opened.reads and _is_read_once(opened.path):
                self.refuse(f"the animation opens {opened.path}, which can be read only once")
            if opened is None or not opened.writes or opened.path.startswith("/dev/") or "__pycache__" in opened.path:
                return
            self.refuse(f"the animation writes {opened.path}")
        elif event in audit.PROCESSES:
            self.refuse("the animation starts a process")
        elif event in audit.SOCKETS:
            self.refuse(f"the animation uses {event}")
        elif event in audit.THREADS:
            self._on_thread()
        elif event in audit.FUNCTIONS:
            if isinstance(args[0], FunctionType) and is_library_function(args[0]):
                self.refuse(f"the animation changes {args[0].__module__}.{args[0].__qualname__}")
        elif event in audit.CHANGES and not audit.by_import_system():
            self.refuse(f"the animation changes files ({event})")


def _is_read_once(path: str) -> bool:
    try:
        return own.is_read_once(os.stat(path))
    except OSError:  # it does not exist
        return False
