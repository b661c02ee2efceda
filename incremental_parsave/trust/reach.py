"""Check whether a figure reaches the scene's own code: only then can such code run during a draw.

This holds because matplotlib itself is unmodified (`drawing.pristine` checks that).  Beyond matplotlib,
a draw calls only methods of objects that the figure holds, and functions that these objects hold.
The walk visits on the order of a thousand objects and takes one or two milliseconds.
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

from ..drawing.origin import is_library_code, is_library_function
from ..drawing.reuse.identity import identity

_OURS = __name__.partition(".")[0]
"""This package, which replaces parts of matplotlib during a build."""

# Packages that `drawing.pristine` checks; packages that never call back into user code; this package.
_KNOWN = frozenset(("builtins", "matplotlib", "mpl_toolkits", "numpy", "contourpy", "cycler", _OURS))

# Objects of these types call no code.  Atoms also hold no references to other objects.
_ATOMS = frozenset((type(None), bool, int, float, complex, str, bytes, np.float64))
_CONTAINERS = frozenset((dict, list, tuple, set))

_RUNNING = frozenset((GeneratorType, CoroutineType, AsyncGeneratorType, FrameType))

# A draw callback of the figure holds its animation, which starts at the first draw, but not during a save.
_ANIMATIONS = frozenset(
    each for each in vars(matplotlib.animation).values() if isinstance(each, type) and hasattr(each, "_start")
)


def reaches_code_of_scene(figure: Any) -> bool:
    """Whether *figure* reaches a function or class other than Python's, NumPy's and matplotlib's."""
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
            if identity(each) in seen:
                continue
            seen[identity(each)] = each
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
    if kind is BuiltinFunctionType and value.__module__:  # it is None for a method
        return not _is_known_package(value.__module__)
    return kind in _RUNNING or not _is_known(value if isinstance(value, type) else kind)


def _reached(value: Any) -> Iterable[Any]:
    """Return the objects whose references are followed in place of those of *value*."""
    kind: Any = type(value)
    if kind is FunctionType:  # its globals, a whole module, are left out
        own = _package(value.__module__) == _OURS
        return () if own else (value.__closure__, value.__defaults__, value.__kwdefaults__, vars(value))
    if isinstance(value, np.ndarray) and value.dtype.hasobject:
        return (value.tolist(),)  # an array does not report its references to `gc`
    if isinstance(value, type) or not gc.is_tracked(value) or _calls_no_code(kind):
        return ()
    return (value,)


@functools.cache
def _is_known(kind: Any) -> bool:
    """Whether *kind* is really a class of Python's, NumPy's or matplotlib's, as its ``__module__`` says."""
    if not _is_known_package(kind.__module__):
        return False
    if not kind.__flags__ & _ON_HEAP:
        return True
    found: Any = sys.modules.get(kind.__module__)
    for name in kind.__qualname__.split("."):
        found = getattr(found, name, None)
    return found is kind or all(map(is_library_function, vars(kind).values()))  # matplotlib creates some in functions


_ON_HEAP = 1 << 9  # Py_TPFLAGS_HEAPTYPE: created at run time, as by a class statement


@functools.cache
def _calls_no_code(kind: Any) -> bool:
    """Whether a draw calls no code through an object of class *kind*."""
    return kind in _ANIMATIONS or kind in (ModuleType, BuiltinFunctionType) or _package(kind.__module__) == _OURS


def _is_known_package(module: str) -> bool:
    return _package(module) in _KNOWN or _package(module) in sys.stdlib_module_names


def _package(module: str | None) -> str:
    return str(module).partition(".")[0]
