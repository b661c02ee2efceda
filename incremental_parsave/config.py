"""Settings from the command, the environment and ``[tool.iparsave]``, in this order of strength."""

from __future__ import annotations

import os

from .errors import UsageError

FOLDER = ".iparsave_cache"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def project_settings(start: str) -> tuple[str, dict[str, Any]]:
    """Return the project's folder and its ``[tool.iparsave]``.

    Parameters
    ----------
    start : str
        A folder; the project is the nearest one at or above it with a
        pyproject.toml, else itself.

    Raises
    ------
    UsageError
        If pyproject.toml does not parse, or a setting has the wrong form.
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
        return root, {}  # spares the import of a parser
    import tomllib

    try:
        tools = tomllib.loads(text.decode("utf-8")).get("tool", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}", "mend it") from None
    table = tools.get("iparsave", {}) if isinstance(tools, dict) else None
    if not isinstance(table, dict):
        raise UsageError(f"{path}: [tool.iparsave] is not a table", "write [tool.iparsave] and the settings below it")
    for name in ("scenes", "inputs"):
        value = table.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise UsageError(f"{path}: [tool.iparsave] {name} is not a list of strings", f'write {name} = ["..."]')
    return root, dict(table)


def cache_folder(option: str | None, root: str, settings: dict[str, Any]) -> str:
    """Return where the store of the project in *root* lies."""
    named = option or os.environ.get("IPARSAVE_CACHE_DIR")
    if named:
        return os.path.abspath(named)
    return os.path.join(root, str(settings.get("cache-dir") or FOLDER))


def default_jobs() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
