"""Digests of functions, classes and instances of classes written in Python.

User code is followed into its parts.  Library code is identified by its name
alone, since the version of the library is part of the key elsewhere.  This
requires that it can be found under that name, as for pickle.  A function that
a library created at run time (a closure, a fitted curve) cannot be found that
way, so it is followed as well.
"""

from __future__ import annotations

import contextlib
import enum
import functools
import sys
import types
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ..canonical import Unknown
from .chance import reject_nondeterminism

if TYPE_CHECKING:
    from .walk import Walk

BOUND_IN_C = (
    types.BuiltinFunctionType, types.MethodDescriptorType, types.WrapperDescriptorType, types.MethodWrapperType,
    types.ClassMethodDescriptorType,
)  # fmt: skip
DESCRIPTORS = (property, staticmethod, classmethod, functools.cached_property)
_OF_ALL_CLASSES = frozenset(
    "__dict__ __weakref__ __doc__ __module__ __firstlineno__ __static_attributes__ _abc_impl "
    # For type checkers; what matters at run time also appears among the defaults.
    "__annotations__ __annotate__ __annotate_func__ __annotations_cache__ __annotate_cache__ "
    "__dataclass_fields__ __orig_bases__ __parameters__ __type_params__".split()
)
_OF_ENUM = frozenset("_value_ _name_ __objclass__ _sort_order_".split())
_OF_ENUM_CLASSES = frozenset(
    "_member_names_ _member_map_ _value2member_map_ _unhashable_values_ _hashable_values_ _unhashable_values_map_ "
    "_member_type_ _value_repr_ _use_args_ __new_member__ _flag_mask_ _singles_mask_ _all_bits_ _inverted_ __new__ "
    "_new_member_".split()
)


def is_importable(value: Any) -> bool:
    """Whether *value* can be found under its module and qualified name."""
    found: Any = sys.modules.get(getattr(value, "__module__", None) or "")
    for part in str(getattr(value, "__qualname__", "")).split("."):
        found = getattr(found, "__dict__", {}).get(part)
    return found is value or (isinstance(found, staticmethod) and found.__func__ is value)


def full_name(value: Any) -> str:
    """Return the module and the qualified name of a function or class."""
    return f"{value.__module__}.{value.__qualname__}"


def add_function(walk: Walk, function: types.FunctionType) -> None:
    """Add a function: its code, and everything that it reaches by name."""
    local = walk.is_local(function.__module__ or "")
    walk.add("function", full_name(function))
    if not local and is_importable(function):
        return
    _add_code(walk, function.__code__)
    defaults = function.__defaults__ or ()
    arguments = function.__code__.co_varnames[: function.__code__.co_argcount]
    walk.attributes(function, zip(arguments[len(arguments) - len(defaults) :], defaults, strict=True))
    walk.attributes(function, (function.__kwdefaults__ or {}).items())
    walk.attributes(function, _closure(walk, function))
    walk.attributes(function, ((k, v) for k, v in function.__dict__.items() if k != "__wrapped__" or local))
    if local:
        reject_nondeterminism(function)
        names = _names(function.__code__)
        walk.globals(function.__module__, function.__globals__, names)


def _closure(walk: Walk, function: types.FunctionType) -> Iterator[tuple[str, object]]:
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:
            walk.add("empty cell", name)


def _add_code(walk: Walk, code: types.CodeType) -> None:
    walk.add("code", code.co_code).add("qualname", code.co_name)
    walk.add("names", repr([code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars, code.co_flags]))
    walk.add("exceptions", code.co_exceptiontable)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            _add_code(walk, constant)
        else:
            # Separate digests: the compiler decides whether equal constants share an object.
            walk.add("constant", walk.apart(constant))


def _names(code: types.CodeType) -> set[str]:
    """Return all names that *code*, and the code nested in it, looks up."""
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names |= _names(constant)
    return names


def add_bound_in_c(walk: Walk, value: Any) -> None:
    """Add a function written in C, and the object that it is bound to."""
    owner = getattr(value, "__self__", None) or getattr(value, "__objclass__", None)
    walk.add("builtin", f"{getattr(value, '__module__', None) or ''}.{value.__qualname__}")
    if owner is not None and not isinstance(owner, types.ModuleType):
        walk.value(owner)


def add_ufunc(walk: Walk, ufunc: np.ufunc) -> None:
    """Add a ufunc of NumPy or SciPy.

    Raises
    ------
    Unknown
        If it is any other ufunc: one that was made from a function exposes only the function's name.
    """
    for module in ("numpy", "scipy.special"):
        if getattr(sys.modules.get(module), ufunc.__name__, None) is ufunc:
            walk.add("ufunc", f"{module}.{ufunc.__name__}")
            return
    raise Unknown(f"the ufunc {ufunc.__name__} cannot be compared")


def add_cached(walk: Walk, function: Any) -> None:
    """Add a function wrapped by ``functools.lru_cache``.

    Raises
    ------
    Unknown
        If it has cached anything: the cached results cannot be inspected.
    """
    if function.cache_info().currsize:
        raise Unknown(f"the cache of {function.__qualname__} cannot be compared")
    walk.add("cached", repr(sorted(function.cache_parameters().items())))
    walk.attributes(function, [("__wrapped__", function.__wrapped__)])


