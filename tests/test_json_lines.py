"""The output of ``--json`` matches protocol/events.py, and docs/json.md documents every field."""

from __future__ import annotations

import ast
import inspect
import json
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from incremental_parsave.cache import records
from incremental_parsave.protocol import events
from incremental_parsave.protocol.lines import Lines, to_line

from .scenes import LINE, edited
from .space import Space

DOCS = Path(__file__).parent.parent / "docs/json.md"
PRINTED = get_args(events.Printed)
WORDS = {"str": "string", "int": "integer", "float": "number", "bool": "true or false", "NoneType": "null"}


def event_name(kind: Any) -> str:
    """Return the value of its field ``event``."""
    name: str = get_args(get_type_hints(kind)["event"])[0]
    return name


def type_name(hint: Any) -> str:
    """Describe the type of a field, as in docs/json.md."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is typing.NotRequired:
        return type_name(args[0])
    if origin in (typing.Union, types.UnionType):
        return " or ".join(map(type_name, args))
    if origin is tuple:
        return f"[{', '.join(map(type_name, args))}]"
    if origin is not None and issubclass(origin, typing.Sequence):
        return f"list of {type_name(args[0])}"
    if typing.is_typeddict(hint):
        return f"object ({', '.join(get_type_hints(hint))})"
    return WORDS[hint.__name__]


def documented_fields(kind: Any) -> Iterator[tuple[str, str]]:
    """Yield the fields, each with the string that follows it in the source."""
    (definition,) = ast.parse(inspect.getsource(kind)).body
    assert isinstance(definition, ast.ClassDef)
    for node, after in zip(definition.body, [*definition.body[1:], None], strict=True):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            said = after.value.value if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) else ""
            yield node.target.id, str(said)


def section(kind: Any) -> str:
    """Return the section about an event that docs/json.md must contain."""
    hints = get_type_hints(kind, include_extras=True)
    rows = [
        f"| `{name}` | {type_name(hints[name])} | {said} |" for name, said in documented_fields(kind) if name != "event"
    ]
    return "\n".join(
        [
            f"## `{event_name(kind)}`",
            "",
            inspect.getdoc(kind) or "",
            "",
            "| field | type | meaning |",
            "|---|---|---|",
            *rows,
        ]
    )


@pytest.mark.parametrize("kind", PRINTED, ids=event_name)
def test_every_field_is_documented(kind: Any) -> None:
    assert section(kind) in DOCS.read_text(), f"docs/json.md lacks:\n\n{section(kind)}"


def matches_type(value: Any, hint: Any) -> bool:
    """Whether a value is of a type."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is typing.NotRequired:
        return matches_type(value, args[0])
    if origin is typing.Literal:
        return value in args
    if origin in (typing.Union, types.UnionType):
        return any(matches_type(value, each) for each in args)
    if origin is tuple:
        return isinstance(value, list) and len(value) == len(args) and all(map(matches_type, value, args))
    if origin is not None and issubclass(origin, typing.Sequence):
        return isinstance(value, list) and all(matches_type(each, args[0]) for each in value)
    if typing.is_typeddict(hint):
        hints = get_type_hints(hint, include_extras=True)
        needed = {name for name, each in hints.items() if get_origin(each) is not typing.NotRequired}
        return (
            isinstance(value, dict)
            and needed <= value.keys() <= hints.keys()
            and all(matches_type(value[name], hints[name]) for name in value)
        )
    if hint is float:
        return type(value) in (int, float)
    return type(value) is hint


def check(lines: str) -> set[str]:
    """Check that every line is an event as defined; return the names of the events."""
    kinds = {event_name(kind): kind for kind in PRINTED}
    found = [json.loads(line) for line in lines.splitlines()]
    for event in found:
        assert matches_type(event, kinds[event["event"]]), event
    return {event["event"] for event in found}


def test_output_of_real_runs_matches_the_definitions(space: Space) -> None:
    space.write("scene.py", LINE)
    blocks = ["--block-size", "10"]
    assert check(space.iparsave("build", "scene.py", "--json", "--explain", *blocks).stdout) == {
        "plan", "block", "explain", "target",
    }  # fmt: skip
    assert "target" in check(space.iparsave("build", "scene.py", "--json", "--explain", *blocks).stdout)
    space.write("scene.py", edited(LINE, "    # edit here\n", "    if i == 12:\n        title.set_text('!')\n"))
    assert "block" in check(space.iparsave("build", "scene.py", "--json", *blocks).stdout)
    assert check(space.iparsave("diff", "scene.py", "--json", "--sheet", "s.png").stdout) == {"diff", "sheet"}
    said = check(space.iparsave("verify", "scene.py", "--json").stdout)
    assert said >= {"store", "checked", "verified"}
    space.write("other.py", "open('a.txt', 'w').write('1')\n")
    assert check(space.iparsave("build", "other.py", "--json").stdout) == {"files"}


@pytest.mark.quick
def test_lines_are_parsed_when_split_anywhere() -> None:
    messages = [{"event": "warning", "text": "a\nb"}, {"event": "asking", "asking": True}]
    sent = b"".join(map(to_line, messages))
    for at in range(len(sent) + 1):
        lines = Lines()
        assert [*lines.feed(sent[:at]), *lines.feed(sent[at:])] == messages


@pytest.mark.quick
def test_record_with_wrong_checksum_is_rejected() -> None:
    data = records.pack({"n": 11}, "kind/ab")
    assert records.unpack(data, "kind/ab") == {"n": 11}
    checksum, _, text = data.partition(b"\n")
    assert records.unpack(checksum + b"\n" + text.replace(b"11", b"12"), "kind/ab") is None
