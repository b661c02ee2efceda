"""What a build says while it runs: one JSON object a line, to whoever listens."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import Any

from .. import own
from ..model import Outcome

_log = logging.getLogger("incremental_parsave")


class Reporter:
    """Sends events.

    Parameters
    ----------
    descriptor : int or None
        Where to write lines; None where nobody listens, as in a plain script:
        then only what the user must hear is said, through logging.

    Notes
    -----
    A line of less than ``PIPE_BUF`` bytes is written whole, so workers share
    the pipe with the process that forked them.
    """

    def __init__(self, descriptor: int | None = None) -> None:
        self._descriptor = descriptor if descriptor is None else own.keep(descriptor)
        own.in_strangers(self.hang_up)

    @property
    def is_heard(self) -> bool:
        """Whether anybody listens."""
        return self._descriptor is not None

    def emit(self, event: str, **fields: Any) -> None:
        """Send one event."""
        if self._descriptor is None:
            return
        line = json.dumps({"event": event, **fields}, default=str).encode() + b"\n"
        try:
            while line:
                line = line[os.write(self._descriptor, line) :]
        except BrokenPipeError:
            self._descriptor = None

    def hang_up(self) -> None:
        """Send no more from this process."""
        if self._descriptor is not None:
            own.close(self._descriptor)
            self._descriptor = None

    def call(self, descriptor: int) -> None:
        """Send to *descriptor* from now on."""
        self._descriptor = own.keep(descriptor)

    def block(self, movie: Path, outcome: Outcome, **more: Any) -> None:
        """Say what became of a block, and *more* of it."""
        self.emit(
            "block",
            output=str(movie),
            block=outcome.block.index,
            frames=[outcome.block.start, outcome.block.stop],
            reason=outcome.reason.value,
            rendered=not outcome.reason.reused,
            **more,
        )

    def warn(self, text: str) -> None:
        """Say one line that the user should read."""
        if self._descriptor is None:
            _log.warning("%s", text)
        else:
            self.emit("warning", text=text)
