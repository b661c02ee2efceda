"""Digests of values: cases in which other tools miss a difference, or see one that does not exist."""

from __future__ import annotations

import collections
import dataclasses
import enum
import functools
import random
import sys
import types
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from incremental_parsave.keys.canonical import Unknown
from incremental_parsave.keys.sources import source_digest
from incremental_parsave.keys.values.walk import value_digest

pytestmark = pytest.mark.quick


def digest(value: object) -> str:
    return value_digest(value, lambda module: module == "scene")


class Colour(enum.Enum):
    RED = 1
    GREEN = 2


@dataclasses.dataclass
class Point:
    x: float


@dataclasses.dataclass
class OtherPoint:
    x: float


Pair = collections.namedtuple("Pair", "a b")

DIFFERENT = [
    (1, "1"),
    (1, 1.0),
    (1, True),
    (0.0, -0.0),
    ("a", b"a"),
    (None, "None"),
    (("ab", "c"), ("a", "bc")),
    ((1, 2), [1, 2]),
    ([1, [2]], [[1], 2]),
    ({"a": 1, "b": 2}, {"a": 2, "b": 1}),
    ({1, 2}, {1, 3}),
    ({1}, frozenset({1})),
    (np.zeros((2, 3)), np.zeros((3, 2))),
    (np.zeros(3), np.zeros(3, dtype=np.float32)),
    (np.zeros(3), [0.0, 0.0, 0.0]),
    (np.int64(1), np.float32(1)),
    (np.int64(1), np.int32(1)),
    (np.int64(1), 1),
    (np.arange(6).reshape(2, 3), np.arange(6).reshape(2, 3).T.copy()),
    (np.array([1, "a"], dtype=object), np.array([1, "b"], dtype=object)),
    (np.ma.array([1, 2], mask=[0, 1]), np.ma.array([1, 2], mask=[1, 0])),
    (np.array(["2020-01-01"], "M8[D]"), np.array(["2020-01-01"], "M8[s]")),
    (np.zeros(2, dtype=[("a", "f8")]), np.zeros(2, dtype=[("b", "f8")])),
    (Point(1), OtherPoint(1)),
    (Point(1), Point(2)),
    (Colour.RED, Colour.GREEN),
    (Pair(1, 2), (1, 2)),
    (functools.partial(max, 1), functools.partial(max, 2)),
    (functools.partial(max, 1), functools.partial(min, 1)),
    (Point(1).__eq__, Point(2).__eq__),
    (random.Random(1), random.Random(2)),
    (np.random.default_rng(1), np.random.default_rng(2)),
    (np.random.RandomState(1), np.random.RandomState(2)),
    (collections.deque([1], 2), collections.deque([1], 3)),
    (range(3), range(4)),
    (slice(1), slice(2)),
]


@pytest.mark.parametrize(("one", "other"), DIFFERENT, ids=range(len(DIFFERENT)))
def test_different_values_have_different_digests(one: object, other: object) -> None:
    assert digest(one) != digest(other)
    assert digest([one]) != digest([other])


def test_digests_do_not_collide() -> None:
    values = [value for pair in DIFFERENT for value in pair]
    digests = {digest(value) for value in values}
    assert len(digests) >= len(DIFFERENT)


big = np.random.default_rng(0).random((3000, 700))

EQUAL = [
    (np.asfortranarray(big), big),
    (big.T.copy().T, big),
    (big[::2, ::3], big[::2, ::3].copy()),
    (big[::-1], big[::-1].copy()),
    (big[:, :0], big[:, :0].copy()),
    ({3, 1, 2}, {1, 2, 3}),
    (Point(1), Point(1)),
    (np.float64(2), np.float64(2)),
    (np.array(1.5), np.array(1.5)),
    ([big, big], [big, big]),
]


@pytest.mark.parametrize(("one", "other"), EQUAL, ids=range(len(EQUAL)))
def test_equal_values_have_equal_digests(one: object, other: object) -> None:
    assert digest(one) == digest(other)


def test_every_element_affects_the_digest() -> None:
    before = digest(big)
    for index in [(0, 0), (2999, 699), (1234, 321)]:
        changed = big.copy()
        changed[index] += 1e-12
        assert digest(changed) != before


