"""What a key was made of, line by line, for telling what has changed.

The lines come from the key function itself, `values.Walk`, given a second sink:
what is said of a value can so never differ from what its key holds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

_MOST_ROWS = 1024


class Line(NamedTuple):
    """What is known of one named thing.

    Attributes
    ----------
    digest : str
        Of what is its own: what it reaches by name has a line too, and is left out.
    text : str
        For people: the value if it is short, else its kind and size.
    rows : tuple of str
        Of an array: short digests of its rows, or of equal runs of them.
    """

    digest: str
    text: str
    rows: tuple[str, ...] = ()


class Lines(dict[str, Line]):
    """The lines of one key by their labels, in the order in which the key function came to them."""

    def note(self, label: str, digest: str, text: str, rows: tuple[str, ...] = ()) -> None:
        """Keep a line under *label*."""
        self[label] = Line(digest, text, rows)

    def to_json(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return {label: [line.digest, line.text, "".join(line.rows)] for label, line in self.items()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Lines:
        """Return what `to_json` was given."""
        lines = cls()
        for label, (digest, text, rows) in data.items():
            lines.note(label, digest, text, tuple(rows[i : i + 8] for i in range(0, len(rows), 8)))
        return lines


def compare(before: Mapping[str, Line], now: Mapping[str, Line]) -> list[str]:
    """Return one line of text for each difference."""
    said = []
    for label, line in now.items():
        old = before.get(label)
        if old is None:
            said.append(f"`{label}` is new")
        elif old.digest != line.digest:
            said.append(f"`{label}` {_difference(old, line)}")
    return said + [f"`{label}` is gone" for label in before if label not in now]


def runs(rows: int) -> list[tuple[int, int]]:
    """Return the first row of each run of rows that has a digest, and the one after its last."""
    count = min(rows, _MOST_ROWS)
    return [(i * rows // count, (i + 1) * rows // count) for i in range(count)]


def _difference(old: Line, new: Line) -> str:
    if old.text != new.text:
        arrays = all(line.text.startswith("array ") for line in (old, new))
        return f"changed ({old.text} -> {new.text})" if arrays else f"{old.text} -> {new.text}"
    row = _first_difference(old, new)
    return f"changed ({new.text}, first difference {row})" if row else "changed"


def _first_difference(old: Line, new: Line) -> str:
    shape = re.match(r"array \((\d+),", new.text)
    if shape is None:
        return ""
    for (start, stop), a, b in zip(runs(int(shape[1])), old.rows, new.rows, strict=False):
        if a != b:
            return f"at row {start}" if stop == start + 1 else f"in rows {start} to {stop - 1}"
    return ""
