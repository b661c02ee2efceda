"""Records: small JSON documents that can tell whether they are whole.

Without pathlib and dataclasses, like all that question 0 needs: it is to cost
little more than the start of Python.
"""

from __future__ import annotations

import json
import os

import xxhash

FORMAT = 6
"""Version of everything that is kept in the store; part of every key."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def place(root: str, kind: str, key: str) -> str:
    """Return where the record of *kind* under *key* is kept in the store at *root*."""
    return f"{root}/{kind}/{key[:2]}/{key[2:]}"


def write(root: str, kind: str, key: str, body: dict[str, Any]) -> None:
    """Keep *body* as the record of *kind* under *key* in the store at *root*, which is there."""
    path, temporary = place(root, kind, key), f"{root}/tmp/{os.getpid()}-{key}"
    with open(temporary, "wb") as file:
        file.write(pack(body))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    os.replace(temporary, path)


def pack(body: dict[str, Any]) -> bytes:
    """Return the bytes of a record: a checksum line, then the body."""
    text = json.dumps({"format": FORMAT, **body}, separators=(",", ":"), sort_keys=True).encode()
    return xxhash.xxh3_128_hexdigest(text).encode() + b"\n" + text


def is_whole(data: bytes) -> bool:
    """Whether the bytes of a record are those that were written, whatever they mean."""
    checksum, _, text = data.partition(b"\n")
    return xxhash.xxh3_128_hexdigest(text).encode() == checksum


def unpack(data: bytes) -> dict[str, Any] | None:
    """Return the body of a record, or None if it is damaged, foreign or of another version."""
    if not is_whole(data):
        return None
    _, _, text = data.partition(b"\n")
    try:
        body = json.loads(text)
    except ValueError:
        return None
    if not isinstance(body, dict) or body.pop("format", None) != FORMAT:
        return None
    return body
