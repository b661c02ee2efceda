"""Settings from ``[tool.iparsave]`` in pyproject.toml, and the choice of the cache folder.

The command line overrides environment variables, and these override ``[tool.iparsave]``.
"""

from __future__ import annotations

import os
import sys

from .errors import UsageError
from .options import LISTS, OPTIONS

FOLDER = ".iparsave_cache"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


def project_settings(start: str) -> tuple[str, dict[str, Any]]:
    """Return the project's folder and its ``[tool.iparsave]`` settings, keyed by option name.

    Parameters
    ----------
    start : str
        The folder where the search begins.  The project's folder is the nearest
        folder, at or above *start*, that has a pyproject.toml; if there is none,
        it is *start* itself.

    Raises
    ------
    UsageError
        If pyproject.toml does not parse, or a setting is unknown or has the wrong form.
    """
    start = os.path.realpath(start)
    root = start
    while not os.path.isfile(os.path.join(root, "pyproject.toml")):
        root, below = os.path.dirname(root), root
        if root == below:
            return start, {}
    path = os.path.join(root, "pyproject.toml")
    with open(path, "rb") as file:
        text = file.read()
    if b"iparsave" not in text:
        return root, {}  # skip the import of a TOML parser
    import tomllib

    try:
        tools = tomllib.loads(text.decode("utf-8")).get("tool", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot parse {path}: {error}", "correct its TOML syntax") from None
    table = tools.get("iparsave", {}) if isinstance(tools, dict) else None
    if not isinstance(table, dict):
        raise UsageError(f"{path}: [tool.iparsave] is not a table", "write the settings below a line [tool.iparsave]")
    return root, {_name(key, path): _value(key, value, path) for key, value in table.items()}


def _name(key: str, path: str) -> str:
    """Return the name of the option or list that *key* sets in ``[tool.iparsave]``."""
    keys = {
        **{option.key: option.name for option in OPTIONS.values() if option.in_project},
        **{each: each for each in LISTS},
    }
    if key in keys:
        return keys[key]
    option = OPTIONS.get(key.replace("-", "_"))
    if option is not None and not option.in_project:
        raise UsageError(
            f"{path}: {key} cannot be set in [tool.iparsave]",
            f"use the option: iparsave build --{option.key} ...",
        )
    raise UsageError(f"{path}: unknown setting in [tool.iparsave]: {key}", nearest(key, keys))


def nearest(word: str, words: Iterable[str]) -> str:
    """Return advice for a *word* that is not in *words*: the closest match, or the list to choose from."""
    from difflib import get_close_matches

    close = get_close_matches(word.replace("_", "-"), list(words), 1)
    return f"did you mean {close[0]}?" if close else f"choose one of {', '.join(sorted(words))}"


def _value(key: str, value: Any, path: str) -> Any:
    if key in LISTS:
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return value
        raise UsageError(_invalid(key, value, path), f'give a list of strings: {key} = ["..."]')
    try:
        return OPTIONS[key.replace("-", "_")].of_setting(value)
    except ValueError as error:
        raise UsageError(_invalid(key, value, path), f"give {error}") from None


def _invalid(key: str, value: Any, path: str) -> str:
    return f"{path}: invalid value for {key} in [tool.iparsave]: {value!r}"


def cache_folder(given: str | None, root: str, settings: dict[str, Any]) -> str:
    """Return the path of the cache of the project in *root*; *given* is the path from the command or call, if any."""
    named = given or os.environ.get(OPTIONS["cache_dir"].variable)
    if named:
        return os.path.abspath(named)
    return os.path.join(root, settings.get("cache_dir") or FOLDER)


def user_cache_folder() -> str:
    """Return the path of the user's own cache, in which what is true of all projects is kept."""
    named = os.environ.get("IPARSAVE_USER_CACHE_DIR")
    if named:
        return os.path.abspath(named)
    if sys.platform == "win32":
        root = os.environ.get("LOCALAPPDATA") or os.path.expanduser("~\\AppData\\Local")
    elif sys.platform == "darwin":
        root = os.path.expanduser("~/Library/Caches")
    else:
        root = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(root, "incremental_parsave")
