"""Whether a figure reaches code that is not a library's: only such code of a scene can run when it is drawn.

That is so because matplotlib itself is as it was made (`drawing.pristine`): what a draw calls
beyond it are methods of the objects that the figure holds, and functions that these hold.
The walk visits some thousand objects and takes a millisecond or two.
"""

from __future__ import annotations

import functools
import gc
import sys
from collections.abc import Iterable
from types import (
    AsyncGeneratorType,
    BuiltinFunctionType,
    CoroutineType,
    FrameType,
    FunctionType,
    GeneratorType,
    ModuleType,
)
from typing import Any
from weakref import ReferenceType

import matplotlib.animation
import numpy as np

from ..drawing.origin import is_library_code, is_of_library

_OURS = __name__.partition(".")[0]
"""This package, which stands in for parts of matplotlib during a build."""

# Compared with how they were made; those that call nobody back; ours.
_KNOWN = frozenset(("builtins", "matplotlib", "mpl_toolkits", "numpy", "contourpy", "cycler", _OURS))

# None of these calls anybody; the first lead to nobody either.
_ATOMS = frozenset((type(None), bool, int, float, complex, str, bytes, np.float64))
_CONTAINERS = frozenset((dict, list, tuple, set))

_RUNNING = frozenset((GeneratorType, CoroutineType, AsyncGeneratorType, FrameType))

# An animation waits for a draw to begin with, which it does not while it is saved.
_ANIMATIONS = frozenset(
    each for each in vars(matplotlib.animation).values() if isinstance(each, type) and hasattr(each, "_start")
)


def reaches_code_of_scene(figure: Any) -> bool:
    """Whether *figure* reaches a function or a class that is none of Python's, NumPy's or matplotlib's."""
    seen: dict[int, Any] = {}
    waiting = [figure]
    while waiting:
        found = gc.get_referents(*waiting)
        waiting = []
        for each in found:
            if type(each) in _ATOMS:
                continue
            if isinstance(each, ReferenceType):
                each = each()
            if id(each) in seen:
                continue
            seen[id(each)] = each
            if type(each) in _CONTAINERS:
                waiting.append(each)
                continue
            if _is_of_scene(each):
                return True
            waiting += _reached(each)
    return False


def _is_of_scene(value: Any) -> bool:
    kind = type(value)
    if kind is FunctionType:
        return not is_library_code(value.__code__, value.__globals__)
    if kind is BuiltinFunctionType and value.__module__:  # else it is a method
        return not _is_known_package(value.__module__)
    return kind in _RUNNING or not _is_known(value if isinstance(value, type) else kind)


def _reached(value: Any) -> Iterable[Any]:
    """Return what is to be asked what it refers to, in place of *value*."""
    kind: Any = type(value)
    if kind is FunctionType:  # not its module
        own = _package(value.__module__) == _OURS
        return () if own else (value.__closure__, value.__defaults__, value.__kwdefaults__, vars(value))
    if isinstance(value, np.ndarray) and value.dtype.hasobject:
        return (value.tolist(),)  # an array does not tell what it refers to
    if isinstance(value, type) or not gc.is_tracked(value) or _is_passed_by(kind):
        return ()
    return (value,)


@functools.cache
def _is_known(kind: Any) -> bool:
    """Whether *kind* is a class of Python's, NumPy's or matplotlib's, and not one that only says so."""
    if not _is_known_package(kind.__module__):
        return False
    if not kind.__flags__ & _ON_HEAP:
        return True
    found: Any = sys.modules.get(kind.__module__)
    for name in kind.__qualname__.split("."):
        found = getattr(found, name, None)
    return found is kind or all(map(is_of_library, vars(kind).values()))  # matplotlib makes some in functions


_ON_HEAP = 1 << 9  # made while Python ran, by a class statement


@functools.cache
def _is_passed_by(kind: Any) -> bool:
    """Whether a draw calls nothing by way of an object of this class."""
    return kind in _ANIMATIONS or kind in (ModuleType, BuiltinFunctionType) or _package(kind.__module__) == _OURS


def _is_known_package(module: str) -> bool:
    return _package(module) in _KNOWN or _package(module) in sys.stdlib_module_names


def _package(module: str | None) -> str:
    return str(module).partition(".")[0]
