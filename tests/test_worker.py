"""Checks of a worker at the end of its block: the last frame, and state that the seam does not show."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, nullcontext
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from incremental_parsave.model import Block, Outcome, Reason
from incremental_parsave.pool.capture import Capture
from incremental_parsave.pool.worker import Worker
from incremental_parsave.pool.workers import Assignment
from incremental_parsave.trust.guard import Refused

from .test_render import frames

pytestmark = pytest.mark.quick

BLOCK = Block(3, 30, 40)


class WorkerExited(Exception):
    """The worker has exited with a report."""


class Rendering:
    """A block whose frames are counted; it is encoded, or found in the cache."""

    def __init__(self, *, is_new: bool) -> None:
        self.count, self._is_new = 0, is_new

    def add_list(self, frame: Any) -> None:
        self.count += 1

    def look_up(self) -> bool:
        return self._is_new

    def encode(self) -> None: ...

    def abandon(self) -> None: ...

    def last_pixels(self) -> str:
        return "pixels as recorded"

    def outcome(self, first: str, after: str | None) -> Outcome:
        return Outcome(BLOCK, Reason.NEW_FRAMES, None, ("frame",) * self.count, first, after)


def loop(figure: Figure, recorded: Any, drawn: Any) -> Any:
    """Return a loop that records *recorded* with the artist cache, and *drawn* without it."""
    return SimpleNamespace(
        figure=figure,
        has_layout_engine=False,
        leaves_out=True,
        record=lambda whole: drawn if whole else recorded,
        record_uncached=lambda: drawn,
        draw=lambda: "pixels as recorded" if drawn is recorded else "pixels as drawn",
        barrier=SimpleNamespace(suspended=nullcontext),
        raise_barrier=lambda: None,
        clip_paths=SimpleNamespace(changed=lambda: ""),
        captures=SimpleNamespace(state_before=lambda k: "state"),
    )


def refusal(monkeypatch: pytest.MonkeyPatch, of: Any, *, count: int, is_new: bool) -> str:
    """Let a worker draw *count* frames of its block, the last of the movie; return why it refuses the block."""

    def leave(sending: int, report: dict[str, Any]) -> None:
        raise WorkerExited(report["refused"])

    monkeypatch.setattr("incremental_parsave.pool.worker.leave", leave)
    nothing: Any = SimpleNamespace(**dict.fromkeys(("doing", "drawn", "arm", "disarm", "look"), lambda *a, **k: None))
    guard: Any = SimpleNamespace(**vars(nothing), is_armed=False, refusal="", raise_refusal=lambda: None)
    context: Any = SimpleNamespace(
        loop=of,
        layout=SimpleNamespace(end=30 + count),
        renderer=SimpleNamespace(begin=lambda block: Rendering(is_new=is_new)),
        account=nothing,
        inputs=None,
    )
    worker = Worker(context, Assignment(BLOCK, 7), Capture(of, exact=False), guard, ExitStack())
    for k in range(30, 30 + count):
        worker.before(k)
        worker.frame(k)
    try:
        try:
            worker.before(30 + count)
            worker.end(None)
        except Refused as refused:
            worker.end(refused)
    except WorkerExited as left:
        return str(left)
    raise AssertionError("the worker has not ended")


@pytest.mark.parametrize("is_new", [False, True])
@pytest.mark.parametrize("count", [7, 10])  # the movie may end within the block
def test_undetected_change_is_found_in_the_last_frame(
    monkeypatch: pytest.MonkeyPatch, count: int, is_new: bool
) -> None:
    recorded, drawn = frames(0, 1)
    found = refusal(monkeypatch, loop(Figure(), recorded, drawn), count=count, is_new=is_new)
    assert found == f"frame {29 + count} has an undetected change of Line2D(_child0) of the axes 'title'"
    assert not refusal(monkeypatch, loop(Figure(), recorded, recorded), count=count, is_new=is_new)


CHANGES_OF_HIDDEN_ARTISTS: dict[str, Callable[[Any], Any]] = {
    "title": lambda ax: ax.title.set_text("frame 10"),
    "line": lambda ax: ax.lines[0].set_ydata([2, 2]),
    "points": lambda ax: ax.collections[0].set_offsets([[2, 2]]),
    "image": lambda ax: ax.images[0].set_data([[2.0]]),
    "bar": lambda ax: ax.patches[0].set_height(2),
    "attribute of the axes": lambda ax: setattr(ax, "count", 2),
    "attribute of the figure": lambda ax: setattr(ax.figure, "count", 2),
}


@pytest.mark.parametrize("what", CHANGES_OF_HIDDEN_ARTISTS)
def test_seam_state_includes_hidden_artists(what: str) -> None:
    """For example, a title that counts frames, and is hidden in the first frame of each block."""
    ax = Figure().add_subplot()
    ax.plot([0, 1], [0, 1])
    ax.scatter([0], [0])
    ax.imshow(np.zeros((1, 1)))
    ax.add_patch(Rectangle((0, 0), 1, 1))
    for artist in (ax.title, *ax.lines, *ax.collections, *ax.images, *ax.patches):
        artist.set_visible(False)
    shown = frames(0)[0]  # the frame looks the same
    capture = Capture(loop(ax.figure, shown, shown), exact=False)
    seams = []
    for change in (lambda ax: None, lambda ax: None, CHANGES_OF_HIDDEN_ARTISTS[what]):
        change(ax)
        capture.take()
        seams.append(capture.seam_state())
    assert seams[0] == seams[1] != seams[2]
