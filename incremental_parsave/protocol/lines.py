"""The one way in which messages are written and read: a JSON object a line."""

from __future__ import annotations

import json
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def to_line(message: Mapping[str, Any]) -> bytes:
    """Return *message* as a line."""
    return json.dumps(message, default=str).encode() + b"\n"


def write(descriptor: int, message: Mapping[str, Any]) -> None:
    """Write *message* to a pipe, all of it.

    A line of less than ``PIPE_BUF`` bytes is written whole, so that several processes can share the pipe.
    """
    line = to_line(message)
    while line:
        line = line[os.write(descriptor, line) :]


class Lines:
    """Puts lines together from what comes in pieces."""

    def __init__(self) -> None:
        self._begun = b""

    def feed(self, chunk: bytes) -> list[Any]:
        """Return the messages that are whole now that *chunk* has come."""
        *lines, self._begun = (self._begun + chunk).split(b"\n")
        return [json.loads(line) for line in lines]


def read_all(text: bytes) -> list[Any]:
    """Return the messages in *text*, which are all whole.

    Raises
    ------
    ValueError
        If one is not.
    """
    return [json.loads(line) for line in text.splitlines()]
