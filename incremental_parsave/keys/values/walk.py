"""Digests of values by content.

A value that cannot be digested by content is never digested by name instead:
`Unknown` is raised, and the build falls back to its next question.
"""

from __future__ import annotations

import array
import collections
import datetime
import decimal
import enum
import fractions
import functools
import operator
import pathlib
import random
import re
import types
import zoneinfo
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

from ..canonical import Digest, Unknown
from ..explain import Lines
from . import arrays, definitions, labelled
from .described import described

_MAX_DEPTH = 100  # a level takes at most eight calls, so this stays well below Python's recursion limit
_MAX_LEVEL = 4  # `a.b.c.d` still gets a line of its own
_BY_REPR = frozenset((
    type(None), bool, float, complex, type(Ellipsis), type(NotImplemented), range,
    datetime.date, datetime.timedelta,
    decimal.Decimal, fractions.Fraction,
    pathlib.PurePosixPath, pathlib.PureWindowsPath, pathlib.PosixPath, pathlib.WindowsPath,
))  # fmt: skip
_PLAIN_MAPPINGS = (dict, collections.OrderedDict, collections.Counter, types.MappingProxyType)
_BY_REDUCE = (operator.attrgetter, operator.itemgetter, operator.methodcaller)
_IMMUTABLE = (np.dtype, re.Pattern, types.ModuleType, np.ufunc, datetime.tzinfo, datetime.datetime, datetime.time)


def value_digest(value: object, is_local: Callable[[str], bool]) -> str:
    """Return the digest of *value*; see `Walk`."""
    digest = Digest("value")
    Walk(digest, is_local).value(value)
    return digest.hexdigest()


class _Known(NamedTuple):
    """The digests of a named value: of everything that it reaches, and of its own part alone."""

    whole: str
    own: str


class _Scope:
    """One named value that is being digested, with a digest of its own.

    Attributes
    ----------
    own : Digest or None
        Like *digest*, but without values that are reached by name and have a line of their own.
    seen : dict
        The position of each object among those reached in this scope, by id.  Positions are
        counted per scope, so that its digest does not depend on what was digested before.
    """

    __slots__ = ("digest", "label", "level", "own", "seen", "subject")

    def __init__(self, digest: Digest, own: Digest | None, subject: object, label: str | None, level: int) -> None:
        self.digest, self.own, self.subject, self.label, self.level = digest, own, subject, label, level
        self.seen: dict[int, int] = {}


