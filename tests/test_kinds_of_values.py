"""Digests of values of the standard library, NumPy, pandas, xarray and SciPy are equal exactly if the content is."""

from __future__ import annotations

import functools
import hashlib
import os
import subprocess
import sys
import types
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from incremental_parsave.keys.canonical import Unknown
from incremental_parsave.keys.values import arrays
from incremental_parsave.keys.values.walk import value_digest

from .kinds_of_values import CASES


def digest(value: object) -> str:
    return value_digest(value, lambda module: module == "scene")


def scene(source: str) -> Any:
    made = types.ModuleType("scene")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "scene", made)  # dataclasses look up their module
        exec(compile(source, "scene.py", "exec"), made.__dict__)
    return made


@pytest.mark.parametrize("make", CASES)
@pytest.mark.filterwarnings("ignore:the matrix subclass")
def test_digest_depends_on_content(make: Callable[[int], object]) -> None:
    one, same, other = (digest(make(k)) for k in (1, 1, 0))
    assert one == same
    assert one != other
    assert digest([make(1)]) == digest([make(1)]) != digest([make(0)])


def _mapped(folder: Path) -> np.memmap[Any, Any]:
    np.save(folder / "a.npy", np.arange(12.0).reshape(3, 4))
    return np.load(folder / "a.npy", mmap_mode="r")


def test_memory_mapped_array_has_the_digest_of_its_elements(tmp_path: Path) -> None:
    mapped = _mapped(tmp_path)
    assert type(mapped) is np.memmap
    assert digest(mapped) == digest(np.arange(12.0).reshape(3, 4))
    assert digest(mapped[:, ::2]) == digest(np.arange(12.0).reshape(3, 4)[:, ::2].copy())


def test_padding_is_ignored() -> None:
    one, other = (np.full(32, fill, np.uint8).view(np.dtype([("a", "i1"), ("b", "f8")], align=True)) for fill in (0, 1))
    for array_ in (one, other):
        array_["a"], array_["b"] = 1, 2
    assert digest(one) == digest(other)
    one, other = (np.full(32, fill, np.uint8).view(np.longdouble) for fill in (0, 1))
    one[:] = other[:] = np.longdouble(1) / 3
    assert digest(one) == digest(other)


@pytest.mark.parametrize("dtype", ["f8", "u1", "c16", "U3", "M8[s]", "i4,f4", object])
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (0, 2, 1), (1, 0, 2), (2, 0, 1)])
def test_memory_order_is_ignored(dtype: Any, order: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "_CHUNK_BYTES", 50_000)  # several chunks, and rows larger than one
    plain = (np.arange(37 * 21 * 150).reshape(37, 21, 150) % 251).astype("i4").astype(dtype)
    other = plain.transpose(order).copy().transpose(np.argsort(order))
    assert digest(other) == digest(plain) == digest(np.asfortranarray(plain))
    assert digest(other[::-2, 1:]) == digest(plain[::-2, 1:].copy())
    other[36, 20, 149] = other[0, 0, 0]
    assert digest(other) != digest(plain)


@pytest.mark.skipif(not hasattr(np.dtypes, "StringDType"), reason="NumPy 2 has it")
def test_variable_length_strings() -> None:
    made = [np.array(["a", text], np.dtypes.StringDType()) for text in ("b" * 100, "b" * 100, "c" * 100)]
    assert digest(made[0]) == digest(made[1]) != digest(made[2])
    assert digest(np.array(["a"], np.dtypes.StringDType(na_object=None))) != digest(made[0][:1])


def test_masked_values_of_pandas_are_ignored() -> None:
    one = pd.array([1, 2], dtype="Int64")
    one[1] = None
    assert digest(one) == digest(pd.array([1, None], dtype="Int64"))


def test_internal_blocks_of_a_data_frame_are_ignored() -> None:
    whole = pd.DataFrame(np.arange(6.0).reshape(3, 2), columns=["a", "b"])
    parts = whole[["a"]].copy()
    parts["b"] = whole["b"].to_numpy().copy()
    assert digest(whole) == digest(parts)


def test_source_file_of_an_xarray_variable_is_ignored() -> None:
    made = [xr.Variable("x", [1], encoding={"source": source, "dtype": "i2"}) for source in ("/a", "/b")]
    assert digest(made[0]) == digest(made[1])


class Lazy(xr.backends.BackendArray):
    shape, dtype = (3,), np.dtype("f8")

    def __getitem__(self, key: object) -> Any:
        raise AssertionError("loaded")


def _lazy() -> xr.DataArray:
    return xr.DataArray(xr.Variable("x", xr.core.indexing.LazilyIndexedArray(Lazy())))


class Table(pd.DataFrame):
    pass


class Grid(xr.Dataset):
    __slots__ = ()


class Sized(np.ndarray):  # type: ignore[type-arg]
    pass


@functools.lru_cache
def _cached(i: int) -> int:
    return i


