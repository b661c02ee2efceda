"""Send the events of a build to the command."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ..protocol import lines
from . import own

if TYPE_CHECKING:
    from ..protocol.messages import Message

_log = logging.getLogger("incremental_parsave")


class Reporter:
    """Sends events.

    Parameters
    ----------
    descriptor : int or None
        Where to write the events, one per line.  If None, as in a plain script, no
        process listens: then only warnings are reported, through logging.
    """

    def __init__(self, descriptor: int | None = None) -> None:
        self._descriptor = descriptor if descriptor is None else own.keep(descriptor)
        own.in_script_children(self.hang_up)

    @property
    def has_listener(self) -> bool:
        """Whether another process listens."""
        return self._descriptor is not None

    def emit(self, message: Message) -> None:
        """Send one event."""
        if self._descriptor is None:
            return
        try:
            lines.write(self._descriptor, message)
        except BrokenPipeError:
            self._descriptor = None

    def hang_up(self) -> None:
        """Send nothing more from this process."""
        if self._descriptor is not None:
            own.close(self._descriptor)
            self._descriptor = None

    def call(self, descriptor: int) -> None:
        """Send events to *descriptor* from now on."""
        self._descriptor = own.keep(descriptor)

    def warn(self, text: str) -> None:
        """Report one line that the user should read."""
        if self._descriptor is None:
            _log.warning("%s", text)
        else:
            self.emit({"event": "warning", "text": text})
