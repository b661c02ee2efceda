"""Write and read messages, one JSON object per line.  Only this module does so."""

from __future__ import annotations

import json
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def to_line(message: Mapping[str, Any]) -> bytes:
    """Return *message* as one line of JSON."""
    return json.dumps(message, default=str).encode() + b"\n"


def write(descriptor: int, message: Mapping[str, Any]) -> None:
    """Write all of *message* to a pipe.

    A line of less than ``PIPE_BUF`` bytes is written in one piece, so several processes can share the pipe.
    """
    line = to_line(message)
    while line:
        line = line[os.write(descriptor, line) :]


class Lines:
    """Puts messages together from chunks of a stream."""

    def __init__(self) -> None:
        self._begun = b""

    def feed(self, chunk: bytes) -> list[Any]:
        """Return the messages that *chunk* completes."""
        *lines, self._begun = (self._begun + chunk).split(b"\n")
        return [json.loads(line) for line in lines]


def read_all(text: bytes) -> list[Any]:
    """Return the messages in *text*, all of which must be complete.

    Raises
    ------
    ValueError
        If a message is incomplete.
    """
    return [json.loads(line) for line in text.splitlines()]
