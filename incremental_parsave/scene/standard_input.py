"""Standard input that tells when somebody goes to read it: reading it raises no audit event."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Any, TextIO, cast


class _TellingInput:
    def __init__(self, stream: TextIO | None, told: Callable[[], None]) -> None:
        self._stream, self._told = stream, told

    def __getattr__(self, name: str) -> Any:
        if name.startswith("read") or name == "buffer":
            self._told()
        return getattr(self._stream, name)

    def __iter__(self) -> Iterator[str]:
        self._told()
        return iter(self._stream or ())

    def __next__(self) -> str:
        return next(iter(self))


@contextlib.contextmanager
def watching_input(told: Callable[[], None]) -> Iterator[None]:
    """Call *told* whenever somebody goes to read ``sys.stdin`` within."""
    stdin, sys.stdin = sys.stdin, cast(TextIO, _TellingInput(sys.stdin, told))
    try:
        yield
    finally:
        sys.stdin = stdin
