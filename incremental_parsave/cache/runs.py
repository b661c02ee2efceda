"""The last builds of a script: their options, and the movies that they made.

With these, ``iparsave diff`` and ``iparsave verify`` know how a movie was built,
and the user need not repeat the options.
"""

from __future__ import annotations

import json
import os

from ..errors import IparsaveError
from ..keys.files import path_key
from ..options import OPTIONS, BuildOptions
from . import records
from .manifest import Manifest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from ..protocol.messages import Config

KIND = "runs"
_MOST = 8  # runs kept per script, each with different arguments
_NOT_REMEMBERED = frozenset(
    {option.name for option in OPTIONS.values() if not option.decides}
    | {"terminal", "force", "dry", "cache", "root", "near", "changed", "number"}
)


class LastRun:
    """The last build of a script.

    Attributes
    ----------
    script : str
        Path of the script, as given in the current command.
    config : dict
        Configuration for a scene process.
    folder : str
        The working folder of the build.
    targets : list of dict
        The movies, in the order in which they were saved.
    untracked : str
        Why the run may have read more than was recorded; empty if it has not.
    """

    def __init__(self, script: str, cache: str, root: str, run: dict[str, Any]) -> None:
        self.script, self.folder, self.untracked = script, run["folder"], run["untracked"]
        self.targets: list[dict[str, Any]] = run["targets"]
        asked: Config = run["config"]
        self.config: Config = {
            **asked,
            "cache": cache,
            "root": root,
            **BuildOptions.from_config(asked).replace({"jobs": 1}).to_config(),
            "terminal": False,
            "force": False,
            "dry": False,
        }

    def movies(self) -> list[dict[str, Any]]:
        """Return the movies that exist after the run: of two at the same place, the later one."""
        return list({target["path"]: target for target in self.targets}.values())

    def name(self, target: dict[str, Any]) -> str:
        """Return the name of a movie as seen from the current folder."""
        return str(target["output"]) if os.getcwd() == self.folder else os.path.relpath(target["path"])

    def changed(self, environment: dict[str, str]) -> str:
        """Return which input of the scene has changed since the build; empty if none has, or if that is unknown."""
        if self.untracked:
            return ""
        here = os.getcwd()
        try:
            os.chdir(self.folder)
            changed = Manifest(self.config, environment).changed()
        except OSError:
            return f"{self.folder} does not exist"
        finally:
            os.chdir(here)
        return "its environment changed" if changed == "" else changed or ""


def last(script: str, args: list[str] | None, cache: str, root: str) -> LastRun:
    """Return the last build of *script* with the arguments *args*; with any arguments if that is None.

    Raises
    ------
    IparsaveError
        If no such build is known.
    """
    for run in _read(script, cache):
        if args is None or run["config"]["args"] == args:
            return LastRun(script, cache, root, run)
    with_these = f" with the arguments {' '.join(args)}" if args else " without arguments" if args is not None else ""
    command = f"iparsave build {script}" + (f" -- {' '.join(args)}" if args else "")
    raise IparsaveError(f"{script} has not been built yet{with_these}", f"build it first: {command}")


def note(config: Config, targets: Iterable[Mapping[str, Any]], untracked: str, warn: Callable[[str], None]) -> None:
    """Record that the script of *config* was built and made *targets*; call *warn* if that cannot be written."""
    asked = {name: value for name, value in config.items() if name not in _NOT_REMEMBERED}
    kept = [{name: target.get(name) for name in ("output", "path", "blocks", "way", "version")} for target in targets]
    run = {"config": asked, "folder": os.getcwd(), "targets": kept, "untracked": untracked}
    runs = _read(config["script"], config["cache"], lambda entry: warn(records.partly_unusable(config["cache"], entry)))
    others = [other for other in runs if other["config"]["args"] != config["args"]]
    now = [run, *others][:_MOST]
    if json.dumps(now, sort_keys=True) != json.dumps(runs, sort_keys=True):
        from pathlib import Path  # imported here, since an up-to-date build never needs it

        from .store import Store

        Store(Path(config["cache"]), warn).write(KIND, path_key(config["script"]), {"runs": now})


def _read(script: str, cache: str, complain: Callable[[str], object] | None = None) -> list[dict[str, Any]]:
    body = records.read(records.place(cache, KIND, path_key(script)), complain)
    return body["runs"] if body is not None else []
