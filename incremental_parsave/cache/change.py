"""What an edit changed in a movie: a comparison of its last two versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..spans import in_words, spans
from . import history
from .history import Version
from .store import Store

if TYPE_CHECKING:
    from ..protocol.events import Diff


class Change(NamedTuple):
    """The differences between the last two versions of one movie.

    Attributes
    ----------
    movie : str
        Name of the movie, as shown to the user.
    store : Store
        The cache that holds its segments.
    before, now : Version or None
        The two versions; None for one that is not kept.
    when : tuple of float
        When the frames of these versions were first built, in seconds since the epoch, oldest first.
    changed, added, removed : list of int
        Frame numbers.
    """

    movie: str
    store: Store
    before: Version | None
    now: Version | None
    when: tuple[float, ...]
    changed: list[int]
    added: list[int]
    removed: list[int]

    @property
    def differs(self) -> bool:
        """Whether any frame was changed, added or removed."""
        return bool(self.changed or self.added or self.removed)

    def line(self) -> str:
        """Return the description that is printed for this movie."""
        if self.now is None:
            return "no record of its frames"
        if self.before is None:
            return "no frame changed"
        total, parts = len(self.now.frames), []
        if len(self.changed) == total:
            parts.append(f"all {total} frames changed")
        elif self.changed:
            parts.append(f"{in_words(spans(self.changed))} of {total} changed")
        for frames, verb in ((self.added, "added"), (self.removed, "removed")):
            if frames:
                parts.append(f"{in_words(spans(frames))} {verb}")
        return ", ".join(parts)

    def event(self) -> Diff:
        """Return the event that ``--json`` prints."""
        return {
            "event": "diff",
            "output": self.movie,
            "frames": len(self.now.frames) if self.now else None,
            "frames_before": len(self.before.frames) if self.before else None,
            "changed": spans(self.changed),
            "added": spans(self.added),
            "removed": spans(self.removed),
            "when": list(self.when),
        }


def compare(movie: str, path: str, store: Store) -> Change:
    """Return what the last edit changed in the movie at *path*, which is shown as *movie*."""
    names = history.names(store, path)
    versions = [history.load(store, name[0]) for name in names[:2]]
    now, before = [*versions, None, None][:2]
    when = tuple(name[2] for name in reversed(names[:2]))
    if now is None or before is None:
        return Change(movie, store, before, now, when, [], [], [])
    common = range(max(now.start, before.start), min(now.stop, before.stop))
    changed = [k for k in common if now.frame(k) != before.frame(k)]
    added = [k for k in range(now.start, now.stop) if before.frame(k) is None]
    removed = [k for k in range(before.start, before.stop) if now.frame(k) is None]
    return Change(movie, store, before, now, when, changed, added, removed)
