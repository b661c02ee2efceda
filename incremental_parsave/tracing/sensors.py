"""Install the hooks that record what a process reads, for the rest of its life."""

from __future__ import annotations

import importlib.machinery
import os
import sys
from typing import Any

from ..keys.files import signature
from ..keys.packages import is_packages_folder, packages_folder
from . import answers, audit
from .inputs import Inputs
from .looks import FONTS_AND_TEX, called_by, for_a_traceback, place_of, record_looks
from .standard_input import listen_to_input

_ABOUT_THE_MACHINE = tuple(f"{os.sep}{name}" for name in ("platform.py", f"ctypes{os.sep}util.py"))
_OF_THE_SYSTEM = ("/proc/", "/sys/", "/dev/random", "/dev/urandom", "/dev/fd/")
_METADATA = os.path.join("importlib", "metadata", "__init__.py")


def record(inputs: Inputs) -> None:
    """Record in *inputs* all that this process reads from now on."""
    audit.listen(lambda event, args: _record_event(inputs, event, args))
    listen_to_input(lambda: inputs.mark_untracked("the script read standard input"))
    _record_imports(inputs)
    record_looks(inputs)
    answers.record_answers(inputs)
    _report_spawning()
    for environ in filter(None, (os.environ, getattr(os, "environb", None))):
        environ.__class__ = _recording_environ(inputs, type(environ))


def _record_event(inputs: Inputs, event: str, args: tuple[Any, ...]) -> None:
    if event in audit.INPUT:
        inputs.mark_untracked("the script read standard input")
    elif event == "open":
        # Reads by the import system are left out: `_record_imports` digests sources as they are compiled, and
        # uses no cached .pyc.  A .pyc outside __pycache__ stands in for its source, so it is recorded here.
        path = str(args[0])
        lone_pyc = path.endswith(".pyc") and "__pycache__" not in path
        if not lone_pyc and audit.by_import_system():
            return
        opened = audit.opened(args)
        if opened is not None and not for_a_traceback():
            inputs.opened(opened)
            if opened.path.startswith(_OF_THE_SYSTEM) and audit.by_scene():
                inputs.mark_untracked_unless_declared(f"the script read {opened.path}")
    elif event in audit.LOADS:
        name = args[1] if event == "import" else args[0]
        if isinstance(name, str | bytes | os.PathLike) and os.sep in os.fsdecode(name):
            inputs.imported(os.path.abspath(os.fsdecode(name)))  # an extension module, a shared library
    elif event in audit.ANSWERS:
        answers.record_event(inputs, event, args)
    elif event in audit.READS:
        # Listings by importlib.metadata are left out: the installed packages are recorded elsewhere.
        if not (audit.by_import_system() or audit.asked_by(_METADATA, within=0)):
            inputs.add("listing", _folder_of(args[0] if args else None))
    elif event in audit.CHANGES:
        if audit.by_import_system() or audit.asked_by(*FONTS_AND_TEX, within=8):
            return  # matplotlib creates folders for its own caches
        paths = [os.path.abspath(os.fsdecode(arg)) for arg in args[:2] if isinstance(arg, str | bytes | os.PathLike)]
        if event == "os.rename" and len(paths) == 2:
            inputs.made.renamed(*paths)
        elif event != "os.chdir":
            for path in paths:
                if event in ("os.mkdir", "tempfile.mkdtemp"):
                    inputs.made.folder(path)
                inputs.made.touched(path)
    elif (event in audit.PROCESSES or event in audit.SOCKETS) and not audit.asked_by(
        *FONTS_AND_TEX, *_ABOUT_THE_MACHINE, within=12
    ):
        inputs.mark_untracked_unless_declared(f"the script used {event}")


def _folder_of(listed: Any) -> str:
    """Return the folder that *listed* gives by name or by descriptor; by default the working folder."""
    with audit.unrecorded():
        return place_of(listed) or os.getcwd()


