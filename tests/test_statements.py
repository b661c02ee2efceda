"""Statements of a script: run one by one, they do what the script does; functions get their new line numbers."""

from __future__ import annotations

import inspect
import types
import warnings
from typing import Any

import pytest

from incremental_parsave.keys.statements import common, compiled, move, names_imported, split

pytestmark = pytest.mark.quick

SCRIPT = b'''\
"""The docstring."""
from __future__ import annotations

seen: list[str] = []
"no docstring"


def function(n: NoSuchName):
    """Its own."""
    def inner():
        return n
    return inner


class Thing:
    size: int = 3

    def method(self):
        return [function(k)() for k in range(self.size)]


if __name__ == "__main__":
    seen.append("first")
    thing = Thing()
    for k in range(2):
        seen.append(str(k))
if __name__ == "__main__":
    seen.append("second")
else:
    seen.append("never")
seen.append(__doc__)
'''


def digests(source: bytes) -> list[str]:
    return [statement.digest for statement in split(source)]


def run(source: bytes) -> dict[str, Any]:
    module = types.ModuleType("__main__")
    for code in compiled(source, "scene.py")[1]:
        exec(code, module.__dict__)
    return module.__dict__


def test_running_statement_by_statement_equals_running_the_script() -> None:
    whole = types.ModuleType("__main__")
    exec(compile(SCRIPT, "scene.py", "exec", dont_inherit=True), whole.__dict__)
    parts = run(SCRIPT)
    assert parts["seen"] == whole.__dict__["seen"] == ["first", "0", "1", "second", "The docstring."]
    assert parts["__doc__"] == "The docstring."
    assert parts["thing"].method() == [0, 1, 2]
    assert parts["function"].__annotations__ == {"n": "NoSuchName"}
    assert parts["__annotations__"] == inspect.get_annotations(whole)
    assert parts["function"].__code__ == whole.__dict__["function"].__code__


def test_imported_names() -> None:
    source = b"import a.b, c as d\nfrom e import f\nfrom . import g\nif 1:\n    import h\n"
    assert names_imported(split(source)) == {"a.b", "c", "e", "e.f"}


def test_digests_ignore_comments_and_line_numbers() -> None:
    moved = b"# -*- coding: utf-8 -*-\n\n" + SCRIPT.replace(b"seen: list", b"\n\n# note\nseen: list").replace(
        b", ", b",   "
    )
    assert digests(moved) == digests(SCRIPT)
    assert len(digests(SCRIPT)) == 6 + 3 + 1 + 1


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        (b'"""The', b'"""A', 0),
        (b"import annotations", b"import division", 1),
        (b'"""Its own."""', b'"""Its own"""', 4),
        (b"size: int = 3", b"size: int = 4", 5),
        (b'"first"', b'"third"', 6),
        (b"range(2)", b"range(3)", 8),
        (b"seen.append(__doc__)", b"pass", 10),
    ],
)
def test_number_of_unchanged_leading_statements(old: bytes, new: bytes, same: int) -> None:
    assert SCRIPT.count(old) == 1
    assert common(digests(SCRIPT), digests(SCRIPT.replace(old, new))) == same


def test_line_numbers_of_functions_are_updated() -> None:
    old = compiled(SCRIPT, "scene.py")[1]
    names = types.ModuleType("__main__").__dict__
    for code in old:
        exec(code, names)
    function, method, inner = names["function"], names["Thing"].method, names["function"](1)
    moved = SCRIPT.replace(b"def function", b"# here\n# it is\ndef function").replace(
        b"    def inner", b"\n    def inner"
    )
    move(old, compiled(moved, "scene.py")[1])
    assert function.__code__.co_firstlineno == 10
    assert inner.__code__.co_firstlineno == 13
    assert method.__code__.co_firstlineno == 21
    assert inner() == 1
    assert inspect.unwrap(function)(2)() == 2


@pytest.mark.parametrize("source", [b"def f(:\n", b"return 1\n", b"x = '\\x00\n", b"nonlocal x\n", b"\0"])
def test_errors_equal_those_of_compile(source: bytes) -> None:
    with pytest.raises((SyntaxError, ValueError)) as expected:
        compile(source, "scene.py", "exec", dont_inherit=True)
    with pytest.raises(type(expected.value)) as raised:
        compiled(source, "scene.py")
    assert str(raised.value) == str(expected.value)
    assert raised.value.__context__ is None


def test_warnings_are_shown_once() -> None:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        compiled(b"1 is 1\n", "scene.py")
    assert len(seen) == 1
