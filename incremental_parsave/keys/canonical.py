"""The canonical encoding: type-tagged, length-prefixed, then digested."""

from __future__ import annotations

import xxhash


class Unknown(Exception):
    """A value has no digest by content; whoever asks must ask the next question."""


class Digest:
    """A digest under construction.

    Every piece enters with a tag and a length, so that no two different
    sequences of pieces give the same bytes: ``("ab", "c")`` is not
    ``("a", "bc")``, and ``1`` is not ``"1"``.
    """

    def __init__(self, purpose: str) -> None:
        self._state = xxhash.xxh3_128()
        self.add("purpose", purpose)

    def add(self, tag: str, payload: bytes | str | int = b"") -> Digest:
        """Add one tagged piece; return self."""
        if isinstance(payload, int):
            payload = str(payload)
        if isinstance(payload, str):
            payload = payload.encode("utf-8", "surrogatepass")
        self._state.update(f"{tag}:{len(payload)}:".encode())
        self._state.update(payload)
        return self

    def add_raw(self, payload: memoryview) -> None:
        """Add the bytes of a buffer whose length and meaning were added before."""
        self._state.update(payload)

    def digest(self) -> bytes:
        """Return the digest of what was added so far, as 16 bytes."""
        return self._state.digest()

    def hexdigest(self) -> str:
        """Return the digest of what was added so far."""
        return self._state.hexdigest()
