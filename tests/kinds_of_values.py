"""Values of many kinds, each made from 0 or 1: two values made from the same number are equal, others differ."""

from __future__ import annotations

import array
import collections
import dataclasses
import datetime
import enum
import functools
import operator
import time
import types
import uuid
import zoneinfo
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr


class Zone(datetime.tzinfo):
    def __init__(self, hours: int) -> None:
        self.hours = hours

    def utcoffset(self, dt: object) -> datetime.timedelta:
        return datetime.timedelta(hours=self.hours)


@dataclasses.dataclass(frozen=True, slots=True)
class Frozen:
    x: int
    y: list[int] = dataclasses.field(default_factory=list, init=False)


class Private:
    __slots__ = ("__k",)

    def __init__(self, k: int) -> None:
        self.__k = k


class Access(enum.Flag):
    READ = 1
    WRITE = 2
    RUN = 4


class WithMethod:
    def __init__(self, k: int) -> None:
        self.k = k

    def f(self, j: int) -> None: ...

    g = functools.partialmethod(f, 1)


class Result(dict[str, int]):
    """A subclass of `dict`, like the results of scipy.integrate and scipy.optimize."""


class Stack(list[int]): ...


def _with_attribute(made: Any, k: int) -> Any:
    made.k = k
    return made


def frozen(x: int, y: int) -> Frozen:
    made = Frozen(x)
    made.y.append(y)
    return made


