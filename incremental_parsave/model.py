"""Data types that the stages of a build pass to each other.

Frames are counted from 0, in the order in which ``Animation.save`` draws them.
A run of frames is half-open, ``[start, stop)``, like a Python slice.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from .protocol.events import TargetDone
    from .protocol.messages import BlockRow


class Reason(Enum):
    """Why a block is reused or rendered; all output uses these words."""

    INPUTS_UNCHANGED = "inputs unchanged"
    SAME_FRAMES = "looks the same"
    NEW_FRAMES = "new frames"
    FORCED = "forced"
    DAMAGED = "cached segment damaged"
    UNKNOWN_OPTIONS = "encoder options may read other files"
    UNKNOWN_PROGRAM = "encoder is a script"

    @property
    def reused(self) -> bool:
        """Whether the block's segment was taken from the cache."""
        return self in (Reason.INPUTS_UNCHANGED, Reason.SAME_FRAMES)


@dataclass(frozen=True)
class Block:
    """A contiguous run of frames: the unit of caching and of parallel work.

    Attributes
    ----------
    index : int
        Position in the movie, from 0.
    start, stop : int
        The frames ``[start, stop)``.  If the length of the movie is not known in
        advance, the last block may turn out shorter.
    """

    index: int
    start: int
    stop: int

    def __str__(self) -> str:
        return f"block {self.index} (frames {self.start}-{self.stop - 1})"

    def to_json(self) -> BlockRow:
        """Return the block as a dictionary for a message."""
        return {"index": self.index, "start": self.start, "stop": self.stop}


@dataclass(frozen=True)
class Segment:
    """One encoded block in the cache.

    Attributes
    ----------
    digest : str
        Digest of the file's bytes, which is also its name in the cache.
    suffix : str
        File suffix of the container, with the dot.
    frames : int
        Number of frames.
    extradata : str
        Digest of the codec's global header.  Segments join exactly only if
        these are equal.
    size : int
        Size in bytes.  A file of another size is damaged; it is not read, since
        it may have become huge.
    """

    digest: str
    suffix: str
    frames: int
    extradata: str
    size: int

    def to_json(self) -> list[Any]:
        """Return the segment as a list for JSON."""
        return [self.digest, self.suffix, self.frames, self.extradata, self.size]

    @classmethod
    def from_json(cls, row: list[Any]) -> Segment:
        """Return the segment that `to_json` turned into *row*."""
        digest, suffix, frames, extradata, size = row
        return cls(str(digest), str(suffix), int(frames), str(extradata), int(size))


class SeamState(NamedTuple):
    """The state of a figure at a seam, in the form that seams compare.

    Attributes
    ----------
    look : str
        Digest of what the frame shows.
    hidden : str
        Digest of what it does not show, but a later frame may; empty if unknown, because the block was found
        by its fingerprints, which do not depend on it.
    """

    look: str
    hidden: str = ""

    def agrees_with(self, other: SeamState | None, *, default: bool = False) -> bool:
        """Whether both are the same, as far as they are known; *default* if there is no other."""
        if other is None:
            return default
        if self.look != other.look:
            return False
        return self.hidden == other.hidden or not (self.hidden and other.hidden)


@dataclass(frozen=True)
class Outcome:
    """The result of one block.

    Attributes
    ----------
    block : Block
        The block, with its actual stop.
    reason : Reason
        Why it was reused or rendered.
    segment : Segment or None
        None in a dry run if the block is not in the cache, because a dry run
        encodes nothing.
    frames : tuple of str
        The digest of each frame.
    first : SeamState
        The state at the first frame.
    after : SeamState or None
        The state at the seam, the first frame after the block, in the process that drew the block.
        It must agree with `first` of the next block.  None at the end of the movie.
    """

    block: Block
    reason: Reason
    segment: Segment | None
    frames: tuple[str, ...]
    first: SeamState
    after: SeamState | None


@dataclass(frozen=True)
class Part:
    """A file to join.

    Attributes
    ----------
    path : Path
    frames : int
        Number of frames.
    """

    path: Path
    frames: int


@dataclass(frozen=True)
class Joint:
    """Settings for joining parts into one movie.

    Attributes
    ----------
    fps : Fraction
        Frames per second, exact.
    timescale : int or None
        Ticks per second of the movie's clock; None if the container does not let
        us choose them.
    options : tuple of str
        Options of the muxer (metadata, movflags).
    """

    fps: Fraction
    timescale: int | None = None
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recipe:
    """How a movie is joined from segments: everything that question 5 compares.

    Attributes
    ----------
    movie : Path
        Path of the movie.
    segments : tuple of Segment
        The segments, in order.
    joint : Joint
    stitcher : str
        Name of the program that joins the segments.
    arguments : tuple of str
        More options for that program.
    copy : bool
        Whether the movie is a copy of its only segment.
    """

    movie: Path
    segments: tuple[Segment, ...]
    joint: Joint
    stitcher: str
    arguments: tuple[str, ...]
    copy: bool

    def to_json(self) -> dict[str, Any]:
        """Return the recipe, without the path of the movie, as lists and dictionaries for JSON."""
        return {
            "segments": [segment.to_json() for segment in self.segments],
            "joint": [str(self.joint.fps), self.joint.timescale, self.joint.options],
            "stitcher": [self.stitcher, *self.arguments],
            "copy": self.copy,
        }

    @classmethod
    def from_json(cls, movie: Path, body: dict[str, Any]) -> Recipe:
        """Return the recipe of *movie* that `to_json` turned into *body*."""
        fps, timescale, options = body["joint"]
        stitcher, *arguments = body["stitcher"]
        return cls(
            movie,
            tuple(Segment.from_json(row) for row in body["segments"]),
            Joint(Fraction(fps), timescale, tuple(options)),
            stitcher,
            tuple(arguments),
            body["copy"],
        )


@dataclass(frozen=True)
class Movie:
    """A movie that was built, or found to be up to date.

    Attributes
    ----------
    path : Path
        Path of the movie.
    frames : int
        Number of frames.
    rendered, reused : tuple of int
        Indices of the blocks that this build drew and encoded, and of the blocks
        whose cached segments it used.
    up_to_date : bool
        True if no block was encoded and the movie was not written.
    seconds : float
        Duration of the build.
    way : str
        ``"fast"`` if the movie was built in parallel, else the reason why not.
    """

    path: Path
    frames: int
    rendered: tuple[int, ...]
    reused: tuple[int, ...]
    up_to_date: bool
    seconds: float
    way: str

    def event(self) -> TargetDone:
        """Return the event that ``--json`` prints for this movie."""
        return {
            "event": "target",
            "output": str(self.path),
            "frames": self.frames,
            "blocks": {
                "total": len(self.rendered) + len(self.reused),
                "rendered": len(self.rendered),
                "reused": len(self.reused),
            },
            "up_to_date": self.up_to_date,
            "seconds": round(self.seconds, 3),
            "way": self.way,
        }

    def _repr_html_(self) -> str:
        """Show the movie in a notebook, embedded, so that it can be played even after the file is gone."""
        kind = {".mp4": "mp4", ".m4v": "mp4", ".mov": "quicktime", ".webm": "webm"}.get(self.path.suffix)
        if kind is None:
            return f"<code>{self.path}</code>"
        data = base64.b64encode(self.path.read_bytes()).decode("ascii")
        return f'<video controls loop src="data:video/{kind};base64,{data}"></video>'
