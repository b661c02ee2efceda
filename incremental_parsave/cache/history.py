"""The last two versions of each movie: the digests of their frames, and the segments that show them.

A version is kept under its own digest, so that two movies may share one; what
is kept under a movie's place is which versions it had.  Versions of the same
frames (in other blocks, say) are one to whoever asks what an edit changed.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import xxhash

from ..keys.canonical import Digest
from ..keys.files import place_digest
from ..model import Segment
from .store import Store

KIND = "history"
VERSIONS = "versions"
_DIGITS = 16  # of what is kept of a frame's digest: enough to tell two apart

Name = list[Any]
"""A version's digest, that of its frames alone, and when these were first built."""


class Version(NamedTuple):
    """What a movie was in one build.

    Attributes
    ----------
    start : int
        The first frame.
    frames : tuple of str
        What each frame is known by.
    segments : tuple of Segment
        In order.
    """

    start: int
    frames: tuple[str, ...]
    segments: tuple[Segment, ...]

    @property
    def stop(self) -> int:
        """The frame after the last one."""
        return self.start + len(self.frames)

    def blocks(self) -> Iterator[tuple[int, int, Segment]]:
        """Yield first frame, end and segment of each block."""
        start = self.start
        for segment in self.segments:
            yield start, start + segment.frames, segment
            start += segment.frames

    def frame(self, k: int) -> str | None:
        """Return what frame *k* is known by, None if there is none."""
        return self.frames[k - self.start] if self.start <= k < self.stop else None


def keep(store: Store, start: int, frames: Sequence[str], segments: Sequence[Segment]) -> Name:
    """Keep a version; return its name.

    Parameters
    ----------
    store : Store
    start : int
        The first frame.
    frames : sequence of str
        The digest of every frame.
    segments : sequence of Segment
    """
    shown = "".join(xxhash.xxh3_64_hexdigest(frame.encode()) for frame in frames)
    look = Digest("frames of a movie").add("start", start).add("frames", shown)
    digest = Digest("version").add("frames", look.digest())
    for segment in segments:
        digest.add("segment", segment.digest)
    key = digest.hexdigest()
    body = {"start": start, "frames": shown, "segments": [segment.to_json() for segment in segments]}
    store.write(VERSIONS, key, body)
    return [key, look.hexdigest(), time.time()]


def load(store: Store, key: str) -> Version | None:
    """Return the version of this digest, if it is there."""
    body = store.read(VERSIONS, key)
    if body is None:
        return None
    shown = body["frames"]
    frames = tuple(shown[i : i + _DIGITS] for i in range(0, len(shown), _DIGITS))
    return Version(body["start"], frames, tuple(Segment.from_json(row) for row in body["segments"]))


def names(store: Store, movie: str) -> list[Name]:
    """Return the names of the last versions of the movie at this path, the latest first."""
    body = store.read(KIND, place_digest(movie))
    return list(body["versions"]) if body is not None else []


def note(store: Store, movie: str, name: Name, earlier: Sequence[Name]) -> None:
    """Note that the movie at this path is now the version of *name*.

    Parameters
    ----------
    store : Store
    movie : str
    name : list
    earlier : sequence of list
        The versions that it had before this process: of two movies that one
        run saves at the same place, the second takes the place of the first.
    """
    others = [other for other in earlier if other[1] != name[1]]
    since = earlier[0][2] if earlier and earlier[0][1] == name[1] else name[2]
    now = [[*name[:2], since], *others[:1]]
    if names(store, movie) != now:
        store.write(KIND, place_digest(movie), {"versions": now})
