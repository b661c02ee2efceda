"""Verify cached blocks against what ``Animation.save`` itself draws.

matplotlib's own loop draws all frames in one process that has drawn nothing
else; no draw is skipped.  Encoded with the settings of the build, the frames of a
block must give exactly the bytes of the segment that the last build used.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import numpy as np

from ..cache import history
from ..cache.history import Version
from ..cache.store import digest_of_file
from ..errors import EncoderError, IparsaveError
from ..frames.loop import save_by_own_writer
from ..frames.witness import Witness
from ..media.decode import frame_digests, pictures
from ..media.encode import Encoder
from ..media.executables import find_ffmpeg
from ..model import Movie, Segment
from ..mpl import animation as mpl_animation
from ..mpl.target import Target
from ..spans import spans
from .pipeline import layout_and_encoding, part_of
from .session import Request, Session

_AT_A_TIME = 50  # number of decoded frames in memory


def sample(version: str, count: int) -> list[int]:
    """Return the indices of at most three of *count* blocks: the first, the last, and one that depends on *version*."""
    if count <= 3:
        return list(range(count))
    return [0, 1 + int(version, 16) % (count - 2), count - 1]


class Verifier:
    """Verifies the movies that a scene saves, one after the other.

    Parameters
    ----------
    session : Session
    versions : list of str or None
        The version of each movie that the last build saved, in order; None for
        a movie that was not built in blocks.
    every : bool
        Verify all blocks instead of a sample.
    """

    def __init__(self, session: Session, versions: list[str | None], *, every: bool) -> None:
        self._session, self._versions, self._every = session, versions, every
        self._next = 0

    def verify(self, target: Target, request: Request) -> Movie:
        """Verify the movie that the script is saving; the movie itself stays as it is."""
        started = time.monotonic()
        target = part_of(target, request.options)
        key = self._versions[self._next] if self._next < len(self._versions) else None
        self._next += 1
        version = history.load(self._session.store, key) if key is not None else None
        if key is None or version is None or not target.can_build_in_blocks:
            kind = type(target.writer).__qualname__
            why = "its blocks are not recorded" if target.can_build_in_blocks else f"it is written whole by {kind}"
            self._session.reporter.emit(
                {"event": "unverified", "output": str(target.path), "why": why, "lost": target.can_build_in_blocks}
            )
            if any(self._versions[self._next :]):
                _draw_and_discard(target)  # later saves may depend on it
            mpl_animation.suppress_unrendered_warning(target.anim)
            return _movie(target, mpl_animation.expected_count(target.anim) or 0, 0, started)
        blocks = list(version.blocks())
        chosen = list(range(len(blocks))) if self._every else sample(key, len(blocks))
        checking = _Checking(target, request, self._session, version, chosen)
        different = checking.run()
        self._session.reporter.emit(
            {
                "event": "verified",
                "output": str(target.path),
                "blocks": len(blocks),
                "checked": len(chosen),
                "different": different,
                "frames": len(version.frames),
                "drawn": checking.drawn,
                "seconds": round(time.monotonic() - started, 3),
            }
        )
        return _movie(target, len(version.frames), len(blocks), started)


class _Checking:
    """Draws the chosen blocks of one movie again, encodes them, and compares."""

    def __init__(
        self, target: Target, request: Request, session: Session, version: Version, chosen: Sequence[int]
    ) -> None:
        self._target, self._request, self._session, self._version = target, request, session, version
        blocks = list(version.blocks())
        self._chosen = {blocks[index][0]: (index, *blocks[index]) for index in chosen}
        self._encoder: Encoder | None = None
        self._different: list[int] = []
        self._block: tuple[int, int, int, Segment] = (0, 0, 0, version.segments[0])

    @property
    def drawn(self) -> int:
        """Number of frames of the movie that were drawn."""
        return max(0, self._witness.count - self._version.start)

    def run(self) -> list[int]:
        """Draw the movie and compare; return the numbers of the blocks that differ."""
        self._witness = Witness(self._target, self._begin, self._take)
        try:
            # A part of a movie ends at the frame that was asked for; a whole movie ends where Animation.save does.
            self._witness.save(self._version.stop if self._request.options.frames is not None else None)
        finally:
            if self._encoder is not None:  # the frames ended within a block, or the scene failed
                self._encoder.kill()
        for block in self._chosen.values():
            _, start, stop, _ = self._block = block
            if stop > self._witness.count:
                first = max(start, self._witness.count)
                self._report(different=[[first, stop]], why="Animation.save draws fewer frames")
        return sorted(self._different)

    def _begin(self, size: tuple[int, int]) -> None:
        _, self._encoding = layout_and_encoding(self._target, size, self._request, lambda text: None)
        self._ffmpeg = find_ffmpeg(self._request.options.ffmpeg, mpl.rcParams["animation.ffmpeg_path"])
        self._session.reporter.emit(
            {
                "event": "plan",
                "output": str(self._target.path),
                "frames": len(self._version.frames),
                "blocks": len(self._chosen),
                "jobs": 1,
            }
        )

    def _take(self, k: int, pixels: memoryview) -> None:
        """Encode frame *k* if its block is verified; compare the block after its last frame."""
        if k in self._chosen:
            self._block = self._chosen[k]
            written = self._session.store.temporary(self._encoding.suffix)
            what = f"block {self._block[0]} of {self._target.path}"
            self._encoder = Encoder(self._ffmpeg, self._encoding, None, written, what)
        self._session.reporter.emit({"event": "frames", "block": self._block[0], "count": 1})
        if self._encoder is None:
            return
        self._encoder.write(pixels)
        _, start, stop, _ = self._block
        if k + 1 == stop:
            encoder, self._encoder = self._encoder, None
            try:
                encoder.finish(stop - start)
                self._compare(encoder)
            except EncoderError as error:
                self._report(different=[[start, stop]], why=error.what)
            finally:
                encoder.output.unlink(missing_ok=True)

    def _compare(self, encoder: Encoder) -> None:
        _, start, stop, segment = self._block
        path = self._session.store.path(segment)
        why = self._session.store.why_not(segment)
        if why != "":
            self._report(different=[[start, stop]], why=f"its segment {why or 'is missing from the cache'}")
            return
        if segment.digest == digest_of_file(encoder.output):
            self._report(different=[])
            return
        try:
            ours, theirs = (frame_digests(self._ffmpeg, file) for file in (path, encoder.output))
            length = stop - start
            padded = (ours + [""] * length)[:length], (theirs + [""] * length)[:length]
            numbers = [n for n, (a, b) in enumerate(zip(*padded, strict=True)) if a != b]
            if not numbers:
                self._report(different=[], why="identical frames, different bytes")
                return
            distances = list(self._distances(path, encoder.output, numbers))
        except IparsaveError as error:
            self._report(different=[[start, stop]], why=error.what)
            return
        # A difference in one frame spreads, more faintly, to the frames that are encoded with reference to it.
        self._report(
            different=spans(start + n for n in numbers),
            most=spans(start + n for n, one in zip(numbers, distances, strict=False) if 2 * one >= max(distances)),
        )

    def _distances(self, ours: Path, theirs: Path, numbers: Sequence[int]) -> Iterator[int]:
        """Yield the largest difference in pixel values for each of these frames."""
        for at in range(0, len(numbers), _AT_A_TIME):
            some = numbers[at : at + _AT_A_TIME]
            for a, b in zip(pictures(self._ffmpeg, ours, some), pictures(self._ffmpeg, theirs, some), strict=False):
                if (a.width, a.height) != (b.width, b.height):
                    yield 255
                else:
                    old, new = (np.frombuffer(one.pixels, np.uint8).astype(np.int16) for one in (a, b))
                    yield int(np.abs(old - new).max())

    def _report(self, *, different: list[list[int]], most: list[list[int]] | None = None, why: str = "") -> None:
        """Report the result for the current block."""
        index, start, stop, _ = self._block
        if different:
            self._different.append(index)
        self._session.reporter.emit(
            {
                "event": "checked",
                "output": str(self._target.path),
                "block": index,
                "frames": [start, stop],
                "different": different,
                "most": most or different,
                "why": why,
            }
        )


def _draw_and_discard(target: Target) -> None:
    """Let the target's own writer write the movie, and discard it."""
    with tempfile.TemporaryDirectory(dir=tempfile.gettempdir()) as folder:
        save_by_own_writer(replace(target, path=Path(folder, target.path.name)))


def _movie(target: Target, frames: int, blocks: int, started: float) -> Movie:
    seconds = time.monotonic() - started
    return Movie(target.path, frames, (), tuple(range(blocks)), up_to_date=True, seconds=seconds, way="verified")
