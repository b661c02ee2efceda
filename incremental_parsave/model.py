"""The data that pass between the stages of a build.

Frames are counted from 0 in the order in which ``Animation.save`` draws them;
a run of frames is half open, ``[start, stop)``, like a Python slice.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .protocol.events import Target
    from .protocol.messages import BlockRow


class Reason(Enum):
    """Why a block is reused or rendered: the list that all output uses."""

    INPUTS_UNCHANGED = "inputs unchanged"
    SAME_FRAMES = "looks the same"
    NEW_FRAMES = "new frames"
    FORCED = "forced"
    DAMAGED = "cached segment damaged"
    UNKNOWN_OPTIONS = "encoder options may read other files"
    UNKNOWN_PROGRAM = "encoder is a script"

    @property
    def reused(self) -> bool:
        """Whether the block's segment came out of the store."""
        return self in (Reason.INPUTS_UNCHANGED, Reason.SAME_FRAMES)


@dataclass(frozen=True)
class Block:
    """A contiguous run of frames: the unit of caching and of parallel work.

    Attributes
    ----------
    index : int
        Place in the movie, from 0.
    start, stop : int
        The frames ``[start, stop)``.  Of a movie whose length is not known in
        advance, the last block may turn out shorter.
    """

    index: int
    start: int
    stop: int

    def __str__(self) -> str:
        return f"block {self.index} (frames {self.start}-{self.stop - 1})"

    def to_json(self) -> BlockRow:
        """Return the block as it is sent."""
        return {"index": self.index, "start": self.start, "stop": self.stop}


@dataclass(frozen=True)
class Segment:
    """One encoded block, in the store.

    Attributes
    ----------
    digest : str
        Digest of the file's bytes, its name in the store.
    suffix : str
        Suffix of its container, with the dot.
    frames : int
        How many frames it holds.
    extradata : str
        Fingerprint of the codec's global header; segments join exactly only
        where these are equal.
    size : int
        How many bytes it has: of what has become longer not everything is read.
    """

    digest: str
    suffix: str
    frames: int
    extradata: str
    size: int

    def to_json(self) -> list[Any]:
        """Return the segment as a plain list."""
        return [self.digest, self.suffix, self.frames, self.extradata, self.size]

    @classmethod
    def from_json(cls, row: list[Any]) -> Segment:
        """Return the segment that was kept as *row*."""
        digest, suffix, frames, extradata, size = row
        return cls(str(digest), str(suffix), int(frames), str(extradata), int(size))


@dataclass(frozen=True)
class Outcome:
    """What became of one block.

    Attributes
    ----------
    block : Block
        With its true stop.
    reason : Reason
        Why it was reused or rendered.
    segment : Segment or None
        None in a dry run, where a block that is not known is not encoded.
    frames : tuple of str
        The digest of every frame.
    first : str
        Digest of the first frame, as seams compare it.
    after : str or None
        Digest of the first frame after the block, as drawn by whoever drew the
        block; None at the end of the movie.  It must be what is `first` to the
        next block: the seam.
    """

    block: Block
    reason: Reason
    segment: Segment | None
    frames: tuple[str, ...]
    first: str
    after: str | None


@dataclass(frozen=True)
class Part:
    """A file to be joined.

    Attributes
    ----------
    path : Path
    frames : int
        How many frames it holds.
    """

    path: Path
    frames: int


@dataclass(frozen=True)
class Joint:
    """How parts become one movie.

    Attributes
    ----------
    fps : Fraction
        Frames a second, exact.
    timescale : int or None
        Ticks a second of the movie's clock, where its container lets one choose.
    options : tuple of str
        Options of the muxer (metadata, movflags).
    """

    fps: Fraction
    timescale: int | None = None
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recipe:
    """How a movie is put together from segments: all that question 5 asks.

    Attributes
    ----------
    movie : Path
        Where it belongs.
    segments : tuple of Segment
        In order.
    joint : Joint
    stitcher : str
        What joins them.
    arguments : tuple of str
        More options for it.
    copy : bool
        The one segment is the movie.
    """

    movie: Path
    segments: tuple[Segment, ...]
    joint: Joint
    stitcher: str
    arguments: tuple[str, ...]
    copy: bool

    def to_json(self) -> dict[str, Any]:
        """Return the recipe, but for where the movie belongs, as plain lists and dictionaries."""
        return {
            "segments": [segment.to_json() for segment in self.segments],
            "joint": [str(self.joint.fps), self.joint.timescale, self.joint.options],
            "stitcher": [self.stitcher, *self.arguments],
            "copy": self.copy,
        }

    @classmethod
    def from_json(cls, movie: Path, body: dict[str, Any]) -> Recipe:
        """Return the recipe of *movie* that was kept as *body*."""
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
    """A movie that was made, or found to be up to date.

    Attributes
    ----------
    path : Path
        The movie.
    frames : int
        How many frames it has.
    rendered, reused : tuple of int
        Indices of the blocks that were drawn and encoded in this build, and of
        those whose cached segments were used.
    up_to_date : bool
        True if neither a block was encoded nor the movie written.
    seconds : float
        How long the build took.
    way : str
        ``"fast"``, or why the movie was built in one process.
    """

    path: Path
    frames: int
    rendered: tuple[int, ...]
    reused: tuple[int, ...]
    up_to_date: bool
    seconds: float
    way: str

    def event(self) -> Target:
        """Return the line that ``--json`` prints for this movie."""
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
        """Show the movie in a notebook, embedded, so that it outlives the file."""
        kind = {".mp4": "mp4", ".m4v": "mp4", ".mov": "quicktime", ".webm": "webm"}.get(self.path.suffix)
        if kind is None:
            return f"<code>{self.path}</code>"
        data = base64.b64encode(self.path.read_bytes()).decode("ascii")
        return f'<video controls loop src="data:video/{kind};base64,{data}"></video>'
