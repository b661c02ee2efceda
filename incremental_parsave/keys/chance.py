"""Functions that give another answer each time that they are called: clocks, and the machine's entropy."""

from __future__ import annotations

import dis
import types
from collections.abc import Iterator

from .canonical import Unknown

_CLOCKS = "time time_ns monotonic monotonic_ns perf_counter perf_counter_ns process_time process_time_ns thread_time"
_BY_MODULE = {
    "time": frozenset(_CLOCKS.split()),
    "datetime": frozenset({"now", "utcnow", "today"}),
    "os": frozenset({"urandom", "getrandom"}),
    "secrets": frozenset({"choice", "randbelow", "randbits", "token_bytes", "token_hex", "token_urlsafe"}),
    "uuid": frozenset({"uuid1", "uuid4"}),
}


def refuse_chance(function: types.FunctionType) -> None:
    """See that a function of the user's does not call one of these.

    Raises
    ------
    Unknown
        If it does, as far as its code and the globals that it names can tell.
    """
    for module, name in _uses(function):
        if name in _BY_MODULE.get(module, ()):
            raise Unknown(f"`{function.__qualname__}` calls {module}.{name}, which answers as it likes")


def _uses(function: types.FunctionType) -> Iterator[tuple[str, str]]:
    """Yield the modules that a function uses, with the names that it may look up in them."""
    attributes, modules = set(), set()
    for instruction in _instructions(function.__code__):
        name = instruction.argval
        if instruction.opname in ("LOAD_ATTR", "LOAD_METHOD", "IMPORT_FROM"):
            attributes.add(name)
        elif instruction.opname == "IMPORT_NAME":
            modules.add(name)
        elif instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME") and name in function.__globals__:
            value = function.__globals__[name]
            if isinstance(value, types.ModuleType):
                modules.add(value.__name__)
            elif isinstance(value, type | types.BuiltinFunctionType | types.FunctionType):
                yield value.__module__ or "", value.__name__
                modules.update([value.__module__] if isinstance(value, type) else [])
    for module in modules:
        yield from ((module, name) for name in attributes)


def _instructions(code: types.CodeType) -> Iterator[dis.Instruction]:
    yield from dis.get_instructions(code)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _instructions(constant)
