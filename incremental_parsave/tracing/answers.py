"""Hooks that record what a scene asks about the machine: host, user, locale, environment variables."""

from __future__ import annotations

import functools
import importlib
import locale
import types
from collections.abc import Callable
from typing import Any

from . import audit
from .environment import variable_names
from .inputs import Inputs
from .looks import SYSTEM

_ANSWERS = (
    "os.uname os.getuid os.geteuid os.getgid os.getegid os.getlogin os.cpu_count os.process_cpu_count "
    "platform.uname platform.platform"
).split()
_OF_EACH_PROCESS = ("os.getpid", "os.getppid")  # the standard library names temporary files after them
_VARIABLES_IN_C = frozenset({"getenv", "secure_getenv", "environ", "__environ"})
_READS_IN_C = frozenset(
    "fopen fopen64 freopen open open64 openat creat stat stat64 lstat fstat fstatat statx __xstat access faccessat "
    "euidaccess readlink readlinkat realpath opendir fdopendir readdir scandir nftw ftw glob getcwd gethostname uname "
    "getpid getppid getuid geteuid getlogin getpwuid getpwnam time gettimeofday clock clock_gettime times random rand "
    "drand48 getrandom getentropy arc4random popen system syscall sysconf sysinfo get_nprocs getloadavg statvfs statfs "
    "localtime localtime_r setlocale nl_langinfo".split()
)
_LOCALE_VARIABLES = "LC_ALL LC_COLLATE LC_CTYPE LC_MESSAGES LC_MONETARY LC_NUMERIC LC_TIME LANG LANGUAGE".split()


def record_answers(inputs: Inputs) -> None:
    """Record in *inputs*, from now on, what the scene asks about the machine."""
    for name in _ANSWERS:
        _record_answer(inputs, name, audit.by_scene)
    for name in _OF_EACH_PROCESS:
        _record_answer(inputs, name, audit.is_called_directly_by_scene)
    _record_raw_variables(inputs)
    _record_locale(inputs)


def record_event(inputs: Inputs, event: str, args: tuple[Any, ...]) -> None:
    """Record the input that an audit event of `audit.ANSWERS` reports."""
    if not audit.by_scene():
        return
    if event == "socket.gethostname":
        inputs.add("answer", "socket.gethostname")
        return
    name = args[1] if len(args) > 1 and isinstance(args[1], str) else ""
    if name in _VARIABLES_IN_C:
        all_variables(inputs)
    elif name in _READS_IN_C:
        inputs.mark_untracked_unless_declared(f"the script called {name} of the C library")


def all_variables(inputs: Inputs) -> None:
    """Record that all environment variables were read."""
    inputs.add("variables", "")
    for name in variable_names():
        inputs.add("variable", name)


def _record_answer(inputs: Inputs, name: str, by_scene: Callable[[], bool]) -> None:
    module_name, _, function_name = name.rpartition(".")
    module = importlib.import_module(module_name)
    original = getattr(module, function_name, None)
    if original is None:
        return

    @functools.wraps(original)
    def answer(*args: Any, **kwargs: Any) -> Any:
        if not audit.is_unrecorded() and by_scene():
            inputs.add("answer", name if module_name == "os" else "os.uname")
        return original(*args, **kwargs)

    setattr(module, function_name, answer)
    if module_name == "os":
        setattr(SYSTEM, function_name, answer)


def _record_raw_variables(inputs: Inputs) -> None:
    """Record reads of ``posix.environ``, the dictionary that ``os.environ`` was made from."""
    raw: dict[bytes, bytes] = SYSTEM.environ

    class Recording(types.ModuleType):
        @property
        def environ(self) -> dict[bytes, bytes]:
            if not audit.is_unrecorded():
                all_variables(inputs)
            return raw

    SYSTEM.__class__ = Recording


def _record_locale(inputs: Inputs) -> None:
    """Record the variables that choose the locale when ``setlocale`` is called with an empty name."""
    import _locale

    def recorded(original: Callable[..., str]) -> Callable[..., str]:
        @functools.wraps(original)
        def choose(category: int, locale: Any = None) -> str:
            if locale == "" and not audit.is_unrecorded():
                for name in _LOCALE_VARIABLES:
                    inputs.add("variable", name)
            return original(category, locale)

        return choose

    for module in (locale, _locale):
        module.setlocale = recorded(module.setlocale)  # type: ignore[attr-defined]
