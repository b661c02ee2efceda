"""The canonical encoding of digests: each piece is tagged and length-prefixed, then hashed."""

from __future__ import annotations

import xxhash


class Unknown(Exception):
    """Raised when something cannot be digested by content; the build then falls back to its next question."""


class Digest:
    """A digest that is computed piece by piece.

    Each piece is hashed together with its tag and length, so two different
    sequences of pieces never give the same bytes: ``("ab", "c")`` differs from
    ``("a", "bc")``, and ``1`` from ``"1"``.
    """

    def __init__(self, purpose: str) -> None:
        self._state = xxhash.xxh3_128()
        self.add("purpose", purpose)

    def add(self, tag: str, payload: bytes | str | int = b"") -> Digest:
        """Add one tagged piece and return self."""
        if isinstance(payload, int):
            payload = str(payload)
        if isinstance(payload, str):
            payload = payload.encode("utf-8", "surrogatepass")
        self._state.update(f"{tag}:{len(payload)}:".encode())
        self._state.update(payload)
        return self

    def add_raw(self, payload: memoryview) -> None:
        """Add the bytes of a buffer; the caller has already added its length and meaning."""
        self._state.update(payload)

    def digest(self) -> bytes:
        """Return the digest of all pieces added so far, as 16 bytes."""
        return self._state.digest()

    def hexdigest(self) -> str:
        """Return the digest of all pieces added so far, in hexadecimal."""
        return self._state.hexdigest()