DAY = datetime.datetime(2020, 1, 2)
BERLIN, PARIS = zoneinfo.ZoneInfo("Europe/Berlin"), zoneinfo.ZoneInfo("Europe/Paris")
RECORDS = np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")])
PLAIN_KINDS: dict[str, tuple[Callable[[int], object], ...]] = {
    "datetime with zone": (lambda k: DAY.replace(tzinfo=(BERLIN, PARIS)[k]),),
    "datetime with a zone of one's own": (lambda k: DAY.replace(tzinfo=Zone(k)),),
    "datetime with offset": (lambda k: DAY.replace(tzinfo=datetime.timezone(datetime.timedelta(hours=k))),),
    "fold": (lambda k: DAY.replace(fold=k),),
    "uuid": (lambda k: uuid.UUID(int=k),),
    "array.array": (lambda k: array.array("d", [1, k]), lambda k: array.array("df"[k], [1])),
    "bytearray": (lambda k: bytearray([k]),),
    "namespace": (lambda k: types.SimpleNamespace(a=k), lambda k: types.SimpleNamespace(**{"ab"[k]: 1})),
    "ChainMap": (lambda k: collections.ChainMap({"a": 1}, {"a": k}),),
    "UserDict": (lambda k: collections.UserDict(a=k),),
    "subclass of a dictionary": (lambda k: Result(x=k), lambda k: _with_attribute(Result(), k)),
    "subclass of a list": (lambda k: Stack([k]),),
    "itemgetter": (operator.itemgetter, lambda k: operator.itemgetter(1, k)),
    "attrgetter": (lambda k: operator.attrgetter("a.b"[: 2 * k + 1]),),
    "methodcaller": (lambda k: operator.methodcaller("f", k), lambda k: operator.methodcaller("f", a=k)),
    "slice of objects": (lambda k: slice(Zone(k)),),
    "huge integer": (lambda k: 10**5000 + k,),
    "struct_time": (time.gmtime,),
    "frozen dataclass with slots": (lambda k: frozen(k, 1), lambda k: frozen(1, k)),
    "private slot": (Private,),
    "flags": (lambda k: Access.READ | (Access.WRITE, Access.RUN)[k], lambda k: Access(2 + k)),
    "partial": (lambda k: functools.partial(max, k), lambda k: functools.partial(max, key=(abs, len)[k])),
    "partialmethod": (lambda k: functools.partialmethod(max, k),),
    "method of a partialmethod": (lambda k: WithMethod(k).g,),
    "bound method": (lambda k: WithMethod(k).f,),
    "method written in C": (lambda k: (str.upper, bytes.upper)[k], lambda k: [k].append),
    "class method written in C": (lambda k: (dict.fromkeys, collections.OrderedDict.fromkeys)[k],),
    "ufunc": (lambda k: (np.sin, np.cos)[k],),
    "function of NumPy": (lambda k: (np.mean, np.median)[k],),
    "alias of a type": (lambda k: (list[int], list[str])[k], lambda k: (int | str, int | None)[k]),
    "closure of a library": (lambda k: _made_by_library(k),),
    "aliasing": (lambda k: _aliased(k),),
    "aliasing under names": (lambda k: types.SimpleNamespace(a=(x := [1]), b=x if k else [1]),),
    "views of one memory": (lambda k: [(x := np.zeros(3)), x[:2] if k else np.zeros(2)],),
    "where in one memory": (lambda k: [(x := np.zeros(3)), x[k : k + 2]],),
    "seeds": (np.random.SeedSequence, lambda k: np.random.PCG64(k), lambda k: _spawned(k)),
}
ARRAYS: dict[str, tuple[Callable[[int], object], ...]] = {
    "recarray": (lambda k: RECORDS.view(np.recarray) if k else RECORDS, lambda k: np.rec.array([(k, 1.0)])),
    "record": (lambda k: np.rec.array([(k, 1.0)])[0],),
    "objects in fields": (lambda k: np.array([(k, [k])], dtype=[("a", "i4"), ("b", object)]),),
    "strides of objects": (lambda k: np.array([[k, "a"], [None, 1]], dtype=object).T,),
    "masked": (
        lambda k: np.ma.array([1, 2], mask=[0, k]),
        lambda k: np.ma.array([1, 2 + k], mask=[0, 1]),
        lambda k: np.ma.array([1, 2], mask=[0, 1], fill_value=k),
        lambda k: np.ma.array([None, [k]], mask=[0, 1], dtype=object),
    ),
    "datetimes": (lambda k: np.array(["2020-01-01", "NaT"], "M8[s]") + k,),
    "unit": (lambda k: np.array([1], ("m8[s]", "m8[ms]")[k]),),
    "text": (lambda k: np.array(["a", "bc"[k]]), lambda k: np.array([b"a"], ("S1", "S2")[k])),
    "texts as objects": (lambda k: np.array([("ab", "c"), ("a", "bc")][k], dtype=object),),
    "big-endian": (lambda k: np.array([1, 256], "<>"[k] + "i2"), lambda k: np.array([k], ">f8")),
    "no dimensions": (lambda k: np.array(k), lambda k: np.array([k])[0 if k else ...]),
    "zero size": (lambda k: np.zeros((0, k)), lambda k: np.zeros((0, 3, 2))[:, :, k:]),
    "matrix": (lambda k: np.matrix([[1]]) if k else np.array([[1]]),),
    "long double": (lambda k: np.array([k], np.longdouble) / 3, lambda k: np.array([k], np.clongdouble) / 3),
    "fields in fields": (lambda k: np.zeros(2, [("a", [("b", ("i4", "f4")[k])]), ("c", "f8", 2)]),),
    "dtype": (lambda k: np.dtype([("a", "i1"), ("b", "f8")], align=bool(k)), lambda k: np.dtype(("i4", (k + 1,)))),
    "metadata": (lambda k: np.dtype("f8", metadata={"a": [k]}),),
}
TIMES = pd.date_range("2020", periods=3, tz="Europe/Berlin")
NAMED = pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=["x", "y"])
PANDAS: dict[str, tuple[Callable[[int], object], ...]] = {
    "Series": (
        lambda k: pd.Series([1.0, k]),
        lambda k: pd.Series([1.0, 2.0], name="ab"[k]),
        lambda k: pd.Series([1.0, 2.0], index=[0, 1 + k]),
        lambda k: _with_attrs(pd.Series([1.0]), k),
        lambda k: pd.Series([1.0]).set_flags(allows_duplicate_labels=bool(k)),
    ),
    "DataFrame": (
        lambda k: pd.DataFrame({"a": [1, 2], "b": [3, 4 + k]}),
        lambda k: pd.DataFrame({"a": [1, 2], "b": [3.0, 4.0 + k]}),
        lambda k: pd.DataFrame({"a": [1], "bc"[k]: [1.0]}),
        lambda k: pd.DataFrame({"a": [1], "b": [1]})[["ab", "ba"][k][:1]],
        lambda k: pd.DataFrame([[1, 2 + k]], columns=["a", "a"]),
        lambda k: pd.DataFrame({"a": [[1], [k]]}),
        lambda k: pd.DataFrame(index=range(k)),
        lambda k: _with_attrs(pd.DataFrame({"a": [1]}), k),
    ),
    "Index": (
        lambda k: pd.Index([1, k]),
        lambda k: pd.RangeIndex(3 + k),
        lambda k: (pd.RangeIndex(2), pd.Index([0, 1]))[k],
        lambda k: pd.Index([1, 2], name=(None, "a")[k]),
        lambda k: NAMED.set_levels([1, 3 + k], level=1),
        lambda k: NAMED.set_names(["x", "yz"[k]]),
        lambda k: pd.interval_range(0, 3 + k),
        lambda k: pd.interval_range(0, 3, closed=("left", "right")[k]),
        lambda k: pd.period_range("2020", periods=3, freq="MD"[k]),
        lambda k: pd.CategoricalIndex(["a", "b"], ordered=bool(k)),
        lambda k: pd.timedelta_range("1D", periods=2 + k),
    ),
    "times": (
        lambda k: TIMES + pd.Timedelta(k),
        lambda k: TIMES.tz_convert(("Europe/Berlin", "Europe/Paris")[k]),
        lambda k: TIMES if k else TIMES._with_freq(None),
        lambda k: pd.Series(TIMES.tz_localize(None)).dt.as_unit(("s", "ns")[k]),
        lambda k: pd.Timestamp(2020, 1, 1, tz=("UTC", "Europe/Berlin")[k]),
        lambda k: pd.Timestamp(k),
        lambda k: pd.Timedelta(k),
        lambda k: pd.Period(("2020", "2021")[k]),
        lambda k: pd.Interval(0, 1 + k),
        lambda k: pd.offsets.BDay(1 + k),
        lambda k: (pd.NA, pd.NaT)[k],
    ),
    "Categorical": (
        lambda k: pd.Categorical(["a", "b"], categories=list(["ab", "ba"][k])),
        lambda k: pd.Series(["a", "b"], dtype=pd.CategoricalDtype(["a", "b", "cd"[k]])),
        lambda k: pd.CategoricalDtype(["a"], ordered=bool(k)),
    ),
    "nullable": (
        lambda k: pd.array([1, None, k], dtype="Int64"),
        lambda k: pd.array([1, (None, 1)[k]], dtype="Int64"),
        lambda k: pd.array([1.5, None, k], dtype="Float64"),
        lambda k: pd.array([True, None, bool(k)], dtype="boolean"),
        lambda k: pd.array([1], dtype=("Int64", "Int32")[k]),
        lambda k: pd.array(["a", None, "bc"[k]], dtype="string"),
        lambda k: pd.Series(["a", None, "bc"[k]]),
        lambda k: pd.Series(["a"], dtype=("object", "string")[k]),
    ),
    "sparse": (
        lambda k: pd.arrays.SparseArray([0, 0, 1 + k]),
        lambda k: pd.arrays.SparseArray([0, k, 1 - k]),
    ),
}


