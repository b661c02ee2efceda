"""Records: small JSON documents that can tell whether they are whole."""

from __future__ import annotations

import json
from typing import Any

import xxhash

from ..model import FORMAT


def pack(body: dict[str, Any]) -> bytes:
    """Return the bytes of a record: a checksum line, then the body."""
    text = json.dumps({"format": FORMAT, **body}, separators=(",", ":"), sort_keys=True).encode()
    return xxhash.xxh3_128_hexdigest(text).encode() + b"\n" + text


def unpack(data: bytes) -> dict[str, Any] | None:
    """Return the body of a record, or None if it is damaged, foreign or of another version."""
    checksum, _, text = data.partition(b"\n")
    if xxhash.xxh3_128_hexdigest(text).encode() != checksum:
        return None
    body = json.loads(text)
    if not isinstance(body, dict) or body.pop("format", None) != FORMAT:
        return None
    return body
