"""Copies of standard library functions and classes, as they were before the script ran."""

from __future__ import annotations

import builtins
import os
import sys
import types

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_OURS = __name__.rpartition(".")[0]
_PACKAGE = __name__.partition(".")[0] + "."

_HELD = "os posixpath genericpath json time shutil signal pickle base64 glob".split()
"""Modules whose functions are copied one by one."""

_MADE_ANEW = "tempfile subprocess pathlib._local pathlib".split()
"""Modules whose classes call imported functions: they are executed a second time, which takes 2 ms.

Only Python 3.13 has `pathlib._local`.
"""


def hold_functions() -> None:
    """Make our own modules keep the current functions, whatever the script replaces later."""
    held = _copies()
    for name, module in list(sys.modules.items()):
        if name.startswith(_PACKAGE) and not name.startswith(_OURS):
            names = vars(module)
            for key, value in list(names.items()):
                if isinstance(value, types.ModuleType | type) and value in held:
                    names[key] = held[value]
            for key, value in vars(builtins).items():
                if not key.startswith("_"):
                    names.setdefault(key, value)


def to_script_path(path: Any) -> Any:
    """Convert *path* from our copy of `pathlib` to the script's `pathlib`."""
    make, arguments = path.__reduce__()
    return make(*arguments)


def _copies() -> dict[Any, Any]:
    """Return copies of the modules and of their functions and classes, keyed by the originals.

    The copies call each other, never the originals, so replacing an original has no effect on them.
    """
    copies: dict[Any, Any] = {}
    modules = [sys.modules[name] for name in (*_HELD, *_MADE_ANEW) if name in sys.modules]
    for module in modules:
        copies[module] = types.ModuleType(module.__name__, module.__doc__)
    for module in modules:
        if module.__name__ in _MADE_ANEW:
            copies.update(_made_anew(module, copies[module]))
    spaces = {id(vars(module)): vars(copies[module]) for module in modules}
    for module in modules:
        for name, value in vars(module).items():
            if isinstance(value, types.FunctionType) and value not in copies and id(value.__globals__) in spaces:
                copies[value] = _bound_to(spaces[id(value.__globals__)], value)
            known = isinstance(value, types.FunctionType | types.ModuleType | type) and value in copies
            vars(copies[module])[name] = copies[value] if known else value
    vars(copies[os])["getcwd"] = _working_folder
    return copies


def _bound_to(space: dict[str, Any], function: types.FunctionType) -> types.FunctionType:
    """Return a copy of *function* whose globals are *space*."""
    made = types.FunctionType(function.__code__, space, function.__name__, function.__defaults__, function.__closure__)
    made.__kwdefaults__ = function.__kwdefaults__
    made.__dict__.update(vars(function))
    return made


def _made_anew(module: types.ModuleType, copy: types.ModuleType) -> dict[Any, Any]:
    """Execute *module* again in *copy*; return its new functions and classes, keyed by the old ones."""
    for name in ("__spec__", "__package__", "__path__", "__file__"):
        if hasattr(module, name):
            setattr(copy, name, getattr(module, name))
    inner = f"{module.__name__}."
    for name, value in vars(module).items():  # the import system puts submodules into the original alone
        if isinstance(value, types.ModuleType) and value.__name__.startswith(inner):
            setattr(copy, name, value)
    assert module.__spec__ is not None
    assert module.__spec__.loader is not None
    module.__spec__.loader.exec_module(copy)
    made = {}
    for name, value in vars(module).items():
        again = vars(copy).get(name)
        if isinstance(value, types.FunctionType | type) and value.__module__ == module.__name__ and again is not value:
            made[value] = again
    if pure := vars(copy).get("PurePath"):  # unpickling looks a class up by name, and finds the script's
        pure.__reduce__ = lambda path: (getattr(module, type(path).__name__), (str(path),))
    return made


def _working_folder() -> str:
    """Return the working folder; a path that does not exist, if the script has removed it."""
    try:
        return _getcwd()
    except FileNotFoundError:
        return os.path.join(os.sep, "gone")


_getcwd = os.getcwd
