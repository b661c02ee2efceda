"""The lines that describe what a key was made of, and the changes that are reported between two keys."""

from __future__ import annotations

import json
import types
from typing import Any

import numpy as np
import pytest

from incremental_parsave.keys.canonical import Digest, Unknown
from incremental_parsave.keys.explain import Lines, compare, without_duplicates
from incremental_parsave.keys.files import ABSENT
from incremental_parsave.keys.reads import note_read
from incremental_parsave.keys.sources import source_digest
from incremental_parsave.keys.values.arrays import ArrayMemo
from incremental_parsave.keys.values.walk import Walk

pytestmark = pytest.mark.quick


def is_local(module: str) -> bool:
    return module in ("scene", "helper")


def walked(value: object, sink: Lines | None = None, memo: ArrayMemo | None = None) -> str:
    digest = Digest("test")
    Walk(digest, is_local, sink, memo).value([value, None])
    return digest.hexdigest()


def reported(before: Lines, now: Lines) -> list[str]:
    return [f"{label} {rest}" for label, rest in compare(before, now).items()]


def of_file(*reads: tuple[str, str]) -> Lines:
    sink = Lines()
    for kind, digest in reads:
        note_read(sink, kind, "a.txt", digest)
    return sink


def test_content_of_a_file_is_not_compared_with_its_size() -> None:
    both, size = [("file", "one"), ("stat", "three bytes")], ("stat", "three bytes")
    assert reported(of_file(*both), of_file(size)) == reported(of_file(size), of_file(*both)) == []
    assert reported(of_file(("stat", ABSENT)), of_file(*both)) == ["a.txt appeared"]
    assert reported(of_file(*both), of_file(("stat", ABSENT))) == ["a.txt is gone"]
    assert reported(of_file(*both), of_file(("file", "two"), size)) == ["a.txt changed"]
    assert reported(of_file(size), of_file(("stat", "four bytes"))) == ["a.txt changed"]


def lines(source: str, helper: str = "") -> Lines:
    """Return the lines of ``animate`` in a scene with this *source*."""
    modules = {}
    for name, text in (("helper", helper), ("scene", source)):
        module = modules[name] = types.ModuleType(name)
        vars(module).update(modules, np=np)
        exec(compile(text, f"{name}.py", "exec"), vars(module))
    sink = Lines()
    animate: Any = modules["scene"].animate
    assert walked(animate, sink) == walked(animate)  # the digest is the same with a sink and without
    return Lines.from_json(json.loads(json.dumps(sink.to_json())))


