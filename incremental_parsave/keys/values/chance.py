"""Detection of calls to functions that return something else each time: clocks and sources of entropy."""

from __future__ import annotations

import dis
import functools
import types
from collections.abc import Iterator
from typing import NamedTuple

from ..canonical import Unknown

_CLOCKS = (
    "time time_ns monotonic monotonic_ns perf_counter perf_counter_ns process_time process_time_ns"
    " thread_time thread_time_ns clock_gettime clock_gettime_ns"
)
_NOW_BY_DEFAULT = {"localtime": 0, "gmtime": 0, "ctime": 0, "asctime": 0, "strftime": 1}
"""Functions of `time` that use the current time if they are called with at most this many arguments."""
_BY_MODULE = {
    "time": frozenset(_CLOCKS.split()),
    "datetime": frozenset({"now", "utcnow", "today"}),
    "os": frozenset({"urandom", "getrandom"}),
    "random": frozenset({"SystemRandom"}),
    "secrets": frozenset({"choice", "randbelow", "randbits", "token_bytes", "token_hex", "token_urlsafe"}),
    "uuid": frozenset({"uuid1", "uuid4"}),
}


def reject_nondeterminism(function: types.FunctionType) -> None:
    """Reject a user function that calls a clock or a source of entropy.

    Raises
    ------
    Unknown
        If the function's code, and the globals that it names, show such a call.
    """
    called_for_now = _looked_up(function.__code__).called_for_now
    for module, name in _uses(function):
        if name in _BY_MODULE.get(module, ()) or (module == "time" and name in called_for_now):
            raise Unknown(f"`{function.__qualname__}` calls {module}.{name}, whose result varies")


def _uses(function: types.FunctionType) -> Iterator[tuple[str, str]]:
    """Yield pairs of a module that a function uses and a name that it may look up there."""
    looked_up = _looked_up(function.__code__)
    modules = set(looked_up.modules)
    for name in looked_up.globals & function.__globals__.keys():
        value = function.__globals__[name]
        if isinstance(value, types.ModuleType):
            modules.add(value.__name__)
        elif isinstance(value, type):
            modules.add(value.__module__)
        elif isinstance(value, types.BuiltinFunctionType | types.FunctionType):
            yield value.__module__ or "", value.__name__
    for module in modules:
        yield from ((module, name) for name in looked_up.attributes)


class _LookedUp(NamedTuple):
    globals: frozenset[str]
    attributes: frozenset[str]
    modules: frozenset[str]
    called_for_now: frozenset[str]


@functools.cache
def _looked_up(code: types.CodeType) -> _LookedUp:
    """Return the names of the globals, attributes and imports in *code* and the code nested in it."""
    found: list[set[str]] = [set(), set(), set(), _called_for_now(code)]
    places = {
        "LOAD_GLOBAL": 0, "LOAD_NAME": 0, "LOAD_ATTR": 1, "LOAD_METHOD": 1, "IMPORT_FROM": 1, "IMPORT_NAME": 2,
    }  # fmt: skip
    for instruction in dis.get_instructions(code):
        if instruction.opname in places:
            found[places[instruction.opname]].add(instruction.argval)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            for names, inner in zip(found, _looked_up(constant), strict=True):
                names |= inner
    return _LookedUp(*map(frozenset, found))


def _called_for_now(code: types.CodeType) -> set[str]:
    """Return the names in `_NOW_BY_DEFAULT` that *code* calls without passing a time.

    Only calls whose arguments are constants are recognised.
    """
    instructions = [each for each in dis.get_instructions(code) if each.opname not in _SKIPPED_OPCODES]
    found = set()
    for at, instruction in enumerate(instructions):
        most = _NOW_BY_DEFAULT.get(instruction.argval) if isinstance(instruction.argval, str) else None
        if most is None or not instruction.opname.startswith(("LOAD_", "IMPORT_")):
            continue
        call = instructions[at + 1 : at + 2 + most]
        while call and call[0].opname == "LOAD_CONST":
            call = call[1:]
        if call and call[0].opname == "CALL" and (call[0].arg or 0) <= most:
            found.add(instruction.argval)
    return found


_SKIPPED_OPCODES = frozenset({"CACHE", "PRECALL", "PUSH_NULL", "RESUME", "NOP"})
