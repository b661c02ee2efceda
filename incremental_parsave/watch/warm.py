"""A scene that is kept warm: its processes, asleep between two statements of the script.

See `sleeping` and `resuming` for the other side.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import secrets
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..keys.files import Signature
from ..statements import common, split

Event = dict[str, Any]

_MOST_COPIES = 6
_MOST_BYTES = 1 << 31  # of memory that the copies have to themselves
_GRACE = 3.0  # seconds that a run has to end by itself


@dataclass
class Copy:
    """A sleeping process.

    Attributes
    ----------
    connection : socket
    pid : int
    digests : list of str
        Of the statements that it has run.
    seconds : float
        How long it took since the copy before.
    """

    connection: socket.socket
    pid: int = 0
    digests: list[str] = field(default_factory=list)
    seconds: float = 0.0
    received: bytes = b""


class WarmScene:
    """Runs one script again and again.

    Parameters
    ----------
    environment : dict
        The variables of its processes.
    selector : selectors.BaseSelector
        The data of a key is a callable without arguments, to be called when its file is ready.
    heard : callable
        Told each event of a run; None when it is over.
    printed : callable
        Told what the scene prints, as bytes.
    """

    def __init__(
        self,
        environment: dict[str, str],
        selector: selectors.BaseSelector,
        heard: Callable[[Event | None], None],
        printed: Callable[[bytes], None],
    ) -> None:
        self._environment, self._selector = environment, selector
        self._heard, self._printed = heard, printed
        self._address = f"iparsave-{secrets.token_hex(16)}"
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind("\0" + self._address)
        self._listening.listen()
        selector.register(self._listening, selectors.EVENT_READ, self._meet)
        self._base: subprocess.Popen[bytes] | None = None
        self._is_starting = False
        self._output = -1
        self._copies: list[Copy] = []
        self._orders: tuple[dict[str, Any], list[str]] | None = None  # not given yet
        self._asked: Copy | None = None
        self._events, self._received, self._runner = -1, b"", 0
        self._stopping_since: float | None = None
        self.resumed_at = 0  # statements that the last run did not run again

    @property
    def is_running(self) -> bool:
        """Whether a run has begun, or is about to, and is not over."""
        return self._events >= 0 or self._orders is not None

    # -- running ----------------------------------------------------------

    def run(self, config: dict[str, Any], source: bytes, signed: Signature | None) -> None:
        """Run the script, from the last statement before which nothing has changed.

        Parameters
        ----------
        config : dict
            Fields of the scene process's `Config`.
        source : bytes
            Of the script.
        signed : tuple of int or None
            The signature of its file before it was read.
        """
        assert not self.is_running
        try:
            digests = [statement.digest for statement in split(source)]
        except (SyntaxError, ValueError):
            digests = []  # the scene process says what is wrong with it
        text = base64.b64encode(source).decode("ascii")
        self._orders = {"config": config, "source": text, "signature": signed}, digests
        for copy in [copy for copy in self._copies if common(copy.digests, digests) < len(copy.digests)]:
            if digests:
                self._drop(copy)
        self._wake()

    def _wake(self) -> None:
        """Ask the copy that has come farthest to go on."""
        assert self._orders is not None
        orders, digests = self._orders
        fitting = [copy for copy in self._copies if digests or not copy.digests]
        if not fitting:
            if not self._is_starting:
                self.restart()
                self._start()
            return
        copy = max(fitting, key=lambda each: len(each.digests))
        receiving, sending = os.pipe()
        os.set_blocking(receiving, False)
        try:
            socket.send_fds(copy.connection, [b"{"], [sending])
            copy.connection.sendall(json.dumps(orders).encode()[1:] + b"\n")
        except OSError:
            os.close(receiving)
            os.close(sending)
            self._drop(copy)
            self._wake()
            return
        os.close(sending)
        self._asked, self._events, self._received = copy, receiving, b""

    def _start(self) -> None:
        """Start a process that has imported what every scene needs."""
        receiving, sending = os.pipe()
        assert self._orders is not None
        config = json.dumps({**self._orders[0]["config"], "events": None, "copies": self._address})
        command = [sys.executable, "-P", "-u", "-m", "incremental_parsave.host_process", config]
        self._base = subprocess.Popen(
            command,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=sending,
            stderr=sending,
            start_new_session=True,  # Ctrl-C is for us
        )
        os.close(sending)
        self._is_starting = True
        self._output = receiving
        self._selector.register(receiving, selectors.EVENT_READ, self._hear_output)

    def _meet(self) -> None:
        """Take in a process that has fallen asleep."""
        connection, _ = self._listening.accept()
        credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        if int.from_bytes(credentials[4:8], sys.byteorder) != os.getuid():
            connection.close()
            return
        copy = Copy(connection)
        self._selector.register(connection, selectors.EVENT_READ, lambda: self._hear_copy(copy))

    def _hear_copy(self, copy: Copy) -> None:
        try:
            chunk = copy.connection.recv(1 << 16)
        except OSError:
            chunk = b""
        if not chunk:
            self._lose(copy)
            return
        *lines, copy.received = (copy.received + chunk).split(b"\n")
        for line in lines:
            message = json.loads(line)
            if "digests" in message:
                copy.pid, copy.digests, copy.seconds = message["pid"], message["digests"], message["seconds"]
                self._copies.append(copy)
                self._is_starting = False
                self._bound()
                if self._orders is not None and self._asked is None:
                    self._wake()
            elif copy is self._asked:
                self._asked = None
                if message["stale"]:
                    self._drop(copy)
                    self._close_events()
                    self._wake_or_stop()
                elif self._orders is not None:
                    self._orders, self.resumed_at = None, len(copy.digests)
                    self._selector.register(self._events, selectors.EVENT_READ, self._hear_run)

    def _lose(self, copy: Copy) -> None:
        """A copy has ended by itself."""
        self._drop(copy)
        if copy is self._asked:
            self._asked = None
            self._close_events()
            self._wake_or_stop()

    def _wake_or_stop(self) -> None:
        """Ask the next copy, unless the run has been stopped meanwhile."""
        if self._stopping_since is not None:
            self._orders = self._stopping_since = None
            self._heard(None)
        elif self._orders is not None:
            self._wake()

    def _close_events(self) -> None:
        if self._events >= 0:
            os.close(self._events)
        self._events = -1

    def _hear_run(self) -> None:
        """Hear what the run says."""
        chunk = os.read(self._events, 1 << 16)
        if not chunk:
            self._selector.unregister(self._events)
            self._close_events()
            self._runner, self._stopping_since = 0, None
            self._hear_output()
            self._heard(None)
            return
        *lines, self._received = (self._received + chunk).split(b"\n")
        for line in lines:
            event = json.loads(line)
            if event["event"] != "running":
                self._heard(event)
                continue
            self._runner = event["pid"]
            if self._stopping_since is not None:
                self._interrupt()

    def _hear_output(self) -> None:
        """Pass on what the scene has printed."""
        os.set_blocking(self._output, False)
        with contextlib.suppress(BlockingIOError):
            while chunk := os.read(self._output, 1 << 16):
                self._printed(chunk)
            failed = self._is_starting and self._orders is not None
            self._end_base()
            if failed:
                self._orders = None
                self._heard({"event": "failed", "text": "iparsave: the process of the scene ended before it began\n"})
                self._heard(None)

    # -- ending -----------------------------------------------------------

    def stop(self) -> None:
        """Have the run end soon; what it has finished is kept."""
        if self._events < 0:
            self._orders = None
        elif self._stopping_since is None:
            self._stopping_since = time.monotonic()
            self._interrupt()

    def tick(self) -> None:
        """End a run that does not end by itself; to be called now and then."""
        if self._stopping_since is not None and time.monotonic() - self._stopping_since > _GRACE:
            _kill_with_children(self._runner)
            self._stopping_since = time.monotonic()

    def _interrupt(self) -> None:
        if self._runner:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._runner, signal.SIGINT)

    def forget(self) -> None:
        """Let the next run begin with the first statement."""
        for copy in [copy for copy in self._copies if copy.digests]:
            self._drop(copy)

    def restart(self) -> None:
        """Let go of all processes: what they have imported is outdated."""
        for copy in list(self._copies):
            self._drop(copy)
        self._end_base()

    def _end_base(self) -> None:
        if self._base is None:
            return
        self._selector.unregister(self._output)
        os.close(self._output)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._base.pid, signal.SIGKILL)
        self._base.wait()
        self._base, self._output, self._is_starting = None, -1, False

    def close(self) -> None:
        """End everything."""
        if self._runner:
            self.stop()
            until = time.monotonic() + _GRACE
            while self._events >= 0 and time.monotonic() < until:
                for key, _ in self._selector.select(0.05):
                    if key.data == self._hear_run:
                        self._hear_run()
            if self._events >= 0:
                _kill_with_children(self._runner)
        self._orders = None
        self.restart()
        self._selector.unregister(self._listening)
        self._listening.close()

    # -- bounds -----------------------------------------------------------

    def _bound(self) -> None:
        """Let go of copies that save the least time, while there are too many or they take too much memory."""
        while len(self._copies) > 2 and (
            len(self._copies) > _MOST_COPIES or sum(private_bytes(copy.pid) for copy in self._copies) > _MOST_BYTES
        ):
            in_order = sorted(self._copies, key=lambda copy: len(copy.digests))
            least = min(range(1, len(in_order) - 1), key=lambda i: in_order[i].seconds)
            in_order[least + 1].seconds += in_order[least].seconds
            self._drop(in_order[least])

    def _drop(self, copy: Copy) -> None:
        """Let a copy end."""
        if copy in self._copies:
            self._copies.remove(copy)
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(copy.connection)
        copy.connection.close()


def private_bytes(pid: int) -> int:
    """Return how much memory a process shares with no other; 0 if that cannot be told."""
    try:
        with open(f"/proc/{pid}/smaps_rollup") as file:
            return sum(int(line.split()[1]) * 1024 for line in file if line.startswith("Private_"))
    except OSError:
        return 0


def _kill_with_children(pid: int) -> None:
    """Kill a process and all that it has started, which may stand in process groups of their own."""
    found, waiting = [], [pid]
    while waiting:
        each = waiting.pop()
        found.append(each)
        with contextlib.suppress(OSError), open(f"/proc/{each}/task/{each}/children") as file:
            waiting += map(int, file.read().split())
    for each in found:
        with contextlib.suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)
