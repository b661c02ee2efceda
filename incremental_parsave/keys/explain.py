"""The inputs of a cache key, one line each, so that a build can explain what has changed.

The key functions write these lines themselves, to an optional sink.  An
explanation can therefore never differ from what the key contains.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .files import ABSENT, STAT_ONLY

TIME_BASE, TRIAL = "time base", "encoder output"
USED = "used"
"""Line text for a random generator that was used."""

_MOST_ROWS = 1024
_NEW, _GONE = "is new", "is gone"
_FOLLOWS = frozenset({TRIAL, TIME_BASE})  # derived settings: reported only if no other setting has changed


class Line(NamedTuple):
    """One named input of a key.

    Attributes
    ----------
    digest : str
        Digest of the input itself.  Values that it reaches by name have lines of their own
        and are excluded.
    text : str
        Description for people: the value if it is short, otherwise its type and size, or empty.
    rows : tuple of str
        For an array, short digests of its rows or of equal runs of rows.
    """

    digest: str
    text: str
    rows: tuple[str, ...] = ()


class Lines(dict[str, Line]):
    """The lines of one key by label, in the order in which the key function added them."""

    def note(self, label: str, digest: str, text: str = "", rows: tuple[str, ...] = ()) -> None:
        """Add a line under *label*."""
        self[label] = Line(digest, text, rows)

    def to_json(self) -> dict[str, Any]:
        """Return the lines in a form that JSON can represent."""
        return {label: [line.digest, line.text, "".join(line.rows)] for label, line in self.items()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Lines:
        """Restore lines from the result of `to_json`."""
        lines = cls()
        for label, (digest, text, rows) in data.items():
            lines.note(label, digest, text, tuple(rows[i : i + 8] for i in range(0, len(rows), 8)))
        return lines


@dataclass
class Sections:
    """The lines of all inputs of a movie, in four groups.

    Attributes
    ----------
    settings : Lines
        Arguments, options, versions.
    sources : Lines
        The top-level statements of the script and its local modules.
    reads : Lines
        Everything else that was read before the first block.
    state : Lines
        The values that the user's functions captured and the states of the random generators,
        at the first block.
    unknown : str
        Why the key, and with it the list of lines, is incomplete; empty if it is complete.
    """

    settings: Lines = field(default_factory=Lines)
    sources: Lines = field(default_factory=Lines)
    reads: Lines = field(default_factory=Lines)
    state: Lines = field(default_factory=Lines)
    unknown: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the sections in a form that JSON can represent."""
        return {"unknown": self.unknown, **{name: getattr(self, name).to_json() for name in _SECTIONS}}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Sections:
        """Restore sections from the result of `to_json`."""
        return cls(unknown=data["unknown"], **{name: Lines.from_json(data[name]) for name in _SECTIONS})


_SECTIONS = ("settings", "sources", "reads", "state")


def compare(before: Mapping[str, Line], now: Mapping[str, Line], new: str = _NEW, gone: str = _GONE) -> dict[str, str]:
    """Return a description of each difference, worded as the rest of a sentence that begins with its label.

    Parameters
    ----------
    before, now : mapping of str to Line
    new, gone : str
        Descriptions for labels that only *now* or only *before* contains.  In *new*, the text
        of the line replaces ``{}``.  If a description is empty, such labels are left out.
    """
    found = {}
    for label, line in now.items():
        old = before.get(label)
        if old is None:
            found[label] = new.format(line.text)
        elif old.digest != line.digest and _are_comparable(old, line):
            found[label] = _difference(old, line)
    found.update((label, gone) for label in before if label not in now)
    return {label: rest for label, rest in found.items() if rest}


def _are_comparable(old: Line, new: Line) -> bool:
    """Whether both lines describe the same property of an input.

    The line of a file may describe its content in one build, but only its kind and
    size in the other, because there the content was read before this block.
    """
    return (old.text == STAT_ONLY) == (new.text == STAT_ONLY) or ABSENT in (old.digest, new.digest)


def differences(before: Sections, now: Sections) -> dict[str, str]:
    """Return a description of each difference by label, without those that merely follow from another one."""
    if not (before.sources and now.sources):
        return {}  # one of the builds did not record its inputs
    sources = compare(before.sources, now.sources)
    settings = compare(before.settings, now.settings, new="{} is new")
    if settings.keys() - _FOLLOWS:
        settings = {label: rest for label, rest in settings.items() if label not in _FOLLOWS}
    if "matplotlib" in settings:
        settings = {label: rest for label, rest in settings.items() if not label.startswith("rcParams[")}
    reads = compare(before.reads, now.reads, "", "")
    if not (sources or settings or reads):
        reads = compare(before.reads, now.reads, "was not read before", "is no longer read")
    whole = not (sources or before.unknown or now.unknown)
    older, newer = ({k: v for k, v in lines.items() if v.text != "module"} for lines in (before.state, now.state))
    state = compare(older, newer, _NEW if whole else "", _GONE if whole else "")
    sources, state = without_duplicates(sources, state)
    return {**sources, **settings, **reads, **state}


def without_duplicates(sources: dict[str, str], state: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Remove duplicates between differences in top-level statements and in captured values.

    A changed function or short value is reported by its statement.  A changed
    array is reported by its value, which says more.
    """
    statement = {label.partition("`")[2].rstrip("`"): label for label in sources}
    sources, kept = dict(sources), {}
    for label, rest in state.items():
        name = label.strip("`")
        twin = statement.get(name) or statement.get(name.partition(".")[2])
        if twin is None:
            kept[label] = rest
        elif "(" in rest:
            kept[label] = rest
            sources.pop(twin, None)
    return sources, kept


def runs(rows: int) -> list[tuple[int, int]]:
    """Return the bounds ``(start, stop)`` of each run of rows that gets a digest."""
    count = min(rows, _MOST_ROWS)
    return [(i * rows // count, (i + 1) * rows // count) for i in range(count)]


def _difference(old: Line, new: Line) -> str:
    if ABSENT in (old.digest, new.digest):
        return "appeared" if old.digest == ABSENT else "is gone"
    if old.text != new.text and old.text and new.text:
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