def _record_imports(inputs: Inputs) -> None:
    """Record the sources that are compiled, and the places where modules are looked for."""
    known = frozenset(sys.path)  # before the scene adds any
    get_code = importlib.machinery.SourceFileLoader.get_code
    find_spec = importlib.machinery.FileFinder.find_spec

    def get_code_of_read_bytes(loader: Any, fullname: str) -> Any:
        path = loader.get_filename(fullname)
        if audit.is_library(os.path.abspath(path)):
            if not audit.is_unrecorded():
                inputs.imported(os.path.abspath(path))
            return get_code(loader, fullname)
        # Compile the very bytes that are digested: a .pyc may be stale.
        with audit.unrecorded():
            signed = signature(path)
            source = loader.get_data(path)
            inputs.add_source(path, source, signed)
        code = loader.source_to_code(source, path)
        inputs.watch_folders_named_in(code, path)
        return code

    def find_recorded_spec(finder: Any, fullname: str, target: Any = None) -> Any:
        spec = find_spec(finder, fullname, target)
        # A module that is added here later may shadow the one that is found now.
        name = fullname.rpartition(".")[2]
        place = os.path.join(os.path.abspath(finder.path), name)
        # The RECORD file of an installed package lists the modules that the package has.
        # A module that it does not have may be added to its folder by hand.
        of_a_package = audit.is_library(place) and spec is not None and not is_packages_folder(os.path.dirname(place))
        if not audit.is_unrecorded() and not of_a_package:
            inputs.add("module", place)
            for folder in sys.path:  # a folder that does not exist yet has no finder
                if name == fullname and folder not in known and sys.path_importer_cache.get(folder) is None:
                    inputs.add("module", os.path.join(os.path.abspath(folder), name))
        return spec

    importlib.machinery.SourceFileLoader.get_code = get_code_of_read_bytes  # type: ignore[method-assign, assignment]
    importlib.machinery.FileFinder.find_spec = find_recorded_spec  # type: ignore[method-assign, assignment]
    for module in list(sys.modules.values()):  # imported by a .pth file when Python started
        path = os.path.abspath(getattr(module, "__file__", None) or os.sep)
        if packages_folder(path) or (path.endswith(".py") and not audit.is_library(path)):
            inputs.imported(path)
    for name in ("sitecustomize", "usercustomize"):
        for folder in sys.path:
            inputs.add("module", os.path.join(os.path.abspath(folder), name))


def _report_spawning() -> None:
    """Raise an audit event when multiprocessing spawns a process: Python raises none."""
    import _posixsubprocess

    fork_exec = _posixsubprocess.fork_exec

    def report_and_start(*args: Any) -> Any:
        sys.audit("os.posix_spawn", args[1][0] if args[1] else None, args[0], None)
        return fork_exec(*args)

    _posixsubprocess.fork_exec = report_and_start


def _recording_environ(inputs: Inputs, kind: type) -> type:
    """Return a subclass of *kind*, for ``os.environ``, that records which variables are read."""

    class RecordingEnviron(kind):  # type: ignore[misc]
        def __getitem__(self, key: Any) -> Any:
            # Paths in the home folder are stored relative to it, so its own path is not an input.
            for_home = called_by("expanduser", within=2)
            if not (for_home or audit.is_unrecorded() or audit.asked_by(*_ABOUT_THE_MACHINE)):
                inputs.add("variable", os.fsdecode(key))
            return super().__getitem__(key)

        def __setitem__(self, key: Any, value: Any) -> None:
            inputs.set_variable(os.fsdecode(key))
            super().__setitem__(key, value)

        def __delitem__(self, key: Any) -> None:
            inputs.set_variable(os.fsdecode(key))
            super().__delitem__(key)

        def __iter__(self) -> Any:
            if not audit.is_unrecorded():
                inputs.add("variables", "")
            return super().__iter__()

        def __len__(self) -> int:
            if not audit.is_unrecorded():
                inputs.add("variables", "")
            return int(super().__len__())

    return RecordingEnviron
