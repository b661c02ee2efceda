"""The loop of a watch: wait for an edit, build, and wait again."""

from __future__ import annotations

import contextlib
import os
import queue
import selectors
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec

from ..cache import places
from ..cache.manifest import Manifest
from ..display.viewer import Viewer
from ..errors import IparsaveError
from ..keys.files import signature
from ..keys.statements import line_of
from ..keys.surroundings import surroundings
from ..supervisor.run import Scene
from ..supervisor.scene_build import keep, scene_environment, sweep
from ..supervisor.warm import WarmScene
from .changes import Changes

if TYPE_CHECKING:
    from ..protocol.events import Event, Ran
    from ..protocol.messages import Config

P = ParamSpec("P")

_DEBOUNCE = 0.05  # seconds without events before the loop looks for changes: editors save in several steps
_LONGEST_DEBOUNCE = 0.5  # seconds of continuing events after which it looks anyway
_SWEEP = 1.0  # seconds between looks if there are no events
_BLIND_SWEEP = 0.5  # the same, if folders cannot be watched
_MOST_DIFFERENT = 8  # maximum number of changed blocks that the next build draws first
_PAUSE = 0.7  # seconds without an edit between a draft and the movie itself


class Watch:
    """Keeps the movies of one script up to date.

    Parameters
    ----------
    configure : callable
        Returns the fields of the scene process's `Config`, from the options and the current pyproject.toml.
    viewers : sequence of Viewer
        Objects that show what happens.
    drafts : bool
        Make a draft first, and the movie itself when edits pause.
    warm : bool
        Continue the script from a sleeping copy, instead of running it from the beginning each time.
    """

    def __init__(
        self,
        configure: Callable[[], Config],
        viewers: Sequence[Viewer],
        *,
        drafts: bool = False,
        warm: bool = True,
    ) -> None:
        self._configure, self._viewers, self._drafts = configure, viewers, drafts
        self._config = configure()
        self._script: str = self._config["script"]
        self._environment = scene_environment()
        self.selector = selectors.DefaultSelector()
        self._woken, self._waking = os.pipe()
        for end in (self._woken, self._waking):
            os.set_blocking(end, False)
        self.selector.register(self._woken, selectors.EVENT_READ, self._on_wake)
        self._actions: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._changes = self._changes_of(self._config["root"])
        kind = WarmScene if warm else Scene
        self._scene = kind(self._environment, self.selector, self._on_event, self._print_scene)
        self._around = surroundings()
        self._manifest: Manifest | None = None
        self._pending: list[str] | None = None  # what has changed for the next build; None if none is due
        self._full_at: float | None = None  # when to build the movie itself after its draft
        self._restless_since: float | None = None
        self._quiet_since = self._looked_at = 0.0
        self._scheduled_at = time.monotonic()
        self._near: int | None = None
        self._different: list[int] = []  # the first frames of blocks that the last edit changed
        self._is_draft = self._quits = False
        self._ran: Ran | None = None
        self._failed, self._source = "", b""

    # -- the loop -----------------------------------------------------------

    def run(self) -> None:
        """Watch until the user quits."""
        self._pending = []
        try:
            while not self._quits:
                for key, _ in self.selector.select(self._patience()):
                    key.data()
                self._scene.tick()
                self._look_if_due()
                self._build_if_due()
                self._notify(Viewer.tick)
        finally:
            self._close()

    def do(self, action: Callable[[], None]) -> None:
        """Call *action* in the loop; may be called from any thread."""
        self._actions.put(action)
        self._write(b".")

    def wake(self) -> None:
        """Make the loop look for changes soon; may be called from any thread."""
        self._write(b"!")

    def rebuild(self) -> None:
        """Run the script from its beginning, as if every statement had changed."""
        self._scene.forget()
        self._schedule([])

    def draft_first(self, on: bool) -> None:
        """Switch drafts on or off."""
        self._drafts = on
        self._notify(Viewer.drafting, on)
        if not on and self._full_at is not None:
            self._full_at = 0.0

    def look_at(self, frame: int) -> None:
        """Draw the blocks from *frame* on first in later builds."""
        self._near = frame

    def quit(self) -> None:
        """End the loop soon; may be called from any thread and from a signal handler."""
        if not self._quits:
            self._quits = True
            self._write(b".")

    def _write(self, byte: bytes) -> None:
        with contextlib.suppress(BlockingIOError):  # the pipe is full, so the loop wakes anyway
            if self._waking >= 0:
                os.write(self._waking, byte)

    def _patience(self) -> float:
        if self._restless_since is not None:
            return 0.01
        return 0.1 if self._scene.is_running else 0.25

    def _on_wake(self) -> None:
        received = b""
        with contextlib.suppress(BlockingIOError):
            while chunk := os.read(self._woken, 4096):
                received += chunk
        if b"!" in received:
            now = time.monotonic()
            self._quiet_since = now
            self._restless_since = self._restless_since or now
        while not self._actions.empty():
            self._actions.get()()

    # -- what has changed -----------------------------------------------------

    def _look_if_due(self) -> None:
        now = time.monotonic()
        if self._restless_since is not None:
            is_quiet = now - self._quiet_since >= _DEBOUNCE and not self._changes.is_being_written
            if not is_quiet and now - self._restless_since < _LONGEST_DEBOUNCE:
                return
        elif now - self._looked_at < (_BLIND_SWEEP if self._changes.is_unwatched else _SWEEP):
            return
        since, self._restless_since, self._looked_at = self._restless_since, None, now
        changed = self._changes.look()
        if changed:
            self._schedule(changed, since)
            # A file was written just now, but another file or the timer woke the loop.  Wait until it is quiet.
            if 0 <= time.time() - self._changes.written_at < _DEBOUNCE:
                self._restless_since, self._quiet_since = since or now, now
        elif self._changes.was_touched and self._pending is None and not self._scene.is_running:
            self._notify(Viewer.nothing_changed)

    def _schedule(self, changed: list[str], since: float | None = None) -> None:
        """Schedule a build because of *changed*, and stop a running build, which is outdated."""
        self._scheduled_at = since or time.monotonic()
        self._pending = sorted({*(self._pending or ()), *changed})
        self._full_at = None
        if self._scene.is_running:
            self._scene.stop()
            self._notify(Viewer.outdated)

    def _changes_of(self, root: str) -> Changes:
        """Return the tracker of changes for a scene whose project is in the folder *root*."""
        changes = Changes(root, self._environment, self.wake, self._warn)
        changes.know(self._script, (), self._project_files())
        return changes

    def _project_files(self) -> list[str]:
        return [os.path.join(self._config["root"], "pyproject.toml")]

    # -- a build ------------------------------------------------------------

    def _build_if_due(self) -> None:
        if self._scene.is_running or self._restless_since is not None:
            return
        if self._pending is not None:
            changed, self._pending = self._pending, None
            self._build(changed, draft=self._drafts)
        elif self._full_at is not None and time.monotonic() >= self._full_at:
            self._scheduled_at = time.monotonic()
            self._build([], draft=False)

    def _build(self, changed: list[str], *, draft: bool) -> None:
        """Start a build."""
        self._full_at, self._is_draft = None, draft
        failed = ""
        try:
            config = self._configure()
            number = places.begin(config["cache"])
            signed = signature(self._script)
            source = Path(self._script).read_bytes()
        except IparsaveError as error:
            failed = f"error: {error}\n"
        except FileNotFoundError:
            failed = f"error: no such file: {self._script}\n"
        except OSError as error:
            failed = f"error: cannot read {self._script}: {error.strerror}\n"
        self._notify(Viewer.building, changed)  # after the source was read: later edits belong to the next build
        if failed:
            self._notify(Viewer.failed, failed)
            return
        config["number"] = number
        before, self._config, around = self._config, config, surroundings()
        if around != self._around or _of_the_process(before) != _of_the_process(config):
            self._around = around
            self._scene.restart()
        if before["root"] != config["root"]:  # the names of reads are relative to it
            self._changes.close()
            self._changes = self._changes_of(config["root"])
        self._config["near"], self._config["changed"] = self._near, self._different
        self._different = []
        if draft:
            self._config["draft"] = self._draft_folder()
        self._manifest = Manifest(self._config, self._environment)
        self._ran, self._failed, self._source = None, "", source
        self._scene.run({**self._config, "manifest": self._manifest.file, "watched": True}, source, signed)

    def _draft_folder(self) -> str:
        return os.path.join(self._config["cache"], "drafts")

    def _on_event(self, event: Event | None) -> None:
        """Handle an event of the scene, or None at the end of its run."""
        if event is None:
            self._end()
        elif event["event"] == "ran":
            self._ran = event
            self._changes.ignore(target["path"] for target in event["targets"])
            own = set(event["changes"])  # a file that the scene reads and writes would look changed after each run
            self._changes.know(
                self._script, (row for row in event["reads"] if row[1] not in own), self._project_files()
            )
        elif event["event"] == "read":
            self._changes.know(self._script, event["reads"], self._project_files(), is_all=False)
        elif event["event"] == "failed":
            self._failed = event["text"]
        else:
            if event["event"] == "block" and event.get("different") and len(self._different) < _MOST_DIFFERENT:
                self._different.append(event["frames"][0])
            shown = self._named_after_movie(event) if self._is_draft else event
            self._notify(Viewer.on_event, shown)

    def _named_after_movie(self, event: Event) -> Event:
        """Give an event about a draft the name of the movie; a target event also gets the draft's path as ``file``."""
        folder = self._draft_folder() + os.sep
        if event["event"] == "target" and event["output"].startswith(folder):
            event["file"], event["draft"] = event["output"], True
        if (
            event["event"] == "plan"
            or event["event"] == "drawing"
            or event["event"] == "encoding"
            or event["event"] == "block"
            or event["event"] == "explain"
            or event["event"] == "target"
        ):
            event["output"] = event["output"].removeprefix(folder)
        return event

    def _end(self) -> None:
        """Handle the end of a run."""
        assert self._manifest is not None
        seconds = time.monotonic() - self._scheduled_at
        if self._pending is not None:
            return  # the run was stopped, and the next one is about to begin
        if self._ran is not None:
            if self._is_draft:
                self._full_at = time.monotonic() + _PAUSE
            else:
                keep(self._manifest, self._config, self._ran, self._warn)
                self._changes.made(target["path"] for target in self._ran["targets"])
            self._notify(Viewer.built, seconds, line_of(self._source, self._scene.resumed_at))
        elif self._failed:
            self._notify(Viewer.failed, self._failed)
        else:
            sweep(self._config)  # its workers have ended too, perhaps while they wrote files
            self._notify(Viewer.failed, f"error: the process of {self._script} was killed or crashed\n")

    def _notify(self, what: Callable[Concatenate[Viewer, P], None], *args: P.args, **kwargs: P.kwargs) -> None:
        """Call *what*, a method of `Viewer`, on each viewer."""
        for viewer in self._viewers:
            getattr(viewer, what.__name__)(*args, **kwargs)

    def _warn(self, text: str) -> None:
        self._notify(Viewer.warn, text)

    def _print_scene(self, text: bytes) -> None:
        self._notify(Viewer.print_scene, text)

    def _close(self) -> None:
        self._quits = True
        self._notify(Viewer.close)
        self._scene.close()
        self._changes.close()
        sweep(self._config)
        self.selector.close()
        ends, self._woken, self._waking = (self._woken, self._waking), -1, -1  # the preview's thread may still write
        for end in ends:
            os.close(end)


def _of_the_process(config: Config) -> tuple[str, str, list[str]]:
    """Return the settings that a scene process takes only when it starts: a change needs a new process."""
    return config["root"], config["cache"], config["inputs"]
