"""What a scene process tells the command, and every line that ``--json`` prints.

The docstring of a field says what it means, and its type what it may be; docs/json.md has the same words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NotRequired, TypedDict

Span = list[int]
"""Frames ``[first, stop)``."""

# -- from the scene process to the command: about a movie ------------------------


class Plan(TypedDict):
    """The frames of a movie are about to be stepped."""

    event: Literal["plan"]
    output: str
    """The movie, as the scene or ``-o`` names it."""
    frames: int | None
    """How many; null if only the animation's end will tell."""
    blocks: int | None
    """How many; null likewise."""
    jobs: int
    """How many blocks are drawn at a time."""
    fps: NotRequired[float]
    """Frames a second; left out if the scene is not run."""
    spans: NotRequired[list[Span]]
    """The frames of each block; left out likewise."""


class SegmentFacts(TypedDict):
    """The segment of a block, in the store."""

    bytes: int
    """Its size."""
    encoded: float
    """When it was encoded, in seconds since the epoch."""


class BlockDone(TypedDict):
    """A block is known, or was drawn and encoded."""

    event: Literal["block"]
    output: str
    """The movie."""
    block: int
    """Number of the block, from 0."""
    frames: Span
    """Its frames."""
    reason: str
    """Why it is, or is not, taken from the store."""
    rendered: bool
    """Whether it was drawn and encoded."""
    drawn: bool
    """Whether its frames were recorded; false if it was known before."""
    because: NotRequired[list[str]]
    """What has changed that it may depend on, a sentence each."""
    different: NotRequired[list[Span]]
    """Its frames that look different than in the last build."""
    segment: NotRequired[SegmentFacts | None]
    """Where it is kept."""


class Target(TypedDict):
    """A movie is in place."""

    event: Literal["target"]
    output: str
    """The movie."""
    frames: int
    """How many it has."""
    blocks: BlockCounts
    """How many, and what became of them."""
    up_to_date: bool
    """Whether the movie is the file that was there before."""
    seconds: float
    """How long it took."""
    way: str
    """``fast``, or why it was built in one process."""
    file: NotRequired[str]
    """Where the movie is, if it is a draft."""
    draft: NotRequired[bool]
    """Whether it is one."""


class BlockCounts(TypedDict):
    """The blocks of a movie, counted."""

    total: int
    rendered: int
    reused: int


class Explain(TypedDict):
    """What has changed since the last build of a movie."""

    event: Literal["explain"]
    output: str
    """The movie."""
    since: float | None
    """When that build was, in seconds since the epoch; null if there was none."""
    changed: list[str]
    """What has changed, a sentence each."""
    different: NotRequired[list[Span]]
    """The frames that look different; left out if the scene is not run."""
    why_not: str
    """Why it is not known what the scene reads; empty if it is."""


class Files(TypedDict):
    """A script that saves no animation has run."""

    event: Literal["files"]
    script: str
    files: list[str]
    """What it wrote, as far as that is seen."""
    up_to_date: bool
    """Whether it was not run, since nothing has changed."""


# -- from the scene process to the command: progress -------------------------------


class FramesDrawn(TypedDict):
    """Some frames of a block were drawn since this was said last."""

    event: Literal["frames"]
    block: int
    count: int


class Busy(TypedDict):
    """A block is being drawn, or encoded."""

    event: Literal["drawing", "encoding"]
    output: str
    block: int
    frames: Span


class Asking(TypedDict):
    """The scene waits for what the user types, or no longer does."""

    event: Literal["asking"]
    asking: bool


class Warn(TypedDict):
    """Something that the user should read."""

    event: Literal["warning"]
    text: str


# -- from the scene process to the command: its end --------------------------------


class Running(TypedDict):
    """A process that was woken runs the script on."""

    event: Literal["running"]
    pid: int


class Failed(TypedDict):
    """The script has failed, in a watch."""

    event: Literal["failed"]
    text: str
    """Lines for the user."""


