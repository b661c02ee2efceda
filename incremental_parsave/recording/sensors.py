"""What tells a record of inputs that something is read: for the rest of the process's life."""

from __future__ import annotations

import importlib.machinery
import os
import sys
from collections.abc import Callable
from typing import Any

from ..keys.files import signature
from . import audit
from .inputs import Inputs
from .standard_input import listen_to_input

_FONTS_AND_TEX = (f"{os.sep}matplotlib{os.sep}__init__.py", "font_manager.py", "texmanager.py", "dviread.py")
_ABOUT_THE_MACHINE = tuple(f"{os.sep}{name}" for name in ("platform.py", f"ctypes{os.sep}util.py"))
_METADATA = os.path.join("importlib", "metadata", "__init__.py")
_NOT_LOOKING = ("realpath", "_joinrealpath", "mkdir", "makedirs")  # they stat, whatever the answer


def record(inputs: Inputs) -> None:
    """Let *inputs* be told of all that this process reads from now on."""
    audit.listen(lambda event, args: _heard(inputs, event, args))
    listen_to_input(lambda: inputs.be_blind("the scene read its standard input"))
    _record_imports(inputs)
    _record_stats(inputs)
    os.environ.__class__ = _recording_environ(inputs)


def _heard(inputs: Inputs, event: str, args: tuple[Any, ...]) -> None:
    if event in audit.INPUT:
        inputs.be_blind("the scene read its standard input")
    elif event == "open":
        opened = audit.opened(args)
        if opened is not None and not _for_a_traceback() and not audit.asked_by("<frozen importlib", within=2):
            inputs.opened(opened)
    elif event in audit.READS:
        if not audit.asked_by("<frozen importlib", _METADATA, within=3):  # what is installed is known otherwise
            named = args and isinstance(args[0], str | bytes)
            inputs.add("listing", os.path.abspath(os.fsdecode(args[0])) if named else os.getcwd())
    elif event in audit.CHANGES:
        if audit.asked_by("<frozen importlib", *_FONTS_AND_TEX, within=8):
            return  # matplotlib makes folders for its own memory
        paths = [os.path.abspath(os.fsdecode(arg)) for arg in args[:2] if isinstance(arg, str | bytes | os.PathLike)]
        if event == "os.rename" and len(paths) == 2:
            inputs.renamed(*paths)
        elif event != "os.chdir":
            for path in paths:
                inputs.touched(path)
    elif (event in audit.PROCESSES or event in audit.SOCKETS) and not audit.asked_by(
        *_FONTS_AND_TEX, *_ABOUT_THE_MACHINE, within=12
    ):
        inputs.be_blind_unless_declared(f"the scene used {event}")


def _called_by(*functions: str, within: int) -> bool:
    """Whether one of the nearest callers of our own caller is a function of these names."""
    frame = sys._getframe(1).f_back
    for _ in range(within):
        if frame is None:
            return False
        if frame.f_code.co_name in functions:
            return True
        frame = frame.f_back
    return False


def _for_a_traceback() -> bool:
    """Whether a source is looked at to show its lines; inspect gives them to the program."""
    return audit.asked_by("linecache.py", within=2) and not audit.asked_by("inspect.py", within=8)


def _record_imports(inputs: Inputs) -> None:
    """Record sources that are compiled, and the places where modules are looked for."""
    get_code = importlib.machinery.SourceFileLoader.get_code
    find_spec = importlib.machinery.FileFinder.find_spec

    def get_code_of_read_bytes(loader: Any, fullname: str) -> Any:
        path = loader.get_filename(fullname)
        if audit.is_library(os.path.abspath(path)):
            return get_code(loader, fullname)
        # Compiled from the very bytes that are digested: a .pyc may be stale.
        with audit.own_work():
            signed = signature(path)
            source = loader.get_data(path)
            inputs.add_source(path, source, signed)
        code = loader.source_to_code(source, path)
        inputs.source_names(code, path)
        return code

    def find_recorded_spec(finder: Any, fullname: str, target: Any = None) -> Any:
        # A module that appears later may come before the one that is found now.
        place = os.path.join(os.path.abspath(finder.path), fullname.rpartition(".")[2])
        if not audit.is_own_work():
            inputs.add("module", place)
        return find_spec(finder, fullname, target)

    importlib.machinery.SourceFileLoader.get_code = get_code_of_read_bytes  # type: ignore[method-assign, assignment]
    importlib.machinery.FileFinder.find_spec = find_recorded_spec  # type: ignore[method-assign, assignment]
    for module in list(sys.modules.values()):  # what was imported when Python started, by a .pth file
        path = getattr(module, "__file__", None)
        if path and path.endswith(".py") and not audit.is_library(os.path.abspath(path)):
            inputs.add("file", os.path.abspath(path))


def _record_stats(inputs: Inputs) -> None:
    """Record which files are looked for; that raises no audit event."""

    def recorded(original: Callable[..., Any]) -> Callable[..., Any]:
        def look(path: Any, *args: Any, **kwargs: Any) -> Any:
            if audit.is_own_work() or _called_by(*_NOT_LOOKING, within=4) or _for_a_traceback():
                return original(path, *args, **kwargs)
            if isinstance(path, str | bytes | os.PathLike):
                inputs.add("stat", os.path.abspath(os.fsdecode(path)))
            return original(path, *args, **kwargs)

        return look

    for name in ("stat", "lstat", "access"):
        setattr(os, name, recorded(getattr(os, name)))


def _recording_environ(inputs: Inputs) -> type:
    """Return a class for ``os.environ`` that notes which variables are read."""

    class RecordingEnviron(type(os.environ)):  # type: ignore[misc]
        def __getitem__(self, key: str) -> str:
            # A path in the home folder is named relative to it: where that lies does not matter.
            for_home = _called_by("expanduser", within=2)
            if not (for_home or audit.is_own_work() or audit.asked_by("<frozen importlib", *_ABOUT_THE_MACHINE)):
                inputs.add("variable", key)
            return super().__getitem__(key)  # type: ignore[no-any-return]

    return RecordingEnviron