@pytest.mark.parametrize(
    "value", [(i for i in range(3)), sys.__stderr__, iter([1]), memoryview(b"a")], ids=lambda v: type(v).__name__
)
def test_value_without_content_digest_raises_unknown(value: object) -> None:
    with pytest.raises(Unknown):
        digest([value])


def test_self_referencing_value() -> None:
    one: list[Any] = [1]
    one.append(one)
    other: list[Any] = [2]
    other.append(other)
    assert digest(one) != digest(other)


def module(source: str, name: str = "scene") -> types.ModuleType:
    made = types.ModuleType(name)
    exec(compile(source, "scene.py", "exec"), made.__dict__)
    return made


HELPER_IN_FILE = "def helper(i):\n    return i + {}\ndef animate(i):\n    return helper(i)\n"
CASES: dict[str, str] = {
    "helper in the same file": HELPER_IN_FILE,
    "default argument": "def animate(i, k={}):\n    return i + k\n",
    "keyword-only default": "def animate(i, *, k={}):\n    return i + k\n",
    "decorator": (
        "def by(k):\n def deco(f):\n  def g(i):\n   return f(i) + k\n  return g\n return deco\n"
        "@by({})\ndef animate(i):\n    return i\n"
    ),
    "closure cell": (
        "def make():\n    k = {}\n    def animate(i):\n        return i + k\n    return animate\nanimate = make()\n"
    ),
    "global read only in a nested function": (
        "K = {}\ndef animate(i):\n    def inner():\n        return K\n    return inner()\n"
    ),
    "functools.partial": "import functools\ndef f(k, i):\n    return i + k\nanimate = functools.partial(f, {})\n",
    "class body": "class A:\n    k = {}\ndef animate(i):\n    return i + A.k\n",
    "method of a base class": (
        "class A:\n    def f(self):\n        return {}\nclass B(A):\n    pass\n"
        "def animate(i):\n    return B().f()\n"
    ),
    "bound method of an object": (
        "class A:\n    def __init__(self, k):\n        self.k = k\n    def f(self, i):\n        return self.k\n"
        "animate = A({}).f\n"
    ),
    "slots": (
        "class A:\n    __slots__ = ('k',)\na = A()\na.k = {}\ndef animate(i):\n    return a.k\n"
    ),
    "lambda": "animate = lambda i: i + {}\n",
    "comprehension": "def animate(i):\n    return [j + {} for j in range(i)]\n",
    "mutated dictionary": "state = dict()\nstate['k'] = {}\ndef animate(i):\n    return state\n",
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_digest_of_a_function_covers_everything_it_reaches(case: str) -> None:
    one, same, other = (module(case.format(k)).animate for k in (1, 1, 2))
    assert digest(one) == digest(same)
    assert digest(one) != digest(other)


def test_digest_covers_functions_of_imported_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    def made(k: int) -> object:
        scene = module("def animate(i):\n    return helper.position(i)\n")
        scene.__dict__["helper"] = module(f"def position(i):\n    return i + {k}\n")
        monkeypatch.setitem(sys.modules, "scene", scene)
        return scene.animate

    assert digest(made(1)) == digest(made(1))
    assert digest(made(1)) != digest(made(2))


def test_digest_ignores_comments_and_line_numbers() -> None:
    plain = "def animate(i):\n    return i + 1\n"
    moved = "# a comment\n\n\ndef animate(i):\n\n    # more\n    return (i\n            + 1)\n"
    assert source_digest(plain.encode()) == source_digest(moved.encode())
    assert digest(module(plain).animate) == digest(module(moved).animate)
    assert source_digest(plain.encode()) != source_digest(plain.replace("1", "2").encode())
    assert source_digest(b'"""Doc."""') != source_digest(b'"""Other."""')
    assert source_digest(b"this is not python") != source_digest(b"neither is this")


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(values, values)
def test_digests_are_equal_exactly_if_representations_are(one: object, other: object) -> None:
    assert (digest(one) == digest(other)) == (repr(one) == repr(other))


@given(hnp.arrays(hnp.scalar_dtypes(), hnp.array_shapes(max_dims=3, max_side=4)))
def test_arrays_of_any_dtype_and_order(array: np.ndarray[Any, Any]) -> None:
    assert digest(array) == digest(np.asfortranarray(array)) == digest(array.copy())
