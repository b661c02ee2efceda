"""A scene with sleeping copies of its process, from which later runs continue.

The scene process's side is in `processes.sleeping` and `scene_host.resuming`.
"""

from __future__ import annotations

import base64
import os
import secrets
import selectors
import socket
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..keys.files import Signature
from ..keys.statements import split
from ..protocol.lines import to_line
from .asleep import Copy, SleepingCopies
from .run import Scene

if TYPE_CHECKING:
    from ..protocol.events import Event
    from ..protocol.messages import Config, Orders


class WarmScene(Scene):
    """Runs a script from the latest sleeping copy before its first changed statement."""

    def __init__(
        self,
        environment: dict[str, str],
        selector: selectors.BaseSelector,
        handle_event: Callable[[Event | None], None],
        printed: Callable[[bytes], None],
    ) -> None:
        super().__init__(environment, selector, handle_event, printed)
        self._address = f"iparsave-{secrets.token_hex(16)}"
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind("\0" + self._address)
        self._listening.listen()
        selector.register(self._listening, selectors.EVENT_READ, self._accept)
        self._is_starting = False
        self._copies = SleepingCopies(selector)
        self._orders: Orders | None = None  # of a run that no copy has accepted yet
        self._digests: list[str] = []  # of the statements of the current script
        self._asked: tuple[Copy, int] | None = None  # asked to continue; its child's events come from the descriptor

    @property
    def is_running(self) -> bool:  # noqa: D102
        return super().is_running or self._orders is not None or self._asked is not None

    # -- running ----------------------------------------------------------

    def run(self, config: Config, source: bytes, signed: Signature | None) -> None:  # noqa: D102
        assert not self.is_running
        try:
            digests = [statement.digest for statement in split(source)]
        except (SyntaxError, ValueError):
            digests = []  # the scene process will report the error
        text = base64.b64encode(source).decode("ascii")
        self._orders = {"config": config, "source": text, "signature": list(signed) if signed else None}
        self._digests = digests
        self._wake()

    def _wake(self) -> None:
        """Ask the copy that has run most of the script to continue; start a process if no copy fits."""
        assert self._orders is not None
        orders, copy = self._orders, self._copies.farthest(self._digests)
        if copy is None:
            if not self._is_starting:
                self.restart()
                self._start({**orders["config"], "events": None, "copies": self._address})
                self._is_starting = True
            return
        receiving, sending = os.pipe()
        try:
            line = to_line(orders)
            socket.send_fds(copy.connection, [line[:1]], [sending])
            copy.connection.sendall(line[1:])
        except OSError:
            os.close(receiving)
            self._copies.drop(copy)
            self._wake()
        else:
            self._asked = copy, receiving
        finally:
            os.close(sending)

    def _is_asked(self, copy: Copy) -> bool:
        """Return whether *copy* was asked to continue and has not answered yet."""
        return self._asked is not None and self._asked[0] is copy

    def _accept(self) -> None:
        """Accept the connection of a process that has gone to sleep."""
        connection, _ = self._listening.accept()
        credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        if int.from_bytes(credentials[4:8], sys.byteorder) != os.getuid():
            connection.close()
            return
        copy = Copy(connection)
        self._selector.register(connection, selectors.EVENT_READ, lambda: self._on_message(copy))

    def _on_message(self, copy: Copy) -> None:
        try:
            chunk = copy.connection.recv(1 << 16)
        except OSError:
            chunk = b""
        if not chunk:
            if self._is_asked(copy):
                self._on_answer(stale=True)
            else:
                self._copies.drop(copy)
            return
        for message in copy.received.feed(chunk):
            if "digests" in message:
                copy.pid, copy.digests, copy.seconds = message["pid"], message["digests"], message["seconds"]
                self._copies.append(copy)
                self._is_starting = False
                self._copies.bound(self._digests, self._asked[0] if self._asked is not None else None)
                if self._orders is not None and self._asked is None:
                    self._wake()
            elif self._is_asked(copy):
                self._on_answer(stale=bool(message["stale"]))

    def _on_answer(self, *, stale: bool) -> None:
        """Handle the answer of the copy that was asked: it continues, or it is *stale* (outdated or gone)."""
        assert self._asked is not None
        (copy, receiving), self._asked = self._asked, None
        if stale or copy not in self._copies:  # removed by `forget`
            self._copies.drop(copy)
        if not stale:
            self.resumed_at = len(copy.digests)
            self._listen(receiving)
            if self._orders is None:
                super().stop()  # `stop` was called before the answer arrived
            self._orders = None
            return
        os.close(receiving)
        if self._orders is not None:
            self._wake()
        else:
            self._handle_event(None)

    def _has_ended(self) -> None:
        asked, orders, failed = self._asked, self._orders, self._is_starting
        self.restart()
        if failed and orders is not None:
            self._orders = None
            self._handle_event(
                {"event": "failed", "text": "error: the process of the scene ended before the script began\n"}
            )
            self._handle_event(None)
        elif orders is not None:
            self._wake()
        elif asked is not None:
            self._handle_event(None)

    # -- ending -----------------------------------------------------------

    def stop(self) -> None:  # noqa: D102
        self._orders = None
        super().stop()

    def _sleeping(self) -> set[int]:
        return {copy.pid for copy in self._copies}

    def forget(self) -> None:  # noqa: D102
        for copy in [copy for copy in self._copies if copy.digests]:
            if self._is_asked(copy):
                self._copies.remove(copy)  # `_on_answer` will drop it
            else:
                self._copies.drop(copy)

    def restart(self) -> None:  # noqa: D102
        if self._asked is not None:
            (copy, receiving), self._asked = self._asked, None
            os.close(receiving)
            self._copies.drop(copy)
        for copy in list(self._copies):
            self._copies.drop(copy)
        self._end_process()
        self._is_starting = False

    def close(self) -> None:  # noqa: D102
        self._orders = None
        super().close()
        self._selector.unregister(self._listening)
        self._listening.close()
