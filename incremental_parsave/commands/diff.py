"""``iparsave diff``: report which frames the last edit changed."""

from __future__ import annotations

import sys
from pathlib import Path

from ..cache.change import Change, compare
from ..cache.runs import LastRun
from ..cache.store import Store
from ..display.status import print_json
from ..supervisor.scene_build import scene_environment


def diff(builds: list[LastRun], *, sheet: str | None, most: int, ffmpeg: str | None, json_lines: bool) -> int:
    """Report what changed in the movies of *builds*; return the exit status.

    Parameters
    ----------
    builds : list of LastRun
    sheet : str or None
        Path of the contact sheet to write; None for no sheet.
    most : int
        Maximum number of frames of each movie on the sheet.
    ffmpeg : str or None
        Path of ffmpeg, if the user gave one.
    json_lines : bool
        Print events as JSON on standard output.
    """
    changes = []
    for build in builds:
        store = Store(Path(build.config["cache"]), _warn)
        stale = build.changed(scene_environment())
        if stale:
            _warn(f"the last build of {build.script} is out of date: {stale}")
        elif build.untracked:
            _warn(f"the last build of {build.script} may be out of date: {build.untracked}")
        if not build.targets:
            _warn(f"{build.script} saves no animation, so there are no frames to compare")
        for target in build.movies():
            name = build.name(target)
            if target["version"] is None:
                _warn(f"the frames of {name} are not recorded ({target['way']})")
                continue
            change = compare(name, target["path"], store)
            if json_lines:
                print_json(change.event())
            else:
                print(f"{name}: {change.line()}", flush=True)
            changes.append(change)
    if sheet is not None:
        _write_sheet([change for change in changes if change.differs], sheet, most, ffmpeg, json_lines)
    return 0


def _write_sheet(changes: list[Change], sheet: str, most: int, ffmpeg: str | None, json_lines: bool) -> None:
    if not changes:
        _warn(f"{sheet} was not written: no frame changed")
        return
    from ..display.sheet import show
    from ..media.executables import find_ffmpeg

    shown = show(changes, Path(sheet), most, find_ffmpeg(ffmpeg), _warn)
    if json_lines:
        print_json({"event": "sheet", "file": sheet, "shown": shown})
    else:
        total = sum(len(change.changed) + len(change.added) + len(change.removed) for change in changes)
        print(f"{sheet}: {len(shown)} of {total} frames, before and after")


def _warn(text: str) -> None:
    print(f"warning: {text}", file=sys.stderr)
