"""Read environment variables without recording the read."""

from __future__ import annotations

import os


def variable(name: str) -> str | None:
    """Return the value of an environment variable."""
    value = os.environ._data.get(os.environ.encodekey(name))  # type: ignore[attr-defined]
    return None if value is None else os.environ.decodevalue(value)


def variable_names() -> list[str]:
    """Return the names of all environment variables."""
    return [os.environ.decodekey(name) for name in os.environ._data]  # type: ignore[attr-defined]
