"""Starts a scene process, and yields what it says."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import sys
import time
from collections.abc import Iterator

from ..errors import IparsaveError
from ..processes import programs
from ..protocol.lines import Lines, to_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..protocol.events import Event
    from ..protocol.messages import Config

_GRACE_SECONDS = 10.0
_LAST = 1.0  # seconds within which one that was killed has gone
_UNHEARD = 3.0  # seconds of silence, after which a scene is taken not to know of the interrupt
_AGAIN = 1.0  # seconds after which one that goes on is interrupted again
_TICK = 0.05
_FILES = 24  # with which builds were seen to get by, however many workers they have


class SceneProcess:
    """A running scene.

    Parameters
    ----------
    config : Config
        But for ``events`` and ``lifeline``.
    environment : dict
        Its variables.
    quiet_output : bool
        Send what the scene prints to standard error, because standard output
        is spoken for.
    """

    def __init__(self, config: Config, environment: dict[str, str], *, quiet_output: bool) -> None:
        _see_that_files_can_be_opened()
        self._events, sending = os.pipe()
        lifeline, self._alive = os.pipe()
        command = [
            sys.executable,
            "-P",
            "-m",
            "incremental_parsave.scene_host.child_main",
            to_line({**config, "events": sending, "lifeline": lifeline}).decode(),
        ]
        self._process = programs.start(
            command, env=environment, pass_fds=[sending, lifeline], stdout=sys.stderr if quiet_output else None
        )
        os.close(sending)
        os.close(lifeline)

    def events(self, tick: float) -> Iterator[Event | None]:
        """Yield what the scene says, and None after each *tick* seconds of silence, until it ends."""
        received = Lines()
        with selectors.DefaultSelector() as selector:
            selector.register(self._events, selectors.EVENT_READ)
            while True:
                if not selector.select(tick):
                    yield None
                    continue
                chunk = os.read(self._events, 1 << 16)
                if not chunk:
                    return
                yield from received.feed(chunk)

    def status(self) -> int:
        """Wait for the end; return the exit status, negative for a signal."""
        return self._process.wait()

    def close(self) -> None:
        """End all that is left of the scene, whoever hangs on its lifeline, and wait until it is gone."""
        if self._alive < 0:
            return
        os.close(self._alive)
        self._alive = -1
        self._process.wait()
        with selectors.DefaultSelector() as selector:
            selector.register(self._events, selectors.EVENT_READ)
            while selector.select(_LAST) and os.read(self._events, 1 << 16):
                pass

    def stop(self, *, told: bool) -> None:
        """Wait for a scene that is interrupted; end it if it does not end by itself.

        An interrupt is lost if it comes while garbage is collected: a scene that goes on with its
        work, and tells of it, is interrupted again.  So is one that seems not to have been, for Ctrl-C
        reaches it from the terminal.

        Parameters
        ----------
        told : bool
            Tell it at once.
        """
        if told:
            self._process.send_signal(signal.SIGTERM)
        interrupted = since = time.monotonic()
        while True:
            with contextlib.suppress(programs.Waited):
                self._process.wait(_TICK)
                return
            now = time.monotonic()
            goes_on = self._has_said_more() and now - interrupted > _AGAIN
            if goes_on or (not told and now - since > _UNHEARD):
                self._process.send_signal(signal.SIGTERM)
                interrupted, told = now, True
            if now - since > _GRACE_SECONDS:
                self._process.kill()
                return

    def _has_said_more(self) -> bool:
        """Whether there are events that nobody has read; read them, since nobody will."""
        found = False
        with selectors.DefaultSelector() as selector:
            selector.register(self._events, selectors.EVENT_READ)
            while selector.select(0) and os.read(self._events, 1 << 16):
                found = True
        return found


def _see_that_files_can_be_opened() -> None:
    """Raise the limit of open files, where that may be done, to what a build gets by with.

    Raises
    ------
    IparsaveError
        If it may not.
    """
    try:
        import resource
    except ImportError:  # no such system
        return
    limit, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit == resource.RLIM_INFINITY or limit >= _FILES:
        return
    if most != resource.RLIM_INFINITY and most < _FILES:
        raise IparsaveError(
            f"the limit of open files is {most}, but a build needs {_FILES}",
            "raise the limit: ulimit -n 1024",
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (_FILES, most))