class Walk:
    """Feeds values, and everything that they reach, to a digest.

    A value that is reached by name (a global, an attribute, an argument) is digested
    separately, and its digest is added together with its name.  Two names for one
    object differ from two equal objects, since a program can tell them apart.

    Parameters
    ----------
    digest : Digest
    is_local : callable
        Returns whether the module of a given name is user code.  User functions are
        followed into what they capture.  Library functions are identified by name,
        since the version of the library is part of the key elsewhere.
    sink : Lines, optional
        Receives a line for each named value, so that a build can explain what has changed.
        The digest is the same with and without a sink.
    memo : ArrayMemo, optional
        Remembers the digests of large arrays between walks.
    """

    def __init__(
        self,
        digest: Digest,
        is_local: Callable[[str], bool],
        sink: Lines | None = None,
        memo: arrays.ArrayMemo | None = None,
    ) -> None:
        self.is_local = is_local
        self._sink = sink
        self.contents = memo.digest if memo is not None else arrays.contents
        self._root = self._scope = _Scope(digest, None, None, None, 0)
        self._open: dict[int, int] = {}  # nesting depth of the named values that are being digested, by id
        self._known: dict[int, _Known] = {}
        self._labels: dict[str, int] = {}
        self._home = ""  # the module whose names need no prefix
        self._alive: list[object] = []  # keeps objects alive, so that ids stay unique during the walk
        self._depth = 0
        self._steps = 0
        self._first: dict[int, int] = {}  # the step at which each object was first reached
        self._memory: dict[int, tuple[int, int]] = {}
        self._sharing: list[tuple[int, ...]] = []

    # -- adding values ----------------------------------------------------

    def add(self, tag: str, payload: bytes | str | int = b"") -> Walk:
        """Add one tagged piece to the current scope; return self."""
        self._scope.digest.add(tag, payload)
        if self._scope.own is not None:
            self._scope.own.add(tag, payload)
        return self

    def value(self, value: object) -> None:
        """Add *value*.

        Raises
        ------
        Unknown
            If the value, or something that it reaches, cannot be digested by content.
        """
        kind = type(value)
        if kind is str:
            self.add("str", value)  # type: ignore[arg-type]
        elif kind is int:
            self.add("int", f"{value:x}")  # Python limits the length of the decimal form
        elif kind in _BY_REPR:
            self.add(kind.__qualname__, repr(value))
        elif kind is bytes:
            self.add("bytes", value)  # type: ignore[arg-type]
        elif isinstance(value, _IMMUTABLE) or (isinstance(value, np.generic) and not isinstance(value, np.void)):
            self._dispatch(value, kind)  # identity does not matter for immutable values
        else:
            self._reached(value, kind)
        if not self._depth and self._scope is self._root and self._sharing:
            self.add("sharing", repr(self._sharing))
            self._sharing = []

    def items(self, tag: str, items: Iterable[Any]) -> None:
        """Add a sequence of values."""
        items = list(items)
        self.add(tag, len(items))
        for item in items:
            self.value(item)

    def mapping(self, tag: str, mapping: Any) -> None:
        """Add a mapping in its order, since iteration reveals the order."""
        self.add(tag, len(mapping))
        for key, item in mapping.items():
            self.value(key)
            self.value(item)

    def apart(self, value: object) -> str:
        """Return a separate digest of *value*, independent of this walk."""
        return value_digest(value, self.is_local)

    def _reached(self, value: object, kind: type) -> None:
        """Add a value that may be reached more than once, or reach itself."""
        self._step(value)
        seen = self._scope.seen
        if id(value) in seen:
            self.add("again", seen[id(value)])
            return
        seen[id(value)] = len(seen)
        self._depth += 1
        try:
            if self._depth > _MAX_DEPTH:
                raise Unknown("a value is nested too deeply to be compared")
            if definitions.is_followed(value, self.is_local) and self._scope.subject is not value:
                self.named("", value)  # it gets a line of its own wherever it is reached
            else:
                self._dispatch(value, kind)
        except RecursionError:
            raise Unknown("a value is nested too deeply to be compared") from None
        finally:
            self._depth -= 1

    def _step(self, value: object) -> None:
        """Record whether an object was reached before, regardless of the names that lead to it."""
        self._steps += 1
        first = self._first.setdefault(id(value), self._steps)
        if first == self._steps:
            self._alive.append(value)
        else:
            self._sharing.append((self._steps, first))

    def views(self, owner: object, address: int, strides: tuple[int, ...]) -> None:
        """Record whether an array shares its memory with earlier ones: a change to one of them changes the others."""
        step, first = self._memory.setdefault(id(owner), (self._steps, address))
        if step == self._steps:
            self._alive.append(owner)
        else:
            self._sharing.append((self._steps, step, address - first, *strides))

    # -- names ------------------------------------------------------------

    def named(self, name: str, value: object, label: str | None = None, level: int = 1) -> None:
        """Add a value that is reached by *name*, with a digest of its own; note it in the sink under *label*."""
        scope = self._scope
        self.add("named", name)
        label = self._line_label(value, label if level <= _MAX_LEVEL else None) if self._sink is not None else None
        whole = self._whole(value, label, level)
        scope.digest.add("whole", whole)
        if scope.own is not None and label is None:
            scope.own.add("whole", whole)

    def attributes(self, owner: object, named: Iterable[tuple[str, object]], label: str | None = None) -> None:
        """Add the values that *owner* holds under names; *label* is for an owner that is not itself a named value."""
        scope = self._scope
        label = scope.label if scope.subject is owner else label
        for name, value in named:
            self.named(name, value, f"{label}.{name}" if label else None, scope.level + 1)

    def globals(self, module: str, values: dict[str, Any], names: set[str]) -> None:
        """Add the globals of *module* that are in *names*; if one is a local module, add its attributes likewise."""
        for name in sorted(names & values.keys()):
            value = values[name]
            if isinstance(value, types.ModuleType) and self.is_local(value.__name__):
                self.add("local module", name)
                self.value(value)
                self.globals(value.__name__, vars(value), names - {name})
            else:
                self.named(name, value, self._prefix(module) + name)

    def _whole(self, value: object, label: str | None, level: int) -> str:
        """Return the digest of a named value, including everything that it reaches."""
        if id(value) in self._open:
            self._step(value)
            return f"enclosing {len(self._open) - self._open[id(value)]}"
        known = self._known.get(id(value))
        if known is None:
            own = Digest("own") if self._sink is not None else None
            outer, scope = self._scope, _Scope(Digest("value"), own, value, label, level)
            self._scope = scope
            self._open[id(value)] = len(self._open)
            try:
                self.value(value)
            finally:
                self._scope = outer
                del self._open[id(value)]
            known = _Known(scope.digest.hexdigest(), own.hexdigest() if own is not None else "")
            self._known[id(value)] = known
            self._alive.append(value)
        elif id(value) in self._first:
            self._step(value)
        if self._sink is not None and label is not None:
            self._sink.note(f"`{label}`", known.own, *described(value))
        return known.whole

    def _line_label(self, value: Any, label: str | None) -> str | None:
        """Return the label under which *value* is noted; user functions and classes keep their own names."""
        if definitions.is_followed(value, self.is_local):
            if not self._home:
                self._home = value.__module__
            name = self._prefix(value.__module__) + value.__qualname__.replace("<locals>.", "")
            if label is None or ("<" not in name and self._labels.get(name, id(value)) == id(value)):
                label = name
        if label is None:
            return None
        self._alive.append(value)
        unique, n = label, 1
        while self._labels.setdefault(unique, id(value)) != id(value):
            n += 1
            unique = f"{label} ({n})"
        return unique

    def _prefix(self, module: str) -> str:
        return "" if module in ("__main__", self._home) else f"{module}."

    # -- dispatch by type -------------------------------------------------

    def _dispatch(self, value: Any, kind: type) -> None:
        if isinstance(value, np.ndarray):
            arrays.add(self, value)
        elif isinstance(value, np.generic):
            self.add("scalar")
            arrays.add(self, np.asarray(value))
        elif kind in (tuple, list):
            self.items(kind.__qualname__, value)
        elif issubclass(kind, tuple) and (hasattr(kind, "_fields") or hasattr(kind, "n_sequence_fields")):
            self.value(kind)
            # __reduce__ includes the fields of time.struct_time that are not items.
            self.items("named tuple", value if hasattr(kind, "_fields") else value.__reduce__()[1])
            self.attributes(value, getattr(value, "__dict__", {}).items())
        elif kind is collections.deque:
            self.items("deque", [value.maxlen, *value])
        elif kind in (set, frozenset):
            self.add(kind.__name__, len(value))
            for item in sorted(self.apart(item) for item in value):
                self.add("item", item)
        elif kind in _PLAIN_MAPPINGS:
            self.mapping(kind.__qualname__, value)
        elif kind is collections.defaultdict:
            self.value(value.default_factory)
            self.mapping("defaultdict", value)
        elif kind is types.SimpleNamespace:
            self.add("namespace", len(vars(value)))
            self.attributes(value, vars(value).items())
        elif kind is bytearray:
            self.add("bytearray", bytes(value))
        elif kind is array.array:
            self.add("array.array", value.typecode).add("items", value.tobytes())
        elif kind is slice:
            self.items("slice", [value.start, value.stop, value.step])
        elif isinstance(value, datetime.datetime | datetime.time | datetime.tzinfo):
            _add_time(self, value, kind)
        elif isinstance(value, enum.Enum):
            definitions.add_enum(self, value)
        elif kind is functools.partial:
            definitions.add_partial(self, value)
        elif kind in _BY_REDUCE:
            self.items(kind.__name__, value.__reduce__())
        elif isinstance(value, types.MethodType):
            self.items("method", [value.__func__, value.__self__])
        elif isinstance(value, types.FunctionType):
            definitions.add_function(self, value)
        elif isinstance(value, functools._lru_cache_wrapper):
            definitions.add_cached(self, value)
        elif isinstance(value, definitions.BOUND_IN_C):
            definitions.add_bound_in_c(self, value)
        elif isinstance(value, np.ufunc):
            definitions.add_ufunc(self, value)
        elif isinstance(value, definitions.DESCRIPTORS):
            definitions.add_descriptor(self, value)
        elif isinstance(value, types.ModuleType):
            self.add("module", value.__name__)
        elif isinstance(value, types.GenericAlias | types.UnionType):
            self.items("alias", [getattr(value, "__origin__", None), value.__args__])
        elif isinstance(value, type):
            definitions.add_class(self, value)
        elif isinstance(value, re.Pattern):
            self.items("pattern", [value.pattern, value.flags])
        elif isinstance(value, np.dtype):
            arrays.add_dtype(self, value)
        elif kind is random.Random:
            self.items("random", [value.getstate()])
        elif isinstance(value, np.random.Generator | np.random.BitGenerator):
            bits: Any = getattr(value, "bit_generator", value)
            seeds = getattr(getattr(bits, "seed_seq", None), "state", None)
            self.items(kind.__qualname__, [bits.state, seeds])
        elif kind is np.random.SeedSequence:
            self.items("seeds", [value.state])
        elif isinstance(value, np.random.RandomState):
            self.items("randomstate", [value.get_state(legacy=False)])
        elif labelled.is_labelled(kind):
            labelled.add(self, value, kind)
        elif _is_drawn(kind):
            self.add("drawn", definitions.full_name(kind))
        elif callable(value) and not self.is_local(kind.__module__) and definitions.is_importable(value):
            self.add("importable", definitions.full_name(value))
        else:
            definitions.add_instance(self, value)


def _is_drawn(kind: type) -> bool:
    """Whether instances belong to matplotlib, so that question 2 checks what they look like."""
    return any(cls.__module__.partition(".")[0] in ("matplotlib", "mpl_toolkits") for cls in kind.__mro__)


def _add_time(walk: Walk, value: Any, kind: type) -> None:
    if kind in (datetime.datetime, datetime.time):
        walk.add(kind.__name__, repr(value.replace(tzinfo=None)))
        walk.value(value.tzinfo)  # separately: the repr of a user-defined time zone may contain an address
    elif kind is datetime.timezone:
        walk.add("timezone", repr(value))
    elif kind is zoneinfo.ZoneInfo and value.key is not None:
        walk.add("zone", value.key)  # the file that defines the zone is an input of its own
    elif kind.__module__.partition(".")[0] == "pytz":
        walk.add("zone", repr(value))  # name and offset: pytz has a separate class for each zone
    elif labelled.is_labelled(kind):
        labelled.add(walk, value, kind)
    else:
        definitions.add_instance(walk, value)
