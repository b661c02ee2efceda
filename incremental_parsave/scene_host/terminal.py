"""Share a terminal with the command: the scene clears the command's progress line before it writes."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Any, TextIO

from ..tracing import audit

_CLEAR_LINE = "\r\x1b[2K"


class ClearingStream:
    """A terminal stream that clears each line before it begins to write there."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._at_line_start = True

    def write(self, text: str) -> int:
        """Write *text*; return its length."""
        if text and self._at_line_start:
            self._stream.write(_CLEAR_LINE)
        if text:
            self._at_line_start = text.endswith("\n")
        return self._stream.write(text)

    def writelines(self, lines: list[str]) -> None:
        """Write all *lines*."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextlib.contextmanager
def shared_terminal(asking: Callable[[bool], None]) -> Iterator[None]:
    """Share the terminal inside the with block; call *asking* when the scene starts or stops waiting for input."""

    def on_event(event: str, args: tuple[Any, ...]) -> None:
        if event in audit.INPUT:
            asking(event == "builtins.input")

    streams = sys.stdout, sys.stderr
    for name, stream in zip(("stdout", "stderr"), streams, strict=True):
        if stream is not None and stream.isatty():
            setattr(sys, name, ClearingStream(stream))
    try:
        with audit.listening(on_event):
            yield
    finally:
        sys.stdout, sys.stderr = streams
