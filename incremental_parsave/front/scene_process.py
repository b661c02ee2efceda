"""Starts a scene process, and yields what it says."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

Event = dict[str, Any]

_GRACE_SECONDS = 10.0
_AGAIN = 1.0  # seconds after which one that goes on is interrupted again
_TICK = 0.05


class SceneProcess:
    """A running scene.

    Parameters
    ----------
    config : dict
        Fields of `host.Config`, but for ``events``.
    environment : dict
        Its variables.
    quiet_output : bool
        Send what the scene prints to standard error, because standard output
        is spoken for.
    """

    def __init__(self, config: dict[str, Any], environment: dict[str, str], *, quiet_output: bool) -> None:
        self._events, sending = os.pipe()
        lifeline, self._alive = os.pipe()
        command = [
            sys.executable,
            "-P",
            "-m",
            "incremental_parsave.host_process",
            json.dumps({**config, "events": sending, "lifeline": lifeline}),
        ]
        self._process = subprocess.Popen(
            command, env=environment, pass_fds=[sending, lifeline], stdout=sys.stderr if quiet_output else None
        )
        os.close(sending)
        os.close(lifeline)

    def events(self, tick: float) -> Iterator[Event | None]:
        """Yield what the scene says, and None after each *tick* seconds of silence, until it ends."""
        received = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self._events, selectors.EVENT_READ)
            while True:
                if not selector.select(tick):
                    yield None
                    continue
                chunk = os.read(self._events, 1 << 16)
                if not chunk:
                    return
                *lines, received = (received + chunk).split(b"\n")
                for line in lines:
                    yield json.loads(line)

    def status(self) -> int:
        """Wait for the end; return the exit status, negative for a signal."""
        return self._process.wait()

    def close(self) -> None:
        """End all that is left of the scene: whoever hangs on its lifeline."""
        if self._alive >= 0:
            os.close(self._alive)
            self._alive = -1

    def stop(self, *, knows: bool) -> None:
        """Wait for a scene that is interrupted; end it if it does not end by itself.

        An interrupt is lost if it comes while garbage is collected: a scene that goes on with its
        work, and tells of it, is interrupted again.

        Parameters
        ----------
        knows : bool
            Whether the scene was interrupted too, as by Ctrl-C on a terminal; else it is told.
        """
        if not knows:
            self._process.send_signal(signal.SIGTERM)
        interrupted = since = time.monotonic()
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_TICK)
                return
            now = time.monotonic()
            if self._has_said_more() and now - interrupted > _AGAIN:
                self._process.send_signal(signal.SIGTERM)
                interrupted = now
            if now - since > _GRACE_SECONDS:
                self._process.kill()
                self.close()

    def _has_said_more(self) -> bool:
        """Whether there are events that nobody has read; read them, since nobody will."""
        found = False
        with selectors.DefaultSelector() as selector:
            selector.register(self._events, selectors.EVENT_READ)
            while selector.select(0) and os.read(self._events, 1 << 16):
                found = True
        return found
