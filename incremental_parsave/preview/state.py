"""The state of the preview page, as one object that is sent whole whenever it changes."""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from ..display.viewer import Viewer

if TYPE_CHECKING:
    from ..protocol.events import BlockDone, Busy, Event, Plan, TargetDone
    from ..protocol.messages import BlockShown, MovieShown, Shown

_KEPT = 3  # newest versions to keep open, because a page may still play them


class OpenMovie:
    """An open movie file, which can be read even after it was replaced."""

    def __init__(self, path: str) -> None:
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self.suffix = os.path.splitext(path)[1].lower()
        self.size = os.fstat(self._descriptor).st_size

    def reader(self) -> int:
        """Return a new descriptor, to be read with ``pread`` and closed by the caller."""
        return os.dup(self._descriptor)

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)


class State(Viewer):
    """Everything that the page shows; the watch's thread updates it, and the server's thread reads it.

    Parameters
    ----------
    script : str
    """

    def __init__(self, script: str) -> None:
        self._lock = threading.Lock()
        self._listeners: list[Callable[[], None]] = []
        self._movies: dict[str, MovieShown] = {}
        self._files: dict[int, OpenMovie] = {}
        self._version = 0
        self._shown: Shown = {
            "movies": [],
            "script": script,
            "state": "starting",
            "detail": "",
            "error": "",
            "seconds": None,
            "draft": False,
            "drafts": False,
        }

    # -- read by the server -------------------------------------------------

    def snapshot(self) -> str:
        """Return the current state as JSON."""
        with self._lock:
            return json.dumps({**self._shown, "movies": list(self._movies.values())})

    def movie(self, version: int) -> tuple[int, int, str] | None:
        """Return a descriptor, the size and the suffix of a version of a movie; None if it is no longer open."""
        with self._lock:
            found = self._files.get(version)
            return (found.reader(), found.size, found.suffix) if found is not None else None

    def listen(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Call *changed*, in any thread, whenever the state changes; return a function that stops these calls."""
        with self._lock:
            self._listeners.append(changed)

        def end() -> None:
            with self._lock, contextlib.suppress(ValueError):
                self._listeners.remove(changed)

        return end

    # -- called by the watch ------------------------------------------------

    def building(self, changed: Iterable[str]) -> None:  # noqa: D102
        with self._changing():
            self._shown.update({"state": "building", "detail": ", ".join(changed)})

    def outdated(self) -> None:  # noqa: D102
        with self._changing():
            self._shown.update({"state": "building", "detail": "edited again"})

    def drafting(self, on: bool) -> None:  # noqa: D102
        with self._changing():
            self._shown.update({"drafts": on})

    def nothing_changed(self) -> None:  # noqa: D102
        with self._changing():
            self._shown.update({"detail": "nothing changed"})

    def built(self, seconds: float, resumed: int) -> None:  # noqa: D102
        with self._changing():
            self._shown.update({"state": "ready", "detail": "", "error": "", "seconds": round(seconds, 2)})

    def failed(self, text: str) -> None:  # noqa: D102
        with self._changing():
            self._shown.update({"state": "failed", "detail": "", "error": text})
            for movie in self._movies.values():
                _leave_unfinished(movie)

    def on_event(self, event: Event) -> None:  # noqa: D102
        if event["event"] not in ("plan", "drawing", "encoding", "block", "target"):
            return
        with self._changing():
            if event["event"] == "plan":
                self._begin(event)
            elif event["event"] == "block":
                block = self._block(event)
                block["state"] = "new" if event["rendered"] else "reused"
                block["different"] = event.get("different", [])
            elif event["event"] == "target":
                self._show_movie(event)
            elif event["event"] == "drawing" or event["event"] == "encoding":
                self._block(event)["state"] = event["event"]

    def _begin(self, event: Plan) -> None:
        output, spans = event["output"], event.get("spans", [])
        before = self._movies.get(output)
        self._movies[output] = {
            "output": output,
            "version": before["version"] if before else None,
            "frames": sum(stop - first for first, stop in spans) or (before["frames"] if before else None),
            "fps": event.get("fps"),
            "start": spans[0][0] if spans else 0,
            "blocks": [{"first": first, "stop": stop, "state": "waiting", "different": []} for first, stop in spans],
        }

    def _block(self, event: BlockDone | Busy) -> BlockShown:
        """Return the block that *event* is about; add it if the blocks were not known in advance."""
        first, stop = event["frames"]
        blocks = self._movies[event["output"]]["blocks"]
        for block in blocks:
            if block["first"] == first:
                block["stop"] = stop
                return block
        blocks.append({"first": first, "stop": stop, "state": "waiting", "different": []})
        blocks.sort(key=lambda block: block["first"])
        return next(block for block in blocks if block["first"] == first)

    def _show_movie(self, event: TargetDone) -> None:
        movie = self._movies.get(event["output"])
        if movie is None:
            return
        movie["frames"] = event["frames"]
        is_draft = bool(event.get("draft"))
        same = self._shown["draft"] == is_draft and event["up_to_date"]
        self._shown["draft"] = is_draft
        if movie["version"] is not None and same:
            return
        with contextlib.suppress(OSError):
            self._files[self._version + 1] = OpenMovie(event.get("file", event["output"]))
            self._version += 1
            movie["version"] = self._version
        shown = {each["version"] for each in self._movies.values()}
        for version in sorted(self._files)[:-_KEPT]:
            if version not in shown:
                self._files.pop(version).close()

    @contextlib.contextmanager
    def _changing(self) -> Any:
        with self._lock:
            yield
            listeners = tuple(self._listeners)
        for changed in listeners:
            changed()

    def close(self) -> None:  # noqa: D102
        with self._changing():
            self._shown.update({"state": "ended"})


def _leave_unfinished(movie: MovieShown) -> None:
    """Mark the blocks at which a build failed; show the other unfinished ones as in the last good movie."""
    begun = [block for block in movie["blocks"] if block["state"] in ("drawing", "encoding")]
    waiting = [block for block in movie["blocks"] if block["state"] == "waiting"]
    for block in begun or waiting[:1]:
        block["state"] = "failed"
    for block in waiting[0 if begun else 1 :]:
        block["state"] = "reused" if movie["version"] is not None else "waiting"
