"""What keys were made of, line by line, for telling what has changed.

The lines come from the key functions themselves, each given a second sink:
what is said of a thing can so never differ from what its key holds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .files import ABSENT, LOOKED_AT

TRIAL = "what the encoder makes of a trial"
USED = "used"
"""Text of a random generator that was used."""

_MOST_ROWS = 1024
_NEW, _GONE = "is new", "is gone"
_FOLLOWS = frozenset({TRIAL, "ticks a second"})  # from other settings, if those have changed


class Line(NamedTuple):
    """What is known of one named thing.

    Attributes
    ----------
    digest : str
        Of what is its own: what it reaches by name has a line too, and is left out.
    text : str
        For people: the value if it is short, else its kind and size, or nothing.
    rows : tuple of str
        Of an array: short digests of its rows, or of equal runs of them.
    """

    digest: str
    text: str
    rows: tuple[str, ...] = ()


class Lines(dict[str, Line]):
    """The lines of one key by their labels, in the order in which the key function came to them."""

    def note(self, label: str, digest: str, text: str = "", rows: tuple[str, ...] = ()) -> None:
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


@dataclass
class Sections:
    """All lines of what a movie is made of.

    Attributes
    ----------
    settings : Lines
        Arguments, options, versions.
    sources : Lines
        The top-level statements of the scene's own modules.
    reads : Lines
        What else was read before the first block.
    state : Lines
        What the functions captured, and the states of the generators, at the first block.
    unknown : str
        Why they end before the end of the key; empty if they do not.
    """

    settings: Lines = field(default_factory=Lines)
    sources: Lines = field(default_factory=Lines)
    reads: Lines = field(default_factory=Lines)
    state: Lines = field(default_factory=Lines)
    unknown: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return {"unknown": self.unknown, **{name: getattr(self, name).to_json() for name in _SECTIONS}}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Sections:
        """Return what `to_json` was given."""
        return cls(unknown=data["unknown"], **{name: Lines.from_json(data[name]) for name in _SECTIONS})


_SECTIONS = ("settings", "sources", "reads", "state")


def compare(before: Mapping[str, Line], now: Mapping[str, Line], new: str = _NEW, gone: str = _GONE) -> dict[str, str]:
    """Return what is different, as the rest of a sentence that begins with the label.

    Parameters
    ----------
    before, now : mapping of str to Line
    new, gone : str
        What is said of labels that stand in one alone, with the text in place
        of ``{}``; if empty, nothing.
    """
    said = {}
    for label, line in now.items():
        old = before.get(label)
        if old is None:
            said[label] = new.format(line.text)
        elif old.digest != line.digest and _are_comparable(old, line):
            said[label] = _difference(old, line)
    said.update((label, gone) for label in before if label not in now)
    return {label: rest for label, rest in said.items() if rest}


def _are_comparable(old: Line, new: Line) -> bool:
    """Whether both tell of the same: of a file, a block may have its content or, read before, its kind and size."""
    return (old.text == LOOKED_AT) == (new.text == LOOKED_AT) or ABSENT in (old.digest, new.digest)


def differences(before: Sections, now: Sections) -> dict[str, str]:
    """Return what is different, by label, without what only follows from something else that is."""
    if not (before.sources and now.sources):
        return {}  # built from a plain script, where little is known
    sources = compare(before.sources, now.sources)
    settings = compare(before.settings, now.settings, new="{} is new")
    if settings.keys() - _FOLLOWS:
        settings = {label: rest for label, rest in settings.items() if label not in _FOLLOWS}
    if "matplotlib" in settings:
        settings = {label: rest for label, rest in settings.items() if not label.startswith("rcParams[")}
    reads = compare(before.reads, now.reads, "", "")
    if not (sources or settings or reads):
        reads = compare(before.reads, now.reads, "was not read before", "is not read any more")
    whole = not (sources or before.unknown or now.unknown)
    older, newer = ({k: v for k, v in lines.items() if v.text != "module"} for lines in (before.state, now.state))
    state = compare(older, newer, _NEW if whole else "", _GONE if whole else "")
    sources, state = without_twins(sources, state)
    return {**sources, **settings, **reads, **state}


def without_twins(sources: dict[str, str], state: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return differences in top-level statements and in captured values, each thing once.

    Of a function or a short value the statement says it; of an array the value
    says more.
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
    """Return the first row of each run of rows that has a digest, and the one after its last."""
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
