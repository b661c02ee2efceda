"""Values by content.

What cannot be digested by content is never digested by name: `Unknown` is
raised, and the build asks its next question.
"""

from __future__ import annotations

import collections
import datetime
import decimal
import enum
import fractions
import functools
import pathlib
import random
import re
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from .canonical import Digest, Unknown

_MAX_DEPTH = 100  # of about five calls each, well below Python's limit
_CHUNK_BYTES = 1 << 22
_BY_REPR = (
    type(None), bool, int, float, complex, type(Ellipsis), type(NotImplemented), range, slice,
    datetime.date, datetime.time, datetime.datetime, datetime.timedelta, datetime.timezone,
    decimal.Decimal, fractions.Fraction, pathlib.PurePath,
)  # fmt: skip
_COUNTED = (types.BuiltinFunctionType, np.ufunc, types.MethodDescriptorType, types.WrapperDescriptorType)


def value_digest(value: object, is_local: Callable[[str], bool]) -> str:
    """Return the digest of *value*; see `Walk`."""
    digest = Digest("value")
    Walk(digest, is_local).value(value)
    return digest.hexdigest()


class Walk:
    """Feeds values, and all that they reach, to a digest.

    Parameters
    ----------
    digest : Digest
    is_local : callable
        Tells by a module's name whether it is the user's own code.  Functions
        of the user are followed into what they capture; a library's are known
        by name, its version being part of the key elsewhere.
    """

    def __init__(self, digest: Digest, is_local: Callable[[str], bool]) -> None:
        self._digest, self._is_local = digest, is_local
        self._seen: dict[int, int] = {}
        self._alive: list[object] = []  # ids stay unique while the walk lasts
        self._depth = 0

    def value(self, value: object) -> None:
        """Add *value*.

        Raises
        ------
        Unknown
            If it, or something that it reaches, has no digest by content.
        """
        kind = type(value)
        if kind in _BY_REPR or (isinstance(value, pathlib.PurePath)):
            self._digest.add(kind.__qualname__, repr(value))
        elif kind is str:
            self._digest.add("str", str(value))
        elif kind in (bytes, bytearray):
            self._digest.add(kind.__name__, bytes(value))  # type: ignore[call-overload]
        elif isinstance(value, enum.Enum):
            self._digest.add("enum", f"{kind.__module__}.{kind.__qualname__}.{value.name}")
        else:
            self._reached(value, kind)

    def _reached(self, value: object, kind: type) -> None:
        """Add something that may be reached twice, or reach itself."""
        if id(value) in self._seen:
            self._digest.add("again", self._seen[id(value)])
            return
        self._seen[id(value)] = len(self._seen)
        self._alive.append(value)
        self._depth += 1
        try:
            if self._depth > _MAX_DEPTH:
                raise Unknown("nested too deeply")
            self._dispatch(value, kind)
        except RecursionError:
            raise Unknown("nested too deeply") from None
        finally:
            self._depth -= 1

    def _dispatch(self, value: Any, kind: type) -> None:
        if isinstance(value, np.ndarray):
            self.array(value)
        elif isinstance(value, np.generic):
            self._digest.add("scalar", value.dtype.str)
            self.array(np.asarray(value))
        elif kind in (tuple, list) or (issubclass(kind, tuple) and hasattr(kind, "_fields")):
            self._items(kind.__qualname__, list(value))
        elif kind is collections.deque:
            self._items("deque", [value.maxlen, *value])
        elif kind in (set, frozenset):
            self._digest.add(kind.__name__, len(value))
            for item in sorted(value_digest(item, self._is_local) for item in value):
                self._digest.add("item", item)
        elif kind in (dict, collections.OrderedDict, collections.Counter, types.MappingProxyType):
            self._mapping(kind.__qualname__, value)
        elif kind is collections.defaultdict:
            self.value(value.default_factory)
            self._mapping("defaultdict", value)
        elif isinstance(value, functools.partial):
            self._items("partial", [value.func, value.args, value.keywords])
        elif isinstance(value, types.MethodType):
            self._items("method", [value.__func__, value.__self__])
        elif isinstance(value, types.FunctionType):
            self._function(value)
        elif isinstance(value, _COUNTED):
            owner = getattr(value, "__self__", None)
            if owner is not None and not isinstance(owner, types.ModuleType | type):
                self.value(owner)
            self._digest.add("builtin", f"{getattr(value, '__module__', '')}.{value.__name__}")
        elif isinstance(value, property | staticmethod | classmethod | functools.cached_property):
            parts = (getattr(value, name, None) for name in ("fget", "fset", "fdel", "__func__", "func"))
            self._items(kind.__name__, list(parts))
        elif isinstance(value, types.ModuleType):
            self._digest.add("module", value.__name__)
        elif isinstance(value, type):
            self._class(value)
        elif isinstance(value, re.Pattern):
            self._items("pattern", [value.pattern, value.flags])
        elif isinstance(value, np.dtype):
            self._digest.add("dtype", repr(value.descr))
        elif isinstance(value, random.Random):
            self._items("random", [type(value).__qualname__, value.getstate()])
        elif isinstance(value, np.random.Generator):
            self._items("generator", [value.bit_generator.state])
        elif isinstance(value, np.random.RandomState):
            self._items("randomstate", [value.get_state(legacy=False)])
        elif _is_drawn(kind):
            self._digest.add("drawn", f"{kind.__module__}.{kind.__qualname__}")
        else:
            self._instance(value, kind)

    def _items(self, tag: str, items: list[Any]) -> None:
        self._digest.add(tag, len(items))
        for item in items:
            self.value(item)

    def _mapping(self, tag: str, mapping: Any) -> None:
        self._digest.add(tag, len(mapping))  # in its order: iteration shows it
        for key, item in mapping.items():
            self.value(key)
            self.value(item)

    def array(self, array: np.ndarray[Any, Any]) -> None:
        """Add an array by shape, dtype and elements, whatever its order or strides."""
        if type(array) not in (np.ndarray, np.memmap, np.ma.MaskedArray, np.matrix):
            raise Unknown(f"an array of type {type(array).__qualname__}")
        if isinstance(array, np.ma.MaskedArray):
            self._digest.add("masked")
            self.value(np.ma.getmaskarray(array))
            self.value(array.fill_value)
            array = array.data
        if isinstance(array, np.matrix):
            self._digest.add("matrix")
        array = np.asarray(array)
        self._digest.add("array", repr((array.shape, array.dtype.descr)))
        if array.dtype.hasobject:
            self._items("objects", list(array.flat))
            return
        if array.flags.c_contiguous:
            self._digest.add_raw(_bytes_of(array))
            return
        rows = max(1, _CHUNK_BYTES * len(array) // max(1, array.nbytes))
        for start in range(0, len(array), rows):
            chunk = np.ascontiguousarray(array[start : start + rows])
            self._digest.add_raw(_bytes_of(chunk))

    def _function(self, function: types.FunctionType) -> None:
        self._digest.add("function", f"{function.__module__}.{function.__qualname__}")
        if not self._is_local(function.__module__ or ""):
            return
        self._code(function.__code__)
        self._items("defaults", [function.__defaults__, function.__kwdefaults__])
        for cell in function.__closure__ or ():
            try:
                content = cell.cell_contents
            except ValueError:
                self._digest.add("empty cell")
            else:
                self.value(content)
        if function.__dict__:
            self._mapping("attributes", function.__dict__)
        names = _names(function.__code__)
        for name in sorted(names & function.__globals__.keys()):
            self._digest.add("global", name)
            self._global(function.__globals__[name], names)

    def _global(self, value: object, names: set[str]) -> None:
        """Add a global; of the user's own modules, the attributes that the code names."""
        self.value(value)
        if isinstance(value, types.ModuleType) and self._is_local(value.__name__):
            for name in sorted(names & vars(value).keys()):
                self._digest.add("attribute", name)
                self._global(vars(value)[name], names - {name})

    def _code(self, code: types.CodeType) -> None:
        self._digest.add("code", code.co_code)
        self._items("names", [code.co_names, code.co_varnames, code.co_freevars, code.co_flags])
        for constant in code.co_consts:
            if isinstance(constant, types.CodeType):
                self._code(constant)
            else:
                self.value(constant)

    def _class(self, cls: type) -> None:
        self._digest.add("class", f"{cls.__module__}.{cls.__qualname__}")
        if self._is_local(cls.__module__):
            for base in cls.__bases__:
                self.value(base)
            for name, member in sorted(vars(cls).items()):
                if name not in ("__dict__", "__weakref__", "__doc__", "__module__", "__firstlineno__"):
                    self._digest.add("member", name)
                    self._member(member)

    def _member(self, member: object) -> None:
        try:
            self.value(member)
        except Unknown:
            # A descriptor of some library's: what it holds of an instance is in the instance.
            self._digest.add("descriptor", type(member).__qualname__)

    def _instance(self, value: object, kind: type) -> None:
        """Add an object whose whole state is its attributes."""
        if not _is_plain_class(kind):
            raise Unknown(f"a value of type {kind.__module__}.{kind.__qualname__}")
        self._digest.add("instance")
        self.value(kind)
        state = dict(getattr(value, "__dict__", {}))
        for cls in kind.__mro__:
            slots = vars(cls).get("__slots__", ())
            for name in (slots,) if isinstance(slots, str) else slots:
                if name not in ("__dict__", "__weakref__") and hasattr(value, name):
                    state[name] = getattr(value, name)
        self._mapping("state", state)


def _bytes_of(array: np.ndarray[Any, Any]) -> memoryview:
    """Return the bytes of a C-contiguous array, not copied."""
    return array.reshape(-1).view(np.uint8).data if array.size else memoryview(b"")


def _names(code: types.CodeType) -> set[str]:
    """Return all names that *code* or code nested in it looks up."""
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names |= _names(constant)
    return names


def _is_plain_class(kind: type) -> bool:
    """Whether instances keep nothing outside ``__dict__`` and ``__slots__``."""
    made_in_python = 1 << 9  # Py_TPFLAGS_HEAPTYPE
    for cls in kind.__mro__[:-1]:
        slots = vars(cls).get("__slots__", ())
        fields = 1 if isinstance(slots, str) else len(slots)
        most = (cls.__base__ or object).__basicsize__ + 8 * (fields + 2)  # a pointer each, and __dict__, __weakref__
        if not cls.__flags__ & made_in_python or cls.__basicsize__ > most or hasattr(cls, "__reduce_cython__"):
            return False
    return True


def _is_drawn(kind: type) -> bool:
    """Whether instances belong to the drawing: question 2 sees what they look like."""
    return any(cls.__module__.partition(".")[0] in ("matplotlib", "mpl_toolkits") for cls in kind.__mro__)