CLASS = "class A:\n    def __init__(self, k):\n        self.k = k\n    def f(self, i):\n        return self.k + i\n"
CASES: dict[str, tuple[str, str, str, list[str]]] = {
    "number": ("K = {}\ndef animate(i):\n    return K + i\n", "1", "2", ["`K` 1 -> 2"]),
    "string": ("K = {}\ndef animate(i):\n    return K\n", "'a'", "'b'", ["`K` 'a' -> 'b'"]),
    "type": ("K = {}\ndef animate(i):\n    return K\n", "1", "[1]", ["`K` 1 -> list of 1"]),
    "code of the function": ("K = 1\ndef animate(i):\n    return K + {}\n", "i", "i * i", ["`animate` changed"]),
    "constant in the function": ("def animate(i):\n    return i + {}\n", "1", "2", ["`animate` changed"]),
    "nested function": ("def animate(i):\n    return (lambda: {})()\n", "1", "2", ["`animate` changed"]),
    "called function": ("def f():\n    return {}\ndef animate(i):\n    return f()\n", "1", "2", ["`f` changed"]),
    "default argument": ("def animate(i, k={}):\n    return i + k\n", "1", "2", ["`animate.k` 1 -> 2"]),
    "closure variable": (
        "def make(k):\n    def animate(i):\n        return k\n    return animate\nanimate = make({})\n",
        "1", "2", ["`make.animate.k` 1 -> 2"],
    ),
    "argument of a partial function": (
        "import functools\ndef f(k, i):\n    return k\nanimate = functools.partial(f, {})\n",
        "1", "2", ["`f.k` 1 -> 2"],
    ),
    "attribute": (CLASS + "state = A({})\ndef animate(i):\n    return state.f(i)\n", "1", "2", ["`state.k` 1 -> 2"]),
    "nested attribute": (
        CLASS + "a = A(A(A({})))\ndef animate(i):\n    return a.f(i)\n", "1", "2", ["`a.k.k.k` 1 -> 2"],
    ),
    "attribute nested too deeply for a line of its own": (
        CLASS + "a = A(A(A(A({}))))\ndef animate(i):\n    return a.f(i)\n", "1", "2", ["`a.k.k.k` changed"],
    ),
    "attribute of an object in a list": (
        CLASS + "all = [A({})]\ndef animate(i):\n    return all\n", "1", "2", ["`all` changed"],
    ),
    "attribute of a namespace": (
        "import types\ns = types.SimpleNamespace(k={})\ndef animate(i):\n    return s.k\n", "1", "2", ["`s.k` 1 -> 2"],
    ),
    "method": (
        "class A:\n    def f(self):\n        return {}\na = A()\ndef animate(i):\n    return a.f()\n",
        "1", "2", ["`A.f` changed"],
    ),
    "class attribute": ("class A:\n    k = {}\ndef animate(i):\n    return A.k\n", "1", "2", ["`A.k` 1 -> 2"]),
    "list with two names": (
        "x = y = {}\ndef animate(i):\n    return x, y\n", "[1]", "[2]", ["`x` changed", "`y` changed"],
    ),
    "name that is undefined in both": ("x = 1\ndef animate(i):\n    return x, {}\n", "z", "z", []),
    "row of an array": ("y = np.zeros((800, 4))\ny[412:, 1] = {}\ndef animate(i):\n    return y[i]\n", "0", "1",
                        ["`y` changed (array (800, 4) float64, first difference at row 412)"]),
    "range of rows of a long array": ("y = np.zeros(2048)\ny[11] = {}\ndef animate(i):\n    return y[i]\n", "0", "1",
                                      ["`y` changed (array (2048,) float64, first difference in rows 10 to 11)"]),
    "shape of an array": ("y = np.zeros(({}, 4))\ndef animate(i):\n    return y[i]\n", "800", "900",
                          ["`y` changed (array (800, 4) float64 -> array (900, 4) float64)"]),
    "array without rows": ("y = np.array({})\ndef animate(i):\n    return y\n", "1.0", "2.0", ["`y` changed"]),
    "member of an enumeration": (
        "import enum\nclass E(enum.Enum):\n    A = {}\ne = E.A\ndef animate(i):\n    return e\n", "1", "2",
        ["`E.A` 1 -> 2"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("source", "one", "other", "expected"), CASES.values(), ids=CASES.keys())
def test_exactly_the_changes_are_reported(source: str, one: str, other: str, expected: list[str]) -> None:
    before, same, now = (lines(source.format(k)) for k in (one, one, other))
    assert reported(before, same) == []
    assert reported(before, now) == expected


def test_changes_of_values_in_local_modules_are_reported() -> None:
    source = "J = helper.K\ndef animate(i):\n    return helper.curve(i) + J\n"
    helper = "K = {}\nfactor = {}\ndef curve(i):\n    return {} * i * factor\n"
    before = lines(source, helper.format(1, 1, 1))
    assert reported(before, lines(source, helper.format(2, 1, 1))) == ["`J` 1 -> 2"]
    assert reported(before, lines(source, helper.format(1, 2, 1))) == ["`helper.factor` 1 -> 2"]
    assert reported(before, lines(source, helper.format(1, 1, 2))) == ["`helper.curve` changed"]


def test_new_and_removed_values_are_reported() -> None:
    one, other = (lines(f"x = 1\ny = [2]\ndef animate(i):\n    return {names}\n") for names in ("x", "x, y"))
    assert reported(one, other) == ["`y` is new", "`animate` changed"]
    assert reported(other, one) == ["`animate` changed", "`y` is gone"]


def test_line_of_a_value_does_not_depend_on_other_values() -> None:
    source = "shared = [1]\nb = {{'k': shared}}\ny = [shared, shared]\n{}def animate(i):\n    return a, b, y\n"
    before = lines(source.format("a = 1\n"))
    for a in ("shared", "b", "[[], [], shared]", "y"):
        assert [line.split()[0] for line in reported(before, lines(source.format(f"a = {a}\n")))] == ["`a`"]


def test_labels_are_the_same_in_every_run() -> None:
    source = CLASS + "a = A([A(1), lambda: 2])\nb = a\ndef animate(i):\n    return a.f(b), (lambda: a)\n"
    assert list(lines(source)) == list(lines(source))
    assert lines(source) == lines(source)
    assert not any("0x" in label + line.text or "/" in label for label, line in lines(source).items())


def test_changes_of_objects_that_refer_to_each_other_are_reported() -> None:
    source = CLASS + "a = A(1)\nb = A(a)\na.other = b\na.k = {}\ndef animate(i):\n    return a, b, animate\n"
    one, same, other = (lines(source.format(k)) for k in (1, 1, 2))
    assert one == same
    assert "`a.k` 1 -> 2" in reported(one, other)
    assert "`animate` changed" not in reported(one, other)


def test_memo_is_used_only_for_the_same_large_array(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ArrayMemo, "SMALLEST", 8000)
    memo = ArrayMemo()
    large, small = np.zeros(1000), np.zeros(10)
    before = [walked(array, memo=memo) for array in (large, small)]
    assert before == [walked(array) for array in (large, small)]
    large[0] = small[0] = 1
    assert walked(large, memo=memo) == before[0] != walked(large)
    assert walked(small, memo=memo) == walked(small) != before[1]
    other = np.ones(1000)
    assert walked(other, memo=memo) == walked(other)
    memo._known[id(other)] = memo._known[id(large)]  # as if the id had been reused
    assert walked(other, memo=memo) == walked(other)
    ints = large.view(np.int64)
    assert walked(ints, memo=memo) == walked(ints)
    large.resize(10, 100)
    assert walked(large, memo=memo) == walked(large)


SOURCE = """\
'''What it shows.'''
import numpy as np
from math import pi

K = 1
fig, ax = plt.subplots()
ax.plot(K)
ax.plot(2)
def position(i):
    return i * K
class A:
    k = 1
for k in range(3):
    print(k)
if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("i * K", "i + K", ["s.py: `position` changed"]),
        ("K = 1\nf", "K = 2\nf", ["s.py: `K` 1 -> 2"]),
        ("K = 1\nf", f"K = {'1 + ' * 20}1\nf", ["s.py: `K` changed"]),
        ("k = 1", "k = 2", ["s.py: `A` changed"]),
        ("plt.subplots()", "plt.subplots(2)", ["s.py: `(fig, ax)` changed"]),
        ("ax.plot(2)", "ax.plot(3)", ["s.py: `ax.plot(...)` (2) changed"]),
        ("print(k)", "print(k + 1)", ["s.py: `for k in range(3):` changed"]),
        ("main()", "other()", ["s.py: `if __name__ == '__main__':` changed"]),
        ("What", "All", ["s.py: `docstring` changed"]),
        ("import numpy as np\n", "", ["s.py: `import numpy as np` is gone"]),
        ("from math import pi", "from math import pi, e", ["s.py: `from math import pi, e` is new",
                                                          "s.py: `from math import pi` is gone"]),
        ("i * K", "i  *  (K)  # twice", []),
        ("def position(i):", "\n\ndef position(\n    i,\n):", []),
    ],
)  # fmt: skip
def test_changed_statements_are_reported(old: str, new: str, expected: list[str]) -> None:
    assert SOURCE.count(old) == 1
    before, now = Lines(), Lines()
    one = source_digest(SOURCE.encode(), before, "s.py")
    other = source_digest(SOURCE.replace(old, new).encode(), now, "s.py")
    assert one == source_digest(SOURCE.encode())
    assert (one == other) == (not expected)
    assert reported(before, now) == expected


def test_statement_and_value_are_reported_once() -> None:
    arrays = {"`y`": "changed (array (3,) int64, first difference at row 2)", "`k`": "1 -> 2", "`h.f`": "changed"}
    sources = {"s.py: `y`": "changed", "s.py: `k`": "1 -> 2", "h.py: `f`": "changed"}
    assert without_duplicates(sources, arrays) == (
        {"s.py: `k`": "1 -> 2", "h.py: `f`": "changed"},
        {"`y`": arrays["`y`"]},
    )
    assert without_duplicates({}, arrays) == ({}, arrays)


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("import time", "time.time()"),
        ("import time as t", "t.perf_counter()"),
        ("from time import monotonic", "monotonic()"),
        ("from datetime import datetime", "datetime.now()"),
        ("import datetime", "datetime.date.today()"),
        ("def now():\n    from datetime import datetime\n    return datetime.now()", "now()"),
        ("import os", "os.urandom(3)"),
        ("import uuid", "uuid.uuid4()"),
    ],
)
def test_function_that_reads_the_clock_or_random_bytes_is_unknown(head: str, body: str) -> None:
    with pytest.raises(Unknown, match="whose result varies"):
        lines(f"{head}\ndef animate(i):\n    return {body}\n")


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("import time", "time.sleep(i)"),
        ("import time", "time.gmtime(i)"),
        ("from datetime import datetime, timedelta", "datetime(2020, 1, 1) + timedelta(i)"),
        ("time = time_ns = [1]", "time[0] + time_ns[0]"),
        ("import os", "os.path.join('a', 'b')"),
    ],
)
def test_functions_named_like_clocks_are_known(head: str, body: str) -> None:
    assert lines(f"{head}\ndef animate(i):\n    return {body}\n")
