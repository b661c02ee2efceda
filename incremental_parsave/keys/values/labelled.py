"""Digests of labelled data: the tables of pandas and the arrays of xarray.

Neither package is imported here: such a value exists only if the scene has
imported its package.  Only the packages' own classes are supported.  A subclass
(one of geopandas, for example) may hold more data, and raises `Unknown`.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from ..canonical import Unknown
from . import arrays

if TYPE_CHECKING:
    from .walk import Walk

_LIBRARIES = ("pandas", "xarray")


def is_labelled(kind: type) -> bool:
    """Whether *kind* is a class of pandas or xarray, or derives from one."""
    return any(cls.__module__.partition(".")[0] in _LIBRARIES for cls in kind.__mro__)


def _is_of_pandas(kind: type) -> bool:
    return kind.__module__.partition(".")[0] == "pandas"


def add(walk: Walk, value: Any, kind: type) -> None:
    """Add a value whose class *kind* passes `is_labelled`.

    Raises
    ------
    Unknown
        If the class is not supported, or the data is not in memory.
    """
    pandas, xarray = (sys.modules.get(library) for library in _LIBRARIES)
    walk.add("labelled", f"{kind.__module__}.{kind.__qualname__}")
    if pandas is not None and _add_pandas(walk, value, kind, pandas):
        return
    if xarray is not None and _add_xarray(walk, value, kind, xarray):
        return
    raise Unknown(f"values of type {kind.__module__}.{kind.__qualname__} cannot be compared")


def _add_pandas(walk: Walk, value: Any, kind: type, pd: Any) -> bool:
    """Add a value of pandas; return whether its class is supported."""
    if value is pd.NA or value is pd.NaT:
        return True
    if kind in (pd.Series, pd.DataFrame):
        _add_table(walk, value, kind is pd.DataFrame)
    elif kind is pd.MultiIndex:
        walk.items("levels", [*value.names, *value.levels])
        for codes in value.codes:
            arrays.add(walk, np.asarray(codes))
    elif kind is pd.RangeIndex:
        walk.items("range", [value.name, value.start, value.stop, value.step])
    elif kind in (pd.Index, pd.DatetimeIndex, pd.TimedeltaIndex, pd.PeriodIndex, pd.IntervalIndex, pd.CategoricalIndex):
        walk.items("index", [value.name, getattr(value, "freqstr", None)])
        _add_column(walk, value.array)
    elif kind is pd.Timestamp:
        walk.items("timestamp", [value.unit, value.fold, value.to_datetime64(), value.tzinfo])
    elif kind is pd.Timedelta:
        walk.items("timedelta", [value.unit, value.to_timedelta64()])
    elif kind is pd.Period:
        walk.items("period", [value.ordinal, value.freqstr])
    elif kind is pd.Interval:
        walk.items("interval", [value.left, value.right, value.closed])
    elif kind is pd.CategoricalDtype:
        walk.items("categories", [value.categories, value.ordered])
    elif isinstance(value, pd.api.extensions.ExtensionDtype) and _is_of_pandas(kind):
        walk.add("dtype", repr(value))
    elif isinstance(value, pd.offsets.BaseOffset) and _is_of_pandas(kind):
        walk.items("offset", [value.n, value.normalize, value.kwds])
    elif isinstance(value, pd.api.extensions.ExtensionArray):
        _add_column(walk, value)
    else:
        return False
    return True


def _add_table(walk: Walk, table: Any, is_frame: bool) -> None:
    walk.mapping("attrs", table.attrs)
    walk.add("flags", repr(table.flags.allows_duplicate_labels))
    walk.value(table.index)
    if not is_frame:
        walk.value(table.name)
        _add_column(walk, table.array)
        return
    walk.value(table.columns)
    dtypes = list(table.dtypes)
    if dtypes and isinstance(dtypes[0], np.dtype) and all(dtype == dtypes[0] for dtype in dtypes):
        arrays.add(walk, table.to_numpy(copy=False))  # no copy is made if all columns share one block of memory
    else:
        for i in range(len(dtypes)):
            _add_column(walk, table.iloc[:, i].array)


def _add_column(walk: Walk, column: Any) -> None:
    """Add a pandas array by its elements."""
    kind = type(column)
    if not _is_of_pandas(kind):
        raise Unknown(f"columns of type {kind.__module__}.{kind.__qualname__} cannot be compared")
    pd: Any = sys.modules["pandas"]
    walk.add("column", kind.__qualname__)
    if kind.__name__ in ("NumpyExtensionArray", "PandasArray"):
        arrays.add(walk, column.to_numpy())
        return
    if kind is pd.Categorical:
        walk.items("categories", [column.categories, column.ordered])
        arrays.add(walk, np.asarray(column.codes))
        return
    walk.add("dtype", repr(column.dtype))
    if kind in (pd.arrays.DatetimeArray, pd.arrays.TimedeltaArray, pd.arrays.PeriodArray):
        walk.items("zone", [getattr(column, "tz", None), getattr(column, "freqstr", None)])
        arrays.add(walk, column.asi8)
    elif kind is pd.arrays.IntervalArray:
        walk.items("interval", [column.left, column.right, column.closed])
    elif kind in (pd.arrays.IntegerArray, pd.arrays.FloatingArray, pd.arrays.BooleanArray):
        arrays.add(walk, column.isna())
        # Replace masked values: what is stored in their place is arbitrary.
        arrays.add(walk, column.to_numpy(column.dtype.numpy_dtype, na_value=column.dtype.type(0)))
    elif kind is pd.arrays.SparseArray:
        walk.items("sparse", [len(column), column.fill_value, np.asarray(column.sp_values)])
        arrays.add(walk, np.asarray(column.sp_index.indices))
    elif "String" in kind.__name__ or kind.__name__ == "ArrowExtensionArray":
        missing = np.asarray(column.isna())
        arrays.add(walk, missing)
        arrays.add(walk, np.asarray(column[~missing], dtype=object))
    else:
        raise Unknown(f"columns of type {kind.__module__}.{kind.__qualname__} cannot be compared")


def _add_xarray(walk: Walk, value: Any, kind: type, xr: Any) -> bool:
    """Add a value of xarray; return whether its class is supported."""
    if kind in (xr.Variable, xr.IndexVariable):
        _add_variable(walk, value)
    elif kind is xr.DataArray:
        walk.value(value.name)
        _add_variable(walk, value.variable)
        _add_coordinates(walk, value, xr)
    elif kind is xr.Dataset:
        walk.mapping("attrs", value.attrs)
        _add_encoding(walk, value.encoding)
        walk.mapping("sizes", dict(value.sizes))
        walk.add("variables", len(value.data_vars))
        for name in value.data_vars:
            walk.value(name)
            _add_variable(walk, value.variables[name])
        _add_coordinates(walk, value, xr)
    else:
        return False
    return True


def _add_coordinates(walk: Walk, value: Any, xr: Any) -> None:
    walk.add("coordinates", len(value.coords))
    for name, index in value.xindexes.items():
        # These indexes hold nothing but the coordinates; an index of another library may hold more.
        if type(index) not in (xr.indexes.PandasIndex, xr.indexes.PandasMultiIndex):
            raise Unknown(f"indexes of type {type(index).__qualname__} cannot be compared")
        walk.value(name)
        walk.add("index", type(index).__qualname__)
    for name, coordinate in value.coords.items():
        walk.value(name)
        _add_variable(walk, coordinate.variable)


def _add_variable(walk: Walk, variable: Any) -> None:
    is_index = type(variable).__name__ == "IndexVariable"  # always in memory
    if not is_index and not variable._in_memory:  # reading the data would load or compute it
        raise Unknown("xarray data outside memory cannot be compared")
    walk.add("variable", type(variable).__qualname__)
    walk.items("dimensions", variable.dims)
    walk.mapping("attrs", variable.attrs)
    _add_encoding(walk, variable.encoding)
    arrays.add(walk, variable.to_numpy())


def _add_encoding(walk: Walk, encoding: dict[Any, Any]) -> None:
    """Add how the data was stored, which a scene may show, but not the file name: the file is an input of its own."""
    walk.mapping("encoding", {name: how for name, how in encoding.items() if name != "source"})
