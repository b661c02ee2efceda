"""Detection of changes to matplotlib itself, in everything that its drawing looks up by name.

A draw depends on the state of the artists *and* on matplotlib: on the functions and
values in its modules and classes, and on the tables that it keeps there.  A scene may
replace any of these.  So they are noted by identity before the scene runs, and compared
before an animation begins (`Namespaces.differences`) and whenever the user's code
has run (`Namespaces.changed`).

The sets below name what matplotlib itself changes.  They were compiled by drawing figures of
all kinds on matplotlib 3.11.2.  A name that is missing from them makes builds slow, not wrong.
"""

from __future__ import annotations

import builtins
import gc
import locale
import math
import operator
import sys
from collections.abc import Sequence
from types import (
    BuiltinFunctionType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodDescriptorType,
    MethodType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any, NamedTuple

import matplotlib as mpl
import matplotlib.figure
import matplotlib.projections  # loaded here, since pyplot would load it after the state was noted
import numpy as np

from ..keys.canonical import Digest, Unknown
from ..keys.values.walk import value_digest
from ..tracing.audit import is_local_module
from .origin import is_file_of_library
from .reuse.identity import identity
from .written import ABSENT, Changes, Dicts, Items, Versions, differing

_PACKAGES = ("matplotlib", "mpl_toolkits")
_OTHERS: tuple[Any, ...] = (np, np.ma, math, builtins, locale)
"""Other modules whose functions a draw calls.  Names that are added to them later are ignored: no draw uses them."""

_DRAW_NOTHING = tuple(
    f"matplotlib.{name}"
    for name in (
        "animation", "_animation_data", "pyplot", "_pylab_helpers", "widgets", "backend_tools", "backend_managers",
        "_blocking_input", "style", "rcsetup", "cm", "_cm", "_cm_listed", "_cm_bivar", "_cm_multivar", "_color_data",
        "_docstring", "_api.deprecation", "mlab", "sphinxext", "testing", "tests", "_version",
    )
)  # fmt: skip
"""Modules that are used when figures are made or saved, but not when they are drawn."""

_IGNORED = frozenset(
    {
        # Created on first use.
        "matplotlib.path.Path._unit_rectangle",
        "matplotlib.path.Path._unit_circle",
        "matplotlib.path.Path._unit_circle_righthalf",
        "matplotlib.mathtext.MathTextParser._parser",
        # Not used by any draw.
        "matplotlib.defaultParams",
        "matplotlib.colors.ColorConverter.cache",
        "matplotlib.backends.backend",
        "matplotlib.backend_bases._default_backends",
        "builtins.input",  # a notebook sets it in each cell
    }
)
"""Names whose changes are ignored: matplotlib itself changes them, or no draw uses them."""


_ONCE = frozenset({"matplotlib.dates._epoch"})
"""Names that are None until matplotlib sets them, once."""

_IDLE = frozenset({"__slotnames__", "__warningregistry__", "__annotations__", "__doc__", "_abc_impl"})
"""Names that Python itself adds to classes and modules."""

_DESCRIBED = frozenset({"matplotlib.font_manager.fontManager.ttflist"})
"""Names left out of the differences: frame fingerprints and the keys of texts describe the fonts themselves."""

_GROWING = frozenset({"_fontmap"})
"""Tables to which matplotlib adds the results of its look-ups."""

_PLAIN = frozenset({type(each) for each in (None, 0, 0.0, True, "", b"", (), property())}) | {
    FunctionType, ModuleType, staticmethod, classmethod, MethodType, BuiltinFunctionType, WrapperDescriptorType,
    MethodDescriptorType, GetSetDescriptorType, MemberDescriptorType,
}  # fmt: skip
"""Classes whose instances are compared by identity alone, and are not searched for tables."""


class Differences(NamedTuple):
    """How matplotlib differs from its state before the scene ran.

    Attributes
    ----------
    code : str
        Name of something that differs and is code, or cannot be digested by content; empty if there is none.
    digest : str
        Digest of all other differences, by content; empty if there are none.
    """

    code: str = ""
    digest: str = ""


class _Space(NamedTuple):
    """A dictionary in which names are looked up: of a module, of a class, or a table."""

    name: str
    held: dict[Any, Any]
    grows: bool = False  # whether names that are added to it are ignored


class Namespaces:
    """All namespaces and tables that drawing uses, as they were when this object was created.

    Attributes
    ----------
    digest : str
        The digest that the last call of `differences` returned.
    """

    def __init__(self) -> None:
        self._spaces: list[_Space] = []
        self._lists: list[tuple[str, Any, Any]] = []
        self._arrays: list[tuple[str, Any, bytes]] = []
        self._seen: set[int] = set()
        self._dicts = Dicts()
        self._settings = Versions([mpl.rcParams])
        self._first: dict[int, Items] = {}  # original contents of the dictionaries that `note` has noted again
        self._late: Sequence[int] = ()  # indices of spaces whose modules were loaded later
        self._modules: set[str] = set()
        self.digest = ""
        for module in _OTHERS:
            self._take(_Space(module.__name__, vars(module), grows=True), within=False)
        self._take(_Space("locale._override_localeconv", getattr(locale, "_override_localeconv", {})))
        self._take_modules()
        self._late = ()
        self.note()

    # -- collecting -----------------------------------------------------------

    def _take_modules(self) -> None:
        """Add the modules that were loaded since the last call."""
        self._count = len(sys.modules)
        known = len(self._dicts.held)
        for name, module in list(sys.modules.items()):
            if name not in self._modules and _is_used_by_draws(name) and type(module) is ModuleType:
                self._modules.add(name)
                self._take(_Space(name, vars(module)))
        self._dicts.take(space.held for space in self._spaces[known:])
        self._late = [*self._late, *range(known, len(self._spaces))]

    def _take(self, space: _Space, *, within: bool = True) -> None:
        if identity(space.held) in self._seen:
            return
        self._seen.add(identity(space.held))
        self._spaces.append(space)
        for key, value in list(space.held.items()) if within else ():
            if type(value) not in _PLAIN:
                self._take_value(space.name, key, value)

    def _take_value(self, within: str, key: Any, value: Any) -> None:
        """Add *value*, found in *within* under *key*, if it is a class or a mutable table."""
        kind = type(value)
        if identity(value) in self._seen or (type(key) is str and key[:2] == "__"):
            return
        if isinstance(value, type):
            if _is_used_by_draws(value.__module__):
                self._take(_Space(f"{value.__module__}.{value.__qualname__}", _dict_of(value)))
            return
        name = f"{within}.{key}"
        if name in _IGNORED:
            return
        if kind is np.ndarray and not value.dtype.hasobject:
            self._seen.add(identity(value))
            self._arrays.append((name, value, value.tobytes()))
        elif isinstance(value, dict) and kind.__name__ not in _COMPARED_ELSEWHERE:
            self._take(_Space(name, value, grows=key in _GROWING))
        elif kind is list or kind is set:
            self._seen.add(identity(value))
            self._lists.append((name, value, kind(value)))
            for place, each in enumerate(value):
                if type(each) not in _PLAIN:
                    self._take_value(name, place, each)
        elif kind.__name__ in _SINGLE and _is_used_by_draws(kind.__module__):
            self._take(_Space(name, vars(value)))

    # -- comparing ------------------------------------------------------------

    def differences(self) -> Differences:
        """Return how matplotlib differs from its state before the scene ran."""
        self._take_modules()
        found: list[tuple[str, Any]] = []
        written = set(self._dicts.written())
        for index in sorted(written | self._first.keys()):
            were = self._first.get(index)
            changes = differing(were, self._dicts.held[index]) if were is not None else self._dicts.changes(index)
            found += [(self._name_of(index, name), now) for name, (_, now) in self._relevant(index, changes).items()]
        for index in self._late:
            space = self._spaces[index]
            foreign = [name for name, value in space.held.items() if _may_be_foreign(name, value)]
            found += [(self._name_of(index, name), space.held[name]) for name in foreign]
        found += [(name, value) for name, value, was in self._lists if value != was and name not in _DESCRIBED]
        found += [(name, value) for name, value, was in self._arrays if value.tobytes() != was]
        code = next((name for name, value in found if not _is_data(value)), "") or self._foreign()
        self.digest = ""
        if code or not found:
            return Differences(code)
        digest = Digest("matplotlib")
        try:
            for name, value in sorted(found, key=operator.itemgetter(0)):
                digest.add("name", name).add("is", value_digest(_digestible(value), is_local_module))
        except Unknown:
            return Differences(name)
        self.digest = digest.hexdigest()
        return Differences("", self.digest)

    def _foreign(self) -> str:
        """Return the name of a function in these namespaces whose code is the user's; empty if there is none."""
        functions = {
            value.__code__.co_filename: (index, name)
            for index, held in enumerate(self._dicts.held)
            for name, value in held.items()
            if type(value) is FunctionType
        }
        return next((self._name_of(*where) for file, where in functions.items() if not is_file_of_library(file)), "")

    def note(self) -> None:
        """Note the current state, with which `changed` compares from now on."""
        self._take_modules()
        for index in self._dicts.written():
            self._first.setdefault(index, self._dicts.accept(index))
        self._noted = [value for _, value, _ in self._lists], [type(value)(value) for _, value, _ in self._lists]
        self._noted_arrays = b"".join([array for _, array, _ in self._arrays])
        self._locale, self._noted_text_settings = locale.setlocale(locale.LC_ALL), _text_settings()
        self._settings.see()

    def changed(self) -> str:
        """Return the name of something that has changed since `note`; empty if nothing has."""
        if len(sys.modules) != self._count:
            self._take_modules()
        for index in self._dicts.written():
            changes = self._relevant(index, self._dicts.changes(index))
            for name, (was, _) in changes.items():
                full_name = self._name_of(index, name)
                if not (full_name in _ONCE and was is None):
                    return full_name
            self._dicts.accept(index)
        if not all(map(operator.eq, *self._noted)):
            return next(
                name for (name, value, _), was in zip(self._lists, self._noted[1], strict=False) if value != was
            )
        if b"".join([array for _, array, _ in self._arrays]) != self._noted_arrays:
            return "an array of matplotlib"
        if locale.setlocale(locale.LC_ALL) != self._locale:
            return "the locale"
        if not self._settings.are_seen():
            if _text_settings() != self._noted_text_settings:
                return "text settings"
            self._settings.see()
        return ""

    def _relevant(self, index: int, changes: Changes) -> Changes:
        """Return those *changes* of dictionary *index* that may affect a drawing."""
        space = self._spaces[index]
        return {
            name: (was, now)
            for name, (was, now) in changes.items()
            if not (
                (space.grows and was is ABSENT)
                or name in _IDLE
                or f"{space.name}.{name}" in _IGNORED
                or _is_ours(was)
                or _is_ours(now)
                or (was is ABSENT and type(now) is ModuleType and now.__name__ in sys.modules)
            )
        }

    def _name_of(self, index: int, name: Any) -> str:
        return f"{self._spaces[index].name}.{getattr(name, '__qualname__', name)}"


def _text_settings() -> list[Any]:
    """Return the settings that matplotlib does not look up again for a text that it has drawn before."""
    return [dict.get(mpl.rcParams, name) for name in _TEXT_SETTINGS]


_TEXT_SETTINGS = [name for name in mpl.rcParams if name.startswith(("mathtext.", "text."))]


def _may_be_foreign(name: Any, value: Any) -> bool:
    """Return whether the scene may have put *value* into a module whose original contents are not known."""
    if isinstance(name, str) and name[:2] == "__":
        return False
    if isinstance(value, FunctionType):
        return is_local_module(str(value.__globals__.get("__name__")))
    return type(value) in _ATOMS


_ATOMS = frozenset({type(None), bool, int, float, complex, str, bytes})


def _is_data(value: Any) -> bool:
    """Return whether *value* consists of numbers and strings only, or is a library's object without attributes."""
    kind = type(value)
    if kind in _ATOMS or value is ABSENT or isinstance(value, np.generic):
        return True
    if kind in (tuple, list, set, frozenset):
        return all(map(_is_data, value))
    if isinstance(value, dict):
        return all(map(_is_data, value.values()))
    if kind is np.ndarray:
        return not value.dtype.hasobject
    return not (isinstance(value, type) or callable(value) or is_local_module(kind.__module__) or vars_of(value))


def vars_of(value: Any) -> Any:
    """Return the ``__dict__`` of *value*; if it has none, *value* itself, since its state may be stored elsewhere."""
    return getattr(value, "__dict__", value)


def _digestible(value: Any) -> Any:
    """Return *value* in a form that can be digested by content."""
    if isinstance(value, dict):
        return [(str(key), _digestible(each)) for key, each in value.items()]
    if isinstance(value, list | tuple):
        return [_digestible(each) for each in value]
    plain = type(value) in _ATOMS or isinstance(value, np.generic | np.ndarray | set | frozenset)
    return value if plain else repr(type(value))


_COMPARED_ELSEWHERE = ("RcParams", "_ColorMapping")  # in module `settings`
_SINGLE = ("FontManager", "FontEntry", "Registry")


def _is_used_by_draws(module: str | None) -> bool:
    name = module or ""
    return name.partition(".")[0] in _PACKAGES and not name.startswith(_DRAW_NOTHING)


def _dict_of(cls: type) -> dict[str, Any]:
    """Return the attribute dictionary of a class itself, not its read-only proxy ``__dict__``."""
    found: dict[str, Any] = gc.get_referents(cls.__dict__)[0]
    return found


def _is_ours(value: Any) -> bool:
    """Return whether *value* is a function of this package, which replaces another one during a build."""
    function = getattr(value, "__func__", value)
    return isinstance(function, FunctionType) and str(function.__globals__.get("__name__")).startswith(_OURS)


_OURS = __name__.partition(".")[0] + "."

MATPLOTLIB = Namespaces()
"""The state of matplotlib when this module was imported: in a scene process, before the scene ran."""
