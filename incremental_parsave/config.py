"""Settings from the command, the environment and ``[tool.iparsave]``, in this order of strength."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

from .errors import UsageError
from .store import FOLDER, project_root


def project_settings(start: Path) -> tuple[Path, dict[str, Any]]:
    """Return the project's folder and its ``[tool.iparsave]``.

    Parameters
    ----------
    start : Path
        A folder; the project is the nearest one at or above it with a
        pyproject.toml, else itself.

    Raises
    ------
    UsageError
        If pyproject.toml does not parse.
    """
    root = project_root(start.resolve())
    path = root / "pyproject.toml"
    if not path.is_file():
        return root, {}
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {}).get("iparsave", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}", "mend it") from None
    return root, dict(table)


def cache_folder(option: str | os.PathLike[str] | None, root: Path, settings: dict[str, Any]) -> Path:
    """Return where the store of the project in *root* lies."""
    if option:
        return Path(option).absolute()
    if named := os.environ.get("IPARSAVE_CACHE_DIR"):
        return Path(named).absolute()
    if named := settings.get("cache-dir"):
        return root / str(named)
    return root / FOLDER


def default_jobs() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
