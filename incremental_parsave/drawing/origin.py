"""Whether a function belongs to a library or to the scene.

Its file decides, not ``__module__``, which ``functools.wraps`` copies.
"""

from __future__ import annotations

import functools
import os
from types import CodeType, FunctionType, MethodType
from typing import Any

import matplotlib as mpl

from ..tracing.audit import is_library, is_local_module

_MATPLOTLIB = os.path.dirname(mpl.__file__) + os.sep


def is_library_function(function: Any) -> bool:
    """Return whether *function*, and every function that it wraps, is code of matplotlib or another library."""
    if isinstance(function, MethodType):
        return is_library_function(function.__func__)
    if isinstance(function, staticmethod | classmethod):
        return is_library_function(function.__func__)
    if isinstance(function, property):
        return all(
            is_library_function(each) for each in (function.fget, function.fset, function.fdel) if each is not None
        )
    if isinstance(function, functools.partial):
        return is_library_function(function.func)
    if not isinstance(function, FunctionType):
        return isinstance(function, type) or not is_local_module(str(type(function).__module__))
    if not is_library_code(function.__code__, function.__globals__):
        return False
    return all(is_library_function(each) for each in _enclosed(function) if callable(each))


def is_library_code(code: CodeType, names: dict[str, Any]) -> bool:
    """Return whether *code* belongs to a library.

    The file of the code decides.  Code that was compiled from a string has no file;
    for such code, the module that is named in its globals *names* decides.
    """
    file = code.co_filename
    if file.startswith("<") and is_local_module(str(names.get("__name__"))):
        return False
    return is_file_of_library(file)


@functools.cache
def is_file_of_library(name: str) -> bool:
    """Return whether *name* is a file of a library, or a placeholder such as ``<string>``, for code without a file."""
    return name.startswith(("<", _MATPLOTLIB)) or is_library(name)


def _enclosed(function: FunctionType) -> list[Any]:
    found = []
    for cell in function.__closure__ or ():
        try:
            found.append(cell.cell_contents)
        except ValueError:  # an empty cell
            continue
    return [each for each in found if each is not function]
