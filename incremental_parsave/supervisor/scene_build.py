"""Building one scene: ask question 0, and start a scene process if something has changed."""

from __future__ import annotations

import os
import sys

from ..cache import places, records, runs
from ..cache.manifest import Manifest
from ..display.status import Status
from ..options import BuildOptions
from ..processes.signals import INTERRUPTED, Ended, status_of
from ..spans import from_here

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..protocol.events import BlockDone, Plan, Ran, TargetDone
    from ..protocol.messages import Config
    from .depfile import Depfile

_LAST_ENCODER = 5.0  # seconds to wait for encoders without a worker: they end at the end of their input


def scene_environment() -> dict[str, str]:
    """Return the environment variables of a scene process."""
    # Digests and the order of sets must not differ between runs, and no window may open.
    return {**os.environ, "PYTHONHASHSEED": "0", "MPLBACKEND": os.environ.get("MPLBACKEND", "agg")}


def build_scene(config: Config, status: Status, depfile: Depfile | None = None) -> int:
    """Build the movies that the script of *config* saves; return the exit status.

    Parameters
    ----------
    config : Config
    status : Status
        Shows the events of the build.
    depfile : Depfile, optional
        Receives the dependencies of the movies.
    """
    environment = scene_environment()
    config = {**config, "number": 0 if config["dry"] else places.begin(config["cache"])}
    manifest = Manifest(config, environment)
    if manifest.damaged:
        status.warn(records.partly_unusable(config["cache"], manifest.damaged))
    if not config["force"]:
        changed = manifest.changed()
        if changed is None and finish(manifest, config, status):
            if depfile is not None:
                _add_dependencies(depfile, manifest)
            return 0
        if changed:
            itself = changed == f"{manifest.script} changed"
            status.note(f"running {config['script']}: {'it changed' if itself else changed}")
    return _run(manifest, config, environment, status, depfile)


def _add_dependencies(depfile: Depfile, manifest: Manifest) -> None:
    """Add the dependencies of the movies to *depfile*, and make the movies newer than these."""
    depfile.add(*manifest.dependencies())
    manifest.touch()


def finish(manifest: Manifest, config: Config, status: Status) -> bool:
    """Check that each movie is in place, and join it again if it is not; return False if that fails."""
    import time

    if not config["dry"]:
        manifest.refresh()
    for target in manifest.targets:
        started = time.monotonic()
        in_place = manifest.is_in_place(target) if config["dry"] else manifest.confirm(target)
        if not in_place and not _join_again(manifest.path(target), target, config, status):
            return False
        total = target["blocks"]
        status.on_event(
            {
                "event": "plan",
                "output": target["output"],
                "frames": target["frames"],
                "blocks": total,
                "jobs": BuildOptions.from_config(config).jobs,
            }
        )
        if status.explains:
            _explain(manifest, target, config, status)
        status.on_event(
            {
                "event": "target",
                "output": target["output"],
                "frames": target["frames"],
                "blocks": {"total": total, "rendered": 0, "reused": total},
                "up_to_date": in_place,
                "seconds": round(time.monotonic() - started, 3),
                "way": target["way"],
            }
        )
    if not manifest.targets:
        files = [from_here(path, os.getcwd()) for path in manifest.files]
        status.on_event({"event": "files", "script": config["script"], "files": files, "up_to_date": True})
    if not config["dry"]:
        runs.note(config, ({**target, "path": manifest.path(target)} for target in manifest.targets), "", status.warn)
    return True


def _explain(manifest: Manifest, target: dict[str, Any], config: Config, status: Status) -> None:
    """Report that nothing has changed, and which segments the movie consists of."""
    from pathlib import Path

    from ..cache.store import Store
    from ..model import Recipe

    recipe = Recipe.from_json(Path(target["output"]), target["recipe"]) if target["recipe"] else None
    store, start = Store(Path(config["cache"])), target["start"]
    for index, segment in enumerate(recipe.segments if recipe else ()):
        known: BlockDone = {
            "event": "block",
            "output": target["output"],
            "block": index,
            "frames": [start, start + segment.frames],
            "reason": "inputs unchanged",
            "rendered": False,
            "drawn": False,
        }
        if (found := store.facts(segment)) is not None:
            known["segment"] = found
        status.on_event(known)
        start += segment.frames
    status.on_event(
        {"event": "explain", "output": target["output"], "since": manifest.when, "changed": [], "why_not": ""}
    )


