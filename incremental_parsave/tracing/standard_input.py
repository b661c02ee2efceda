"""A stand-in for ``sys.stdin`` that reports reads, because these raise no audit event."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Any, TextIO, cast

_listeners: list[Callable[[], None]] = []


class _ReportingInput:
    """Stand-in for a stream, which calls the listeners whenever it is read.

    An iterator over it does so too, even if it was made before a listener was added.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    def _notify(self) -> None:
        for listener in tuple(_listeners):
            listener()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("read") or name == "buffer":
            self._notify()
        return getattr(self._stream, name)

    def __iter__(self) -> _ReportingInput:
        return self

    def __next__(self) -> str:
        self._notify()
        if self._stream is None:
            raise StopIteration
        return next(self._stream)


def listen_to_input(listener: Callable[[], None]) -> None:
    """Call *listener* whenever ``sys.stdin`` is read, from now on."""
    if not isinstance(sys.stdin, _ReportingInput):
        sys.stdin = cast(TextIO, _ReportingInput(sys.stdin))
    _listeners.append(listener)


@contextlib.contextmanager
def watching_input(listener: Callable[[], None]) -> Iterator[None]:
    """Call *listener* whenever ``sys.stdin`` is read, inside the with block."""
    before = sys.stdin
    listen_to_input(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
        sys.stdin = before
