"""Functions, classes and the instances of classes written in Python.

Those of the user are followed into what they are made of.  A library's are
known by name, its version being part of the key elsewhere, but only if they
are found under that name, as for pickle: a function that a library has made
(a closure, a fitted curve) is not.
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
from .chance import refuse_chance

if TYPE_CHECKING:
    from .walk import Walk

BOUND_IN_C = (
    types.BuiltinFunctionType, types.MethodDescriptorType, types.WrapperDescriptorType, types.MethodWrapperType,
    types.ClassMethodDescriptorType,
)  # fmt: skip
DESCRIPTORS = (property, staticmethod, classmethod, functools.cached_property)
_OF_ALL_CLASSES = frozenset(
    "__dict__ __weakref__ __doc__ __module__ __firstlineno__ __static_attributes__ _abc_impl "
    # For type checkers; what of them a program runs on stands in its defaults too.
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
    """Whether *value* is found under the name that it says it has."""
    found: Any = sys.modules.get(getattr(value, "__module__", None) or "")
    for part in str(getattr(value, "__qualname__", "")).split("."):
        found = getattr(found, "__dict__", {}).get(part)
    return found is value or (isinstance(found, staticmethod) and found.__func__ is value)


def full_name(value: Any) -> str:
    """Return the module and the qualified name of a function or class."""
    return f"{value.__module__}.{value.__qualname__}"


def add_function(walk: Walk, function: types.FunctionType) -> None:
    """Add a function: its code, and by name all that it reaches."""
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
        refuse_chance(function)
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
            # Whether equal constants are one object is the compiler's choice.
            walk.add("constant", walk.apart(constant))


def _names(code: types.CodeType) -> set[str]:
    """Return all names that *code* or code nested in it looks up."""
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names |= _names(constant)
    return names


def add_bound_in_c(walk: Walk, value: Any) -> None:
    """Add a function written in C, with the object that it is bound to."""
    owner = getattr(value, "__self__", None) or getattr(value, "__objclass__", None)
    walk.add("builtin", f"{getattr(value, '__module__', None) or ''}.{value.__qualname__}")
    if owner is not None and not isinstance(owner, types.ModuleType):
        walk.value(owner)


def add_ufunc(walk: Walk, ufunc: np.ufunc) -> None:
    """Add a ufunc of NumPy's or SciPy's; those that were made from a function keep its name alone."""
    for module in ("numpy", "scipy.special"):
        if getattr(sys.modules.get(module), ufunc.__name__, None) is ufunc:
            walk.add("ufunc", f"{module}.{ufunc.__name__}")
            return
    raise Unknown(f"the ufunc {ufunc.__name__}")


def add_cached(walk: Walk, function: Any) -> None:
    """Add what ``functools.lru_cache`` made, whose cache cannot be seen."""
    if function.cache_info().currsize:
        raise Unknown(f"the cache of {function.__qualname__}")
    walk.add("cached", repr(sorted(function.cache_parameters().items())))
    walk.attributes(function, [("__wrapped__", function.__wrapped__)])


def add_class(walk: Walk, cls: type) -> None:
    """Add a class: by name, and the user's with its bases and members."""
    walk.add("class", full_name(cls))
    if not walk.is_local(cls.__module__):
        if not is_importable(cls) and not _is_builtin(cls):
            raise Unknown(f"the class {full_name(cls)}, which its library made")
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
    """Whether a class is the interpreter's own; not all of those are found under their names."""
    return cls.__module__ == "builtins" or not cls.__flags__ & _HEAP_TYPE


def _add_member(walk: Walk, cls: type, name: str, member: object) -> None:
    kind = type(member)
    try:
        walk.attributes(cls, [(name, member)])
    except Unknown:
        if not hasattr(kind, "__get__") or walk.is_local(kind.__module__) or hasattr(member, "__wrapped__"):
            raise
        # A descriptor of some library's: what it holds of an instance is in the instance.
        walk.add("descriptor", full_name(kind))


def add_enum(walk: Walk, member: enum.Enum) -> None:
    """Add a member of an enumeration, or a combination of flags."""
    kind = type(member)
    walk.add("enum", str(member._name_))
    walk.value(kind)  # the user's with the values of its members
    if isinstance(member, enum.Flag):
        walk.value(member._value_)
    for name, value in vars(member).items():
        if name not in _OF_ENUM and name != "_inverted_":  # a cache
            walk.attributes(member, [(name, value)])


def add_instance(walk: Walk, value: object) -> None:
    """Add an object whose whole state is its attributes, and its items if it is a dictionary or a list."""
    kind = type(value)
    if not _is_plain_class(kind):
        raise Unknown(f"a value of type {full_name(kind)}")
    walk.add("instance")
    walk.value(kind)
    if isinstance(value, dict):
        walk.mapping("dict", dict(dict.items(value)))
    elif isinstance(value, list):
        walk.items("list", list.__iter__(value))
    walk.attributes(value, _state(value))


def _state(value: object) -> Iterator[tuple[str, object]]:
    """Yield the attributes that an object keeps, without running any code of its class."""
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
    """Whether instances keep nothing outside ``__dict__`` and ``__slots__`` but the items of a dictionary or list.

    A class written in C may keep anything in the bytes that it adds to its base.
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
    """Whether *value* is a function or class of the user's."""
    return isinstance(value, types.FunctionType | type) and is_local(value.__module__ or "")


def add_descriptor(walk: Walk, value: Any) -> None:
    """Add a property or method by the functions that it is made of."""
    walk.add(type(value).__name__)
    parts = ("fget", "fset", "fdel", "__func__", "func")
    walk.attributes(value, [(part, getattr(value, part)) for part in parts if getattr(value, part, None) is not None])


def add_partial(walk: Walk, partial: functools.partial[Any]) -> None:
    """Add a partial: its function, and its arguments by the names that the function gives them."""
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
