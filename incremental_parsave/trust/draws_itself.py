"""Guess whether the user's functions draw or save pictures themselves."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from types import CodeType, FunctionType, MethodType
from typing import Any

from ..drawing.origin import is_library_function

_NAMES = frozenset(
    "savefig imsave print_figure draw draw_artist blit buffer_rgba tostring_argb copy_from_bbox restore_region "
    "tight_layout get_window_extent get_tightbbox".split()
)


def names_drawing_function(functions: Any) -> bool:
    """Guess whether *functions*, or functions that they call by name, draw.

    The guess depends only on the names that the code uses.
    """
    waiting = list(_functions(functions))
    seen: set[Any] = set()
    while waiting:
        function, owner = waiting.pop()
        if function in seen or is_library_function(function):
            continue
        seen.add(function)
        for code in _codes(function.__code__):
            if not _NAMES.isdisjoint(code.co_names):
                return True
            named = [function.__globals__.get(name) for name in code.co_names]
            named += [getattr(type(owner), name, None) for name in code.co_names if owner is not None]
            enclosed = [cell.cell_contents for cell in function.__closure__ or () if _is_full(cell)]
            waiting += [(each, owner) for each in [*named, *enclosed] if isinstance(each, FunctionType)]
    return False


def _functions(value: Any) -> Iterator[tuple[FunctionType, Any]]:
    """Yield each function in *value* with the object that it is bound to, or None."""
    if isinstance(value, list | tuple):
        for each in value:
            yield from _functions(each)
    elif isinstance(value, functools.partial):
        yield from _functions(value.func)
    elif isinstance(value, MethodType) and isinstance(value.__func__, FunctionType):
        yield value.__func__, value.__self__
    elif isinstance(value, FunctionType):
        yield value, None


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _is_full(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return False
    return True
