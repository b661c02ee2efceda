"""Whether a figure reaches code that is not a library's: only such code can run when it is drawn.

That is so because matplotlib itself is as it was made (`drawing.pristine`): what a draw calls
beyond it are methods of the objects that the figure holds, and functions that these hold.
The walk visits some thousand objects and takes about a millisecond.
"""

from __future__ import annotations

import functools
import gc
import sys
from types import AsyncGeneratorType, BuiltinFunctionType, CoroutineType, FrameType, FunctionType, GeneratorType, ModuleType
from typing import Any
from weakref import ReferenceType

import matplotlib.animation
import numpy as np

from ..drawing.origin import is_library_code, is_of_library

_KNOWN = frozenset(
    # Compared with how they were made; those that call nobody back; ours.
    ("builtins", "matplotlib", "mpl_toolkits", "numpy") + ("contourpy", "cycler") + (__name__.partition(".")[0],)
)
"""Packages whose classes may be reached."""

_RUNNING = (GeneratorType, CoroutineType, AsyncGeneratorType, FrameType)


def reaches_code_of_scene(figure: Any) -> bool:
    """Whether *figure* reaches a function, or an object of a class, that is neither Python's, NumPy's nor matplotlib's."""
    seen: dict[int, Any] = {}
    waiting = [figure]
    while waiting:
        found = gc.get_referents(*waiting)
        waiting = []
        for each in found:
            if isinstance(each, ReferenceType):
                each = each()
            if id(each) in seen:
                continue
            seen[id(each)] = each
            kind = type(each)
            if isinstance(each, type):
                if not _is_known(each):
                    return True
            elif not _is_known(kind) or kind in _RUNNING:
                return True
            elif kind is FunctionType:
                if not is_library_code(each.__code__, each.__globals__):
                    return True
                waiting += (each.__closure__, each.__defaults__, each.__kwdefaults__, vars(each))  # not its module
            elif kind is BuiltinFunctionType and each.__module__:  # else it is a method
                if not _is_known_package(each.__module__):
                    return True
            elif isinstance(each, np.ndarray):
                if each.dtype.hasobject:
                    waiting.append(each.tolist())  # an array does not tell what it refers to
            elif gc.is_tracked(each) and kind is not ModuleType and kind not in _ANIMATIONS:
                waiting.append(each)
    return False


_ANIMATIONS = frozenset(
    each for each in vars(matplotlib.animation).values() if isinstance(each, type) and hasattr(each, "_start")
)
"""Listens to a draw to begin with it, which it does not while it is saved."""


@functools.cache
def _is_known(kind: type) -> bool:
    """Whether *kind* is a class of Python's, NumPy's or matplotlib's, and not one that only says so."""
    module = kind.__module__
    if not _is_known_package(module):
        return False
    if not kind.__flags__ & _ON_HEAP:
        return True
    found: Any = sys.modules.get(module)
    for name in kind.__qualname__.split("."):
        found = getattr(found, name, None)
    return found is kind or all(map(is_of_library, vars(kind).values()))  # matplotlib makes some in functions


def _is_known_package(module: str) -> bool:
    root = module.partition(".")[0]
    return root in _KNOWN or root in sys.stdlib_module_names


_ON_HEAP = 1 << 9  # made while Python ran: of a class statement