def add_class(walk: Walk, cls: type) -> None:
    """Add a class by name; a user class with its bases and members too.

    Raises
    ------
    Unknown
        If a library created the class at run time, so that it cannot be found by name.
    """
    walk.add("class", full_name(cls))
    if not walk.is_local(cls.__module__):
        if not is_importable(cls) and not _is_builtin(cls):
            raise Unknown(f"the class {full_name(cls)} cannot be compared, since a library created it")
        return
    for base in cls.__bases__:
        walk.value(base)
    if isinstance(cls, enum.EnumMeta):
        members: Any = cls.__members__
        walk.attributes(cls, ((name, member.value) for name, member in members.items()))
        left_out = _OF_ALL_CLASSES | _OF_ENUM_CLASSES | members.keys()
    else:
        left_out = _OF_ALL_CLASSES
    for name, member in sorted(vars(cls).items()):
        if name not in left_out:
            _add_member(walk, cls, name, member)


def _is_builtin(cls: type) -> bool:
    """Whether a class is built in, or a static type of C code: not all of these can be found by name."""
    return cls.__module__ == "builtins" or not cls.__flags__ & _HEAP_TYPE


def _add_member(walk: Walk, cls: type, name: str, member: object) -> None:
    kind = type(member)
    try:
        walk.attributes(cls, [(name, member)])
    except Unknown:
        if not hasattr(kind, "__get__") or walk.is_local(kind.__module__) or hasattr(member, "__wrapped__"):
            raise
        # A library's descriptor: the data that it manages is stored in the instance.
        walk.add("descriptor", full_name(kind))


def add_enum(walk: Walk, member: enum.Enum) -> None:
    """Add a member of an enumeration, or a combination of flags."""
    kind = type(member)
    walk.add("enum", str(member._name_))
    walk.value(kind)  # for a user class, this includes the values of its members
    if isinstance(member, enum.Flag):
        walk.value(member._value_)
    for name, value in vars(member).items():
        if name not in _OF_ENUM and name != "_inverted_":  # _inverted_ is a cache
            walk.attributes(member, [(name, value)])


def add_instance(walk: Walk, value: object) -> None:
    """Add an object whose whole state is its attributes and, for a dictionary or list, its items.

    Raises
    ------
    Unknown
        If the object may hold anything else.
    """
    kind = type(value)
    if not _is_plain_class(kind):
        raise Unknown(f"values of type {full_name(kind)} cannot be compared")
    walk.add("instance")
    walk.value(kind)
    if isinstance(value, dict):
        walk.mapping("dict", dict(dict.items(value)))
    elif isinstance(value, list):
        walk.items("list", list.__iter__(value))
    walk.attributes(value, _state(value))


def _state(value: object) -> Iterator[tuple[str, object]]:
    """Yield the attributes that are stored in an object, without running any code of its class."""
    with contextlib.suppress(AttributeError):
        yield from object.__getattribute__(value, "__dict__").items()
    for cls in type(value).__mro__:
        for name, slot in vars(cls).items():
            if isinstance(slot, types.MemberDescriptorType):
                try:
                    yield name, slot.__get__(value)
                except AttributeError:
                    continue  # not set


_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE


def _is_plain_class(kind: type) -> bool:
    """Whether instances store everything in ``__dict__``, ``__slots__`` and the items of a dictionary or list.

    A class written in C may store anything in the bytes that it adds to its base class.
    """
    for cls in kind.__mro__[:-1]:
        if cls in (dict, list):
            continue
        members, base = vars(cls), cls.__base__ or object
        pointers = 0
        if cls.__flags__ & _HEAP_TYPE:
            slots = sum(isinstance(member, types.MemberDescriptorType) for member in members.values())
            pointers = slots + ("__dict__" in members) + ("__weakref__" in members)
        most = base.__basicsize__ + 8 * pointers
        if cls.__basicsize__ > most or cls.__itemsize__ != base.__itemsize__ or hasattr(cls, "__reduce_cython__"):
            return False
    return True


def is_followed(value: object, is_local: Any) -> bool:
    """Whether *value* is a function or class defined in user code."""
    return isinstance(value, types.FunctionType | type) and is_local(value.__module__ or "")


def add_descriptor(walk: Walk, value: Any) -> None:
    """Add a property or method descriptor by the functions that it consists of."""
    walk.add(type(value).__name__)
    parts = ("fget", "fset", "fdel", "__func__", "func")
    walk.attributes(value, [(part, getattr(value, part)) for part in parts if getattr(value, part, None) is not None])


def add_partial(walk: Walk, partial: functools.partial[Any]) -> None:
    """Add a partial: its function, and its arguments under the names of the function's parameters."""
    function: Any = partial.func
    walk.value(function)
    code = getattr(function, "__code__", None)
    names = code.co_varnames[: code.co_argcount] if isinstance(code, types.CodeType) else ()
    walk.add("arguments", len(partial.args))
    positional = ((names[i] if i < len(names) else str(i), value) for i, value in enumerate(partial.args))
    label = getattr(function, "__name__", None)
    walk.attributes(partial, positional, label)
    walk.attributes(partial, partial.keywords.items(), label)
    walk.attributes(partial, vars(partial).items())