def grid(**changed: Any) -> xr.DataArray:
    given: dict[str, Any] = {"dims": ["t", "x"], "name": "h", "attrs": {"unit": "m"}}
    coords = {"x": [10, 20, 30], "mean": 1.5}
    return xr.DataArray(changed.pop("data", np.arange(6.0).reshape(2, 3)), **{**given, "coords": coords, **changed})


XARRAY: dict[str, tuple[Callable[[int], object], ...]] = {
    "Variable": (
        lambda k: xr.Variable("x", [1, k]),
        lambda k: xr.Variable("xy"[k], [1]),
        lambda k: xr.Variable("x", [1], attrs={"a": k}),
        lambda k: xr.Variable("x", [1], encoding={"dtype": ("i2", "i4")[k]}),
        lambda k: (xr.Variable, xr.IndexVariable)[k]("x", [1]),
    ),
    "DataArray": (
        lambda k: grid(data=np.full((2, 3), k)),
        lambda k: grid(dims=["t", "x"] if k else ["s", "x"]),
        lambda k: grid(coords={"x": [10, 20, 30 + k]}),
        lambda k: grid(coords={"mean": k}),
        lambda k: grid(name="hk"[k]),
        lambda k: grid(attrs={"unit": ("m", "km")[k]}),
        lambda k: grid() if k else grid().drop_indexes("x"),
    ),
    "Dataset": (
        lambda k: xr.Dataset({"h": grid() + k}),
        lambda k: xr.Dataset({"hk"[k]: grid()}),
        lambda k: xr.Dataset({"h": grid()}, attrs={"a": k}),
        lambda k: xr.Dataset({"h": grid()}).assign_coords(y=k),
        lambda k: xr.Dataset(
            {"s": ("p", [1, 2, 3, 4])}, xr.Coordinates.from_pandas_multiindex(NAMED, "p") if k else {}
        ),
    ),
}
CASES = [
    pytest.param(make, id=f"{name} {i}")
    for name, makes in {**PLAIN_KINDS, **ARRAYS, **PANDAS, **XARRAY}.items()
    for i, make in enumerate(makes)
]


def _made_by_library(k: int) -> object:
    """Return a closure that was made by a function of a library, such as ``np.vectorize`` or a decorator."""
    library = types.ModuleType("library")
    exec("def make(k):\n    def f(i):\n        return k\n    return f\n", vars(library))
    return library.make(k)


def _aliased(k: int) -> object:
    one = [1]
    return [one, one] if k else [one, [1]]


def _spawned(k: int) -> object:
    rng = np.random.default_rng(1)
    rng.spawn(k)
    return rng


def _with_attrs(table: Any, k: int) -> Any:
    table.attrs["a"] = k
    return table