def _join_again(path: str, target: dict[str, Any], config: Config, status: Status) -> bool:
    """Join the movie of *target* again from the cache; return False if that fails."""
    from pathlib import Path

    from ..cache import history
    from ..cache.store import Store
    from ..errors import IparsaveError
    from ..media.assemble import Ending, assemble
    from ..model import Recipe

    recipe = Recipe.from_json(Path(path), target["recipe"])
    store = Store(Path(config["cache"]), status.warn)
    if config["dry"]:
        return all(store.has(segment) for segment in recipe.segments)

    def note() -> None:
        history.note(store, path, target["version"], history.names(store, path))

    try:
        ending = assemble(recipe, store, target["ffmpeg"], config["number"], then=note)
    except (IparsaveError, OSError):
        return False  # the scene process will draw what is missing, or report the error
    if ending is Ending.OUTDATED:
        status.warn(f"{target['output']} {ending.value}")
    return True


def _run(
    manifest: Manifest,
    config: Config,
    environment: dict[str, str],
    status: Status,
    depfile: Depfile | None,
) -> int:
    """Run the scene in a process of its own, and save its manifest."""
    ended, ran = run_scene({**config, "manifest": manifest.file}, environment, status)
    if ended in INTERRUPTED:
        kept = "" if status.warned_about_cache else " (finished blocks are kept)"
        print(f"error: interrupted{kept}", file=sys.stderr)
    if ended == 0 and ran is not None and not config["dry"]:
        why = keep(manifest, config, ran, status.warn)
        if why:
            status.note(f"the next build will run {config['script']} again: {why}")
        if depfile is not None:
            _add_dependencies(depfile, manifest)
            if why:
                status.warn(f"the dependency file of {config['script']} may be incomplete: {why}")
    return ended


def keep(manifest: Manifest, config: Config, ran: Ran, warn: Callable[[str], None]) -> str:
    """Save what a finished scene process reported of its run.

    Returns
    -------
    str
        Why the manifest was not saved, so that the next build must run the scene again; empty if it was saved.
    """
    why = manifest.take(ran)
    runs.note(config, ran["targets"], why, warn)
    if not why:
        manifest.keep(warn)
    return why


def run_scene(config: Config, environment: dict[str, str], status: Status) -> tuple[int, Ran | None]:
    """Run a scene in a process of its own, and show its events.

    Returns
    -------
    ended : int
        The exit status; one of `INTERRUPTED` if the run was interrupted.
    ran : Ran or None
        The report that the scene process sends at its end.
    """
    from .scene_process import SceneProcess

    status.begin()
    process = SceneProcess(config, environment, quiet_output=status.json_lines)
    from ..cache import store  # noqa: F401 - needed at the end; while the scene starts, the import costs nothing

    ran: Ran | None = None
    plan: Plan | TargetDone | None = None
    try:
        for event in process.events(tick=0.25):
            if event is not None and event["event"] == "ran":
                ran = event
            else:
                if event is not None and (event["event"] == "plan" or event["event"] == "target"):
                    plan = event
                status.on_event(event)
        ended = process.status()
        if ended == 0 and ran is None:
            # Its movies may be in place, but it ended without its report, so that is not known.
            print(f"error: the process of {config['script']} ended early{_while_making(plan)}", file=sys.stderr)
            ended = 1
    except KeyboardInterrupt as interrupt:
        status.close()
        process.stop(terminate=isinstance(interrupt, Ended))
        process.close()
        sweep(config)  # the interrupt may have left a half-written record
        return status_of(interrupt), None
    finally:
        process.close()
        status.close()
    if ended < 0:
        sweep(config)  # its workers have ended too, perhaps while they wrote files
        print(
            f"error: the process of {config['script']} was killed by signal {-ended}{_while_making(plan)}",
            file=sys.stderr,
        )
        return 1, None
    return ended, ran


def _while_making(last: Plan | TargetDone | None) -> str:
    """Name the movie that was being made, given the last plan or target event; return "" if none was."""
    return f" while building {last['output']}" if last is not None and last["event"] == "plan" else ""


def sweep(config: Config) -> None:
    """Wait for the encoders of an ended scene process, and remove the half-written files that it left in the cache."""
    from pathlib import Path

    from ..cache.store import Store

    Store(Path(config["cache"])).sweep(_LAST_ENCODER)