ReadRow = list[Any]
"""Kind, name, digest, signature of the file or null, digest of the file's content or null."""


class Read(TypedDict):
    """What a script has read that has failed: a change of that may mend it."""

    event: Literal["read"]
    reads: list[ReadRow]


class MadeMovie(TypedDict):
    """A movie that a run has made."""

    output: str
    """As the scene or ``-o`` names it."""
    path: str
    """Where it is."""
    frames: int
    blocks: int
    start: int
    """Its first frame."""
    way: str
    version: Any
    """The key under which the digests of its frames are kept, and the time; null if they are not."""
    recipe: dict[str, Any] | None
    """How it is joined; null if a writer of matplotlib's has written it."""
    content: NotRequired[str]
    """Digest of that."""
    ffmpeg: NotRequired[str]
    """The program."""


class Ran(TypedDict):
    """The script has run to its end: all that its manifest is made of."""

    event: Literal["ran"]
    blind: str
    """Why it is not known all that was read; empty if it is."""
    around: dict[str, str]
    """Versions, time zone, locale."""
    reads: list[ReadRow]
    changes: list[str]
    """Names of the files that it has written."""
    targets: list[MadeMovie]


# -- from the scene process to the command: iparsave verify -------------------------


class Checked(TypedDict):
    """A block was drawn by ``Animation.save`` and compared with its segment."""

    event: Literal["checked"]
    output: str
    """The movie."""
    block: int
    """Number of the block."""
    frames: Span
    """Its frames."""
    different: list[Span]
    """Those that are not the same."""
    most: list[Span]
    """Those that differ most."""
    why: str
    """What was found, if it is not that frames differ."""


class Verified(TypedDict):
    """A movie was compared."""

    event: Literal["verified"]
    output: str
    """The movie."""
    blocks: int
    """How many it has."""
    checked: int
    """How many of them were compared."""
    different: list[int]
    """Numbers of those that are not the same."""
    frames: int
    """How many the movie has."""
    drawn: int
    """How many ``Animation.save`` has drawn."""
    seconds: float
    """How long it took."""


class Unverified(TypedDict):
    """A movie could not be compared."""

    event: Literal["unverified"]
    output: str
    """The movie."""
    why: str
    """Why not."""
    lost: bool
    """Whether it could have been, had the last build been remembered."""


Event = (
    Plan | BlockDone | Target | Explain | Files  # about a movie
    | FramesDrawn | Busy | Asking | Warn  # progress
    | Running | Failed | Read | Ran  # the end of a run
    | Checked | Verified | Unverified
)  # fmt: skip
"""What a scene process says, on the descriptor ``events`` of its `Config`."""

# -- what only --json prints ---------------------------------------------------------


class Diff(TypedDict):
    """What the last edit changed in a movie (``iparsave diff``)."""

    event: Literal["diff"]
    output: str
    """The movie."""
    frames: int | None
    """How many it has; null if they are not kept."""
    frames_before: int | None
    """How many it had before; null if nothing is known of that."""
    changed: list[Span]
    """Frames that look different."""
    added: list[Span]
    """Frames that were not there before."""
    removed: list[Span]
    """Frames that are no longer there."""
    when: list[float]
    """When the two versions were built first, in seconds since the epoch, the older one first."""


class Sheet(TypedDict):
    """A contact sheet was written (``iparsave diff --sheet``)."""

    event: Literal["sheet"]
    file: str
    """The picture or page."""
    shown: Sequence[tuple[str, int]]
    """Movie and number of each frame that it shows."""


class StoreChecked(TypedDict):
    """The files of the store were checked (``iparsave verify``)."""

    event: Literal["store"]
    segments: int
    """How many there are."""
    records: int
    """How many there are."""
    damaged: list[str]
    """A line for each file that is not as it was written."""


Printed = Plan | BlockDone | Target | Explain | Files | Checked | Verified | Unverified | Diff | Sheet | StoreChecked
"""What ``--json`` prints, one object a line."""
