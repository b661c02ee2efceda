"""Functions of the standard library, and classes that use them, as they were before the script ran."""

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
"""Modules of functions, which are copied one by one."""

_MADE_ANEW = "tempfile subprocess pathlib._local pathlib".split()
"""Modules whose classes call what they have imported: they are run a second time, which takes 2 ms.

Before Python 3.13 and after it, there is no `pathlib._local`.
"""


def hold_functions() -> None:
    """Let our own modules go on with the functions that there are now, whatever the script replaces."""
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


def for_the_script(path: Any) -> Any:
    """Return *path*, one of ours, as the script knows paths."""
    make, arguments = path.__reduce__()
    return make(*arguments)


def _copies() -> dict[Any, Any]:
    """Return copies of the modules, by the originals, whose functions and classes call each other and nobody else.

    With them, those of the functions and classes themselves.
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
    """Return a copy of a *function* whose globals are *space*."""
    made = types.FunctionType(function.__code__, space, function.__name__, function.__defaults__, function.__closure__)
    made.__kwdefaults__ = function.__kwdefaults__
    made.__dict__.update(vars(function))
    return made


def _made_anew(module: types.ModuleType, copy: types.ModuleType) -> dict[Any, Any]:
    """Run *module* a second time, in the place of *copy*; return what it has defined, by what it had defined before."""
    for name in ("__spec__", "__package__", "__path__", "__file__"):
        if hasattr(module, name):
            setattr(copy, name, getattr(module, name))
    assert module.__spec__ is not None
    assert module.__spec__.loader is not None
    module.__spec__.loader.exec_module(copy)
    made = {}
    for name, value in vars(module).items():
        again = vars(copy).get(name)
        if isinstance(value, types.FunctionType | type) and value.__module__ == module.__name__ and again is not value:
            made[value] = again
    if pure := vars(copy).get("PurePath"):  # what is pickled is found by its name, and so is the script's
        pure.__reduce__ = lambda path: (getattr(module, type(path).__name__), (str(path),))
    return made


def _working_folder() -> str:
    """Return the working folder; a name of nothing, if the script has removed it."""
    try:
        return _getcwd()
    except FileNotFoundError:
        return os.path.join(os.sep, "gone")


_getcwd = os.getcwd
