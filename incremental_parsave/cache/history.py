"""The last two versions of each movie: the digests of their frames, and their segments.

A version is stored under its own digest, so two movies may share one.  The
record of a movie, stored under its place, lists its versions.  Two versions with
the same frames, in different blocks for example, count as one version: an edit
that leads from one to the other changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import xxhash

from ..keys.canonical import Digest
from ..keys.files import path_key
from ..model import Segment
from .store import Store

KIND = "history"
VERSIONS = "versions"
_DIGITS = 16  # number of digits kept of a frame's digest: enough to tell two frames apart

Name = list[Any]
"""The digest of a version, the digest of its frames alone, and the time when these frames were first built."""


class Version(NamedTuple):
    """A movie as one build made it.

    Attributes
    ----------
    start : int
        Number of the first frame.
    frames : tuple of str
        A short digest of each frame.
    segments : tuple of Segment
        The segments of its blocks, in order.
    """

    start: int
    frames: tuple[str, ...]
    segments: tuple[Segment, ...]

    @property
    def stop(self) -> int:
        """The number of the last frame, plus one."""
        return self.start + len(self.frames)

    def blocks(self) -> Iterator[tuple[int, int, Segment]]:
        """Yield the first frame, the stop and the segment of each block."""
        start = self.start
        for segment in self.segments:
            yield start, start + segment.frames, segment
            start += segment.frames

    def frame(self, k: int) -> str | None:
        """Return the short digest of frame *k*, or None if there is no such frame."""
        return self.frames[k - self.start] if self.start <= k < self.stop else None


def keep(store: Store, start: int, frames: Sequence[str], segments: Sequence[Segment]) -> Name:
    """Store a version and return its name.

    Parameters
    ----------
    store : Store
    start : int
        Number of the first frame.
    frames : sequence of str
        The digest of every frame.
    segments : sequence of Segment
    """
    digests = "".join(xxhash.xxh3_64_hexdigest(frame.encode()) for frame in frames)
    frames_digest = Digest("frames of a movie").add("start", start).add("frames", digests)
    digest = Digest("version").add("frames", frames_digest.digest())
    for segment in segments:
        digest.add("segment", segment.digest)
    key = digest.hexdigest()
    body = {"start": start, "frames": digests, "segments": [segment.to_json() for segment in segments]}
    store.write(VERSIONS, key, body)
    return [key, frames_digest.hexdigest(), time.time()]


def load(store: Store, key: str) -> Version | None:
    """Return the version with the digest *key*, or None if it is not in the cache."""
    body = store.read(VERSIONS, key)
    if body is None:
        return None
    digests = body["frames"]
    frames = tuple(digests[i : i + _DIGITS] for i in range(0, len(digests), _DIGITS))
    return Version(body["start"], frames, tuple(Segment.from_json(row) for row in body["segments"]))


def names(store: Store, movie: str) -> list[Name]:
    """Return the names of the last versions of the movie at the path *movie*, latest first."""
    body = store.read(KIND, path_key(movie))
    return list(body["versions"]) if body is not None else []


def note(store: Store, movie: str, name: Name, earlier: Sequence[Name]) -> None:
    """Record that *name* is now the current version of a movie.

    Parameters
    ----------
    store : Store
    movie : str
        Path of the movie.
    name : list
    earlier : sequence of list
        The names of the versions that it had before this process began.  If one run
        saves two movies at the same place, the second therefore replaces the first.
    """
    others = [other for other in earlier if other[1] != name[1]]
    since = earlier[0][2] if earlier and earlier[0][1] == name[1] else name[2]
    now = [[*name[:2], since], *others[:1]]
    if names(store, movie) != now:
        store.write(KIND, path_key(movie), {"versions": now})
