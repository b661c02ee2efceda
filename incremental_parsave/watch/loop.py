"""Waits for an edit, builds, and waits again."""

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

_DEBOUNCE = 0.05  # seconds of quiet after an edit: editors save in several steps
_LONGEST_DEBOUNCE = 0.5  # of unrest, after which we look all the same
_SWEEP = 1.0  # seconds after which we look although nobody woke us
_BLIND_SWEEP = 0.5
_MOST_DIFFERENT = 8  # changed blocks that are drawn first at the next edit; of more, none is special
_PAUSE = 0.7  # seconds without an edit, after which a draft is followed by the movie


class Watch:
    """Keeps the movies of one script as the script would make them now.

    Parameters
    ----------
    configure : callable
        Returns the fields of the scene process's `Config`, as options and pyproject.toml have them now.
    viewers : sequence of Viewer
        Those who show what happens.
    drafts : bool
        Make a draft first, and the movie itself when edits pause.
    warm : bool
        Go on where the script has changed; else it runs from its beginning each time.
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
        self.selector.register(self._woken, selectors.EVENT_READ, self._hear_waking)
        self._asked: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._changes = self._changes_of(self._config["root"])
        kind = WarmScene if warm else Scene
        self._scene = kind(self._environment, self.selector, self._hear, self._print_scene)
        self._around = surroundings()
        self._manifest: Manifest | None = None
        self._pending: list[str] | None = None  # what has changed, of the build that is to come
        self._full_at: float | None = None  # when the movie is to follow its draft
        self._restless_since: float | None = None
        self._quiet_since = self._looked_at = 0.0
        self._asked_at = time.monotonic()
        self._near: int | None = None
        self._different: list[int] = []  # the first frames of blocks that the last edit changed
        self._is_draft = self._quits = False
        self._ran: Ran | None = None
        self._failed, self._source = "", b""

    # -- the loop -----------------------------------------------------------

    def run(self) -> None:
        """Watch until the user has enough."""
        self._pending = []
        try:
            while not self._quits:
                for key, _ in self.selector.select(self._patience()):
                    key.data()
                self._scene.tick()
                self._look_if_due()
                self._build_if_due()
                self._tell(Viewer.tick)
        finally:
            self._close()

    def do(self, action: Callable[[], None]) -> None:
        """Have the loop call *action*; from any thread."""
        self._asked.put(action)
        self._write(b".")

    def wake(self) -> None:
        """Have the loop look soon what has changed; from any thread."""
        self._write(b"!")

    def rebuild(self) -> None:
        """Run the script from its beginning, as if all of it had changed."""
        self._scene.forget()
        self._ask_for([])

    def draft_first(self, on: bool) -> None:
        """Make drafts first from now on, or no longer."""
        self._drafts = on
        self._tell(Viewer.drafting, on)
        if not on and self._full_at is not None:
            self._full_at = 0.0

    def look_at(self, frame: int) -> None:
        """Draw what follows *frame* first, in builds to come."""
        self._near = frame

    def quit(self) -> None:
        """End soon; from any thread, and from a handler of a signal."""
        if not self._quits:
            self._quits = True
            self._write(b".")

    def _write(self, byte: bytes) -> None:
        with contextlib.suppress(BlockingIOError):  # it is awake
            if self._waking >= 0:
                os.write(self._waking, byte)

    def _patience(self) -> float:
        if self._restless_since is not None:
            return 0.01
        return 0.1 if self._scene.is_running else 0.25

    def _hear_waking(self) -> None:
        heard = b""
        with contextlib.suppress(BlockingIOError):
            while chunk := os.read(self._woken, 4096):
                heard += chunk
        if b"!" in heard:
            now = time.monotonic()
            self._quiet_since = now
            self._restless_since = self._restless_since or now
        while not self._asked.empty():
            self._asked.get()()

    # -- what has changed -----------------------------------------------------

    def _look_if_due(self) -> None:
        now = time.monotonic()
        if self._restless_since is not None:
            is_quiet = now - self._quiet_since >= _DEBOUNCE and not self._changes.is_being_written
            if not is_quiet and now - self._restless_since < _LONGEST_DEBOUNCE:
                return
        elif now - self._looked_at < (_BLIND_SWEEP if self._changes.is_blind else _SWEEP):
            return
        since, self._restless_since, self._looked_at = self._restless_since, None, now
        changed = self._changes.look()
        if changed:
            self._ask_for(changed, since)
            if 0 <= time.time() - self._changes.written_at < _DEBOUNCE:  # who woke us was somebody else
                self._restless_since, self._quiet_since = since or now, now
        elif self._changes.was_touched and self._pending is None and not self._scene.is_running:
            self._tell(Viewer.nothing_changed)

    def _ask_for(self, changed: list[str], since: float | None = None) -> None:
        """Build soon, because of what has *changed*; a build that runs is of an older state."""
        self._asked_at = since or time.monotonic()
        self._pending = sorted({*(self._pending or ()), *changed})
        self._full_at = None
        if self._scene.is_running:
            self._scene.stop()
            self._tell(Viewer.outdated)

    def _changes_of(self, root: str) -> Changes:
        """Return what knows the changes of a scene whose project is in the folder *root*."""
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
            self._asked_at = time.monotonic()
            self._build([], draft=False)

    def _build(self, changed: list[str], *, draft: bool) -> None:
        """Begin a build."""
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
        self._tell(Viewer.building, changed)  # of what has just been read: what is edited from here on is a newer state
        if failed:
            self._tell(Viewer.failed, failed)
            return
        config["number"] = number
        before, self._config, around = self._config, config, surroundings()
        if around != self._around or _of_the_process(before) != _of_the_process(config):
            self._around = around
            self._scene.restart()
        if before["root"] != config["root"]:  # to which the names of what is read are relative
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

    def _hear(self, event: Event | None) -> None:
        """Hear the scene; None when its run is over."""
        if event is None:
            self._end()
        elif event["event"] == "ran":
            self._ran = event
            self._changes.ignore(target["path"] for target in event["targets"])
            own = set(event["changes"])  # what it writes and reads again would be never as it was read
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
            told = self._as_of_the_movie(event) if self._is_draft else event
            self._tell(Viewer.hear, told)

    def _as_of_the_movie(self, event: Event) -> Event:
        """Return what is told of a draft under the name of the movie, with the file that it is."""
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
        """A run is over."""
        assert self._manifest is not None
        seconds = time.monotonic() - self._asked_at
        if self._pending is not None:
            return  # it was stopped, and the next begins
        if self._ran is not None:
            if self._is_draft:
                self._full_at = time.monotonic() + _PAUSE
            else:
                keep(self._manifest, self._config, self._ran, self._warn)
                self._changes.made(target["path"] for target in self._ran["targets"])
            self._tell(Viewer.built, seconds, line_of(self._source, self._scene.resumed_at))
        elif self._failed:
            self._tell(Viewer.failed, self._failed)
        else:
            sweep(self._config)  # it took its workers with it, or they were ended likewise
            self._tell(Viewer.failed, f"error: the process of {self._script} was killed or crashed\n")

    def _tell(self, what: Callable[Concatenate[Viewer, P], None], *args: P.args, **kwargs: P.kwargs) -> None:
        """Tell all viewers *what*, a method of theirs."""
        for viewer in self._viewers:
            getattr(viewer, what.__name__)(*args, **kwargs)

    def _warn(self, text: str) -> None:
        self._tell(Viewer.warn, text)

    def _print_scene(self, text: bytes) -> None:
        self._tell(Viewer.print_scene, text)

    def _close(self) -> None:
        self._quits = True
        self._tell(Viewer.close)
        self._scene.close()
        self._changes.close()
        sweep(self._config)
        self.selector.close()
        ends, self._woken, self._waking = (self._woken, self._waking), -1, -1  # a thread of the preview may still write
        for end in ends:
            os.close(end)


def _of_the_process(config: Config) -> tuple[str, str, list[str]]:
    """Return what a scene process takes when it starts."""
    return config["root"], config["cache"], config["inputs"]