_cached(1)
_LOCAL = scene("class A:\n    f = iter([1])\nclass B:\n    k = 1\n")
UNKNOWN: dict[str, object] = {
    "weak reference": weakref.ref(_LOCAL.A),
    "weak dictionary": weakref.WeakValueDictionary(),
    "memoryview": memoryview(b"a"),
    "hash written in C": hashlib.sha256(),
    "cache": _cached,
    "ufunc made of a function": np.frompyfunc(len, 1, 1),
    "subclass of an array": np.zeros(2).view(Sized),
    "subclass of a DataFrame": Table({"a": [1]}),
    "subclass of a Dataset": Grid({"a": 1}),
    "lazy data": _lazy(),
    "lazy data in a Dataset": xr.Dataset({"a": _lazy()}),
    "grouping": pd.DataFrame({"a": [1]}).groupby("a"),
    "class that holds an iterator": _LOCAL.A,
    "random numbers of the system": __import__("random").SystemRandom(),
}  # fmt: skip


@pytest.mark.parametrize("value", UNKNOWN.values(), ids=UNKNOWN.keys())
def test_value_without_content_digest_raises_unknown(value: object) -> None:
    with pytest.raises(Unknown):
        digest([value])


USER_CLASSES: dict[str, str] = {
    "enum": "import enum\nclass E(enum.Enum):\n    A = {}\nvalue = E.A\n",
    "another member of the enum": "import enum\nclass E(enum.Enum):\n    A = 1\n    B = 5 + {}\nvalue = E.A\n",
    "attribute of a member": (
        "import enum\nclass E(enum.Enum):\n    A = 1\n"
        "    def __init__(self, x):\n        self.x = {}\nvalue = E.A\n"
    ),
    "method of an enum": (
        "import enum\nclass E(enum.Enum):\n    A = 1\n    def f(self):\n        return {}\nvalue = E.A\n"
    ),
    "flags": "import enum\nclass E(enum.Flag):\n    A = 4\n    B = {}\nvalue = E.A | E.B\n",
    "named tuple": (
        "import collections\nclass P(collections.namedtuple('P', 'a')):\n"
        "    def f(self):\n        return {}\nvalue = P(1)\n"
    ),
    "dataclass": "import dataclasses\n@dataclasses.dataclass\nclass P:\n    a: int = {}\nvalue = P\n",
    "field": (
        "import dataclasses\n@dataclasses.dataclass(slots=True, frozen=True)\nclass P:\n"
        "    a: int\n    b: list = dataclasses.field(init=False, default_factory=lambda: [{}])\nvalue = P(1)\n"
    ),
    "property": "class A:\n    @property\n    def f(self):\n        return {}\nvalue = A()\n",
    "cached function": "import functools\n@functools.cache\ndef value(i):\n    return {}\n",
    "abstract class": (
        "import abc\nclass A(abc.ABC):\n    @abc.abstractmethod\n    def f(self):\n        return {}\nvalue = A\n"
    ),
    "own method of partialmethod": (
        "import functools\nclass A:\n    def f(self, i):\n        return i\n"
        "    g = functools.partialmethod(f, {})\nvalue = A().g\n"
    ),
}  # fmt: skip


@pytest.mark.parametrize("source", USER_CLASSES.values(), ids=USER_CLASSES.keys())
def test_digest_of_an_object_covers_its_class(source: str) -> None:
    one, same, other = (digest(scene(source.format(k)).value) for k in (1, 1, 2))
    assert one == same
    assert one != other


SEVERAL = """
import collections, functools, sys, types, uuid
import numpy as np, pandas as pd, xarray as xr
from incremental_parsave.keys.values.walk import value_digest
shared = ([], np.arange(3.0))
class A:
    def __init__(self, *args): self.args, self.self = args, self
    def f(self): return shared, B
class B(A):
    k = functools.partial(max, shared)
def animate(i, k=shared): return A, B, many, (lambda: shared)
many = [A(shared, shared), B(A(1)), {shared[0].__len__: 1}, {"b", "a", (1, 2)}, np.array([shared, None], dtype=object),
        pd.DataFrame({"a": ["x", "y"], "b": shared[1][:2]}), xr.Dataset({"a": ("x", shared[1])}), A(shared).f,
        types.SimpleNamespace(x=shared, y=shared[1][1:])]
many.append(many)
print(value_digest(animate, lambda name: name == "__main__"))
"""


def test_digest_is_the_same_in_every_run() -> None:
    root = str(Path(__file__).parent.parent)
    digests = set()
    for padding in ("", "padding = [object() for i in range(100_000)]\n"):  # other addresses
        env = {**os.environ, "PYTHONPATH": root, "PYTHONHASHSEED": "random"}
        done = subprocess.run([sys.executable, "-c", padding + SEVERAL], env=env, check=True, capture_output=True)
        digests.add(done.stdout)
    assert len(digests) == 1
    assert len(digests.pop().strip()) == 32


def test_sparse_arrays() -> None:
    sparse = pytest.importorskip("scipy.sparse")
    for kind in ("csr", "csc", "coo", "dia", "bsr", "lil"):
        made = [getattr(sparse, f"{kind}_array")(np.diag([1.0, k])) for k in (2, 2, 3)]
        assert digest(made[0]) == digest(made[1]) != digest(made[2])


def test_neither_pandas_nor_xarray_is_imported() -> None:
    code = "import sys, incremental_parsave.keys.values.walk; print({'pandas', 'xarray'} & sys.modules.keys())"
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    done = subprocess.run([sys.executable, "-c", code], env=env, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "set()"
