"""``iparsave verify``: check the files of the cache, and compare cached blocks with what ``Animation.save`` draws."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..cache import store
from ..cache.manifest import Manifest
from ..cache.runs import LastRun
from ..display.status import NORMAL, Status, print_json
from ..errors import IparsaveError
from ..keys.files import path_key
from ..processes.signals import INTERRUPTED
from ..spans import in_words
from ..supervisor.scene_build import run_scene, scene_environment

if TYPE_CHECKING:
    from ..protocol.events import Checked, Event, Verified
    from ..protocol.messages import Config


def verify_cache(cache: str, *, json_lines: bool) -> int:
    """Read all files of the cache and report which are damaged; return the exit status.

    Raises
    ------
    IparsaveError
        If there is no cache.
    """
    if not os.path.isdir(cache):
        raise IparsaveError(f"no such cache folder: {cache}", "build a scene first: iparsave build scene.py")
    segments, records, damaged = store.check(Path(cache))
    if json_lines:
        print_json({"event": "store", "segments": segments, "records": records, "damaged": damaged})
    else:
        for line in damaged:
            print(f"cache: {line}")
        state = f"{len(damaged)} damaged" if damaged else "all intact"
        print(f"cache: {segments} segments, {records} records, {state}", flush=True)
    return 1 if damaged else 0


def verify_scene(build: LastRun, *, every: bool, json_lines: bool) -> int:
    """Draw the movies of a scene's last build again and compare their blocks; return the exit status.

    Parameters
    ----------
    build : LastRun
    every : bool
        Compare all blocks instead of a sample.
    json_lines : bool
        Print events as JSON on standard output.

    Raises
    ------
    IparsaveError
        If the scene has changed since it was built.
    """
    environment = scene_environment()
    changed = build.changed(environment)
    if changed:
        raise IparsaveError(
            f"the last build of {build.script} is out of date: {changed}",
            f"build it first: iparsave build {build.script}",
        )
    shown = _Shown(build, json_lines=json_lines)
    if not build.targets:
        shown.warn(f"{build.script} saves no animation, so there are no frames to compare")
        return 0
    if build.untracked:
        shown.warn(f"the last build of {build.script} may be out of date: {build.untracked}")
    here = os.getcwd()
    os.chdir(build.folder)
    try:
        manifest = Manifest(build.config, environment)
        versions = [target["version"][0] if target["version"] else None for target in build.targets]
        terminal = sys.stderr.isatty() and not json_lines
        config: Config = {**build.config, "terminal": terminal, "manifest": manifest.file}
        config["verify"] = {"versions": versions, "every": every}
        ended, _ = run_scene(config, environment, shown)
    finally:
        os.chdir(here)
    if ended in INTERRUPTED:
        print("error: interrupted", file=sys.stderr)
    if ended:
        return ended
    if shown.saved != len(versions):
        shown.warn(f"{build.script} saved {shown.saved} movies now, but {len(versions)} in its last build")
        return 1
    return 0 if shown.all_same else 1


class _Shown(Status):
    """Shows the events of a scene that is being verified.

    Attributes
    ----------
    saved : int
        Number of movies that the scene has saved so far.
    all_same : bool
        Whether every comparison so far has found the same frames.
    """

    def __init__(self, build: LastRun, *, json_lines: bool) -> None:
        super().__init__(build.script, NORMAL, json_lines=json_lines, dry=False)
        self._cache = build.config["cache"]
        self.saved, self.all_same = 0, True

    PRINTED = (*Status.PRINTED, "checked", "verified", "unverified")

    def on_event(self, event: Event | None) -> None:
        """Handle one event, or None after a while without events."""
        super().on_event(event)
        if event is None:
            return
        if event["event"] == "checked":
            self.all_same &= not event["different"]
        elif event["event"] == "unverified":
            self.saved += 1
            self.all_same &= not event["lost"]
        elif event["event"] == "verified":
            self.saved += 1
            self.all_same &= event["drawn"] == event["frames"]
            if event["different"] and self._is_by_chance(event["output"]):
                movie = event["output"]
                self.warn(f"{movie} differs on every run: random numbers are not seeded, or it reads the clock")

    def print_event(self, event: Event) -> None:
        """Print what the user should see of *event*."""
        if event["event"] == "checked":
            self._say_checked(event)
        elif event["event"] == "verified":
            self._say_verified(event)
        elif event["event"] == "unverified":
            self.print(f"{event['output']}: not compared: {event['why']}")
        else:
            super().print_event(event)

    def _say_checked(self, event: Checked) -> None:
        first, stop = event["frames"]
        block = f"{event['output']}: block {event['block']} (frames {first}-{stop - 1})"
        if event["why"]:
            self.print(f"{block}: {event['why']}")
        elif event["different"]:
            frames = in_words(event["different"])
            most = f", most in {in_words(event['most'])}" if event["most"] != event["different"] else ""
            verb = "differ" if frames.startswith("frames") else "differs"
            self.print(f"{block}: {frames} {verb} from Animation.save{most}")

    def _say_verified(self, event: Verified) -> None:
        total, checked, different = event["blocks"], event["checked"], len(event["different"])
        state = "identical" if not different else f"{different} different"
        movie = event["output"]
        self.print(f"{movie}: {checked} of {total} blocks compared with Animation.save: {state}")
        if event["drawn"] != event["frames"]:
            self.print(f"{movie}: Animation.save draws {event['drawn']} frames, the movie has {event['frames']}")

    def _is_by_chance(self, movie: str) -> bool:
        """Whether an earlier build has warned that this movie differs from run to run."""
        account = store.Store(Path(self._cache)).read("accounts", path_key(movie))
        return bool(account and account["warned"])
