"""Events that a scene process sends to the command, and every line that ``--json`` prints.

The string after a field documents it; docs/json.md has the same words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NotRequired, TypedDict

Span = list[int]
"""Frames ``[first, stop)``."""

# -- from the scene process to the command: about a movie ------------------------


class Plan(TypedDict):
    """A movie is about to be built or, by `iparsave verify`, to be compared."""

    event: Literal["plan"]
    output: str
    """Path of the movie, as the scene or `-o` gives it."""
    frames: int | None
    """Number of frames; null if the length of the animation is not known in advance."""
    blocks: int | None
    """Number of blocks, or under `verify` of blocks to compare; null if the length is not known in advance."""
    jobs: int
    """Number of workers that may draw in parallel (`-j`); 1 under `verify`."""
    fps: NotRequired[float]
    """Frames per second. Absent if the scene was not run, and under `verify`."""
    spans: NotRequired[list[Span]]
    """The frames of each block. Absent if the scene was not run, and under `verify`."""


class SegmentFacts(TypedDict):
    """The segment of a block in the cache."""

    bytes: int
    """Size in bytes."""
    encoded: float
    """Time of encoding, in seconds since the epoch."""


class BlockDone(TypedDict):
    """A block is finished: found in the cache, or drawn and encoded (in a dry run: it would be)."""

    event: Literal["block"]
    output: str
    """Path of the movie."""
    block: int
    """Index of the block, from 0."""
    frames: Span
    """The frames of the block."""
    reason: str
    """Why the block was reused or rendered."""
    rendered: bool
    """Whether the block was drawn and encoded."""
    drawn: bool
    """Whether its frames were drawn or recorded. False if the block was found by its inputs or frame fingerprints."""
    because: NotRequired[list[str]]
    """Changes that may explain it, a sentence each. Absent unless `reason` is `new frames` and a build came before."""
    different: NotRequired[list[Span]]
    """The frames that look different from the last build. Absent if `because` is absent, or if they are unknown."""
    segment: NotRequired[SegmentFacts | None]
    """Its segment in the cache. Absent or null if there is none."""


class TargetDone(TypedDict):
    """A movie is finished; in a dry run, all of its blocks were looked up."""

    event: Literal["target"]
    output: str
    """Path of the movie."""
    frames: int
    """Number of frames of the movie."""
    blocks: BlockCounts
    """Numbers of blocks: all, rendered, reused."""
    up_to_date: bool
    """Whether the movie was already up to date. False if anything was rendered or written, or would be."""
    seconds: float
    """Duration of the build of this movie, in seconds."""
    way: str
    """`fast` if the movie was built in parallel, else the reason why not."""
    file: NotRequired[str]
    """Path of a draft. Only `iparsave watch` sets it, so no line of `--json` has it."""
    draft: NotRequired[bool]
    """True if the movie is a draft. Only `iparsave watch` sets it, so no line of `--json` has it."""


class BlockCounts(TypedDict):
    """Numbers of blocks."""

    total: int
    rendered: int
    reused: int


class Explain(TypedDict):
    """What has changed since the last build of a movie (`--explain`)."""

    event: Literal["explain"]
    output: str
    """Path of the movie."""
    since: float | None
    """Time of that build, in seconds since the epoch; null if there was none."""
    changed: list[str]
    """What has changed, one sentence each."""
    different: NotRequired[list[Span]]
    """The frames that look different. Absent if the scene was not run."""
    why_not: str
    """Why the inputs of the scene are not fully known; empty if they are."""


class Files(TypedDict):
    """A script that saves no animation is finished."""

    event: Literal["files"]
    script: str
    """Path of the script."""
    files: list[str]
    """Files that it wrote. Files written by programs that it starts are not seen."""
    up_to_date: bool
    """Whether the script was not run because nothing has changed."""


# -- from the scene process to the command: progress -------------------------------


class FramesDrawn(TypedDict):
    """Progress: frames of a block were drawn since the last such event."""

    event: Literal["frames"]
    block: int
    count: int


class Busy(TypedDict):
    """A worker starts to draw, or to encode, a block."""

    event: Literal["drawing", "encoding"]
    output: str
    block: int
    frames: Span


class Asking(TypedDict):
    """The scene starts, or stops, waiting for input from the terminal."""

    event: Literal["asking"]
    asking: bool


class Warn(TypedDict):
    """A warning for the user."""

    event: Literal["warning"]
    text: str


# -- from the scene process to the command: its end --------------------------------


class Running(TypedDict):
    """A process that was woken continues the script."""

    event: Literal["running"]
    pid: int


class Failed(TypedDict):
    """The script has failed, or the build of a movie."""

    event: Literal["failed"]
    text: str
    """The message for the user, one or more lines."""


ReadRow = list[Any]
"""Kind, name, digest, signature of the file or null, digest of its content or null."""


class Read(TypedDict):
    """What a script that failed has read: a change of these files may fix it."""

    event: Literal["read"]
    reads: list[ReadRow]


class MadeMovie(TypedDict):
    """A movie that a run has made, as its manifest keeps it."""

    output: str
    """Path as the scene or `-o` gives it."""
    path: str
    """Absolute path."""
    frames: int
    blocks: int
    start: int
    """Index of the first frame."""
    way: str
    version: Any
    """Key of the record of its frame digests, and its time; null if there is none."""
    recipe: dict[str, Any] | None
    """How its segments are joined; null if a matplotlib writer wrote the whole movie."""
    content: NotRequired[str]
    """Digest of the recipe."""
    ffmpeg: NotRequired[str]
    """Path of the ffmpeg that was used."""


class Ran(TypedDict):
    """The script has run to its end: everything that goes into its manifest."""

    event: Literal["ran"]
    untracked: str
    """Why the inputs are not fully known; empty if they are."""
    around: dict[str, str]
    """Versions, time zone and locale."""
    reads: list[ReadRow]
    changes: list[str]
    """Names of the files that the script wrote."""
    targets: list[MadeMovie]


# -- from the scene process to the command: iparsave verify -------------------------


class Checked(TypedDict):
    """A cached block was compared with what `Animation.save` draws."""

    event: Literal["checked"]
    output: str
    """Path of the movie."""
    block: int
    """Index of the block."""
    frames: Span
    """The frames of the block."""
    different: list[Span]
    """The frames that differ."""
    most: list[Span]
    """The frames that differ most."""
    why: str
    """A finding other than differing frames; empty if there is none."""


class Verified(TypedDict):
    """All chosen blocks of a movie were compared."""

    event: Literal["verified"]
    output: str
    """Path of the movie."""
    blocks: int
    """Number of blocks of the movie."""
    checked: int
    """Number of blocks that were compared."""
    different: list[int]
    """Indices of the blocks that differ."""
    frames: int
    """Number of frames of the movie."""
    drawn: int
    """Number of frames that `Animation.save` drew."""
    seconds: float
    """Duration of the comparison, in seconds."""


class Unverified(TypedDict):
    """A movie was not compared."""

    event: Literal["unverified"]
    output: str
    """Path of the movie."""
    why: str
    """The reason."""
    lost: bool
    """Whether the movie has blocks whose records are missing; false if it has no blocks."""


Event = (
    Plan | BlockDone | TargetDone | Explain | Files  # about a movie
    | FramesDrawn | Busy | Asking | Warn  # progress
    | Running | Failed | Read | Ran  # the end of a run
    | Checked | Verified | Unverified
)  # fmt: skip
"""What a scene process sends to the command."""

# -- what only --json prints ---------------------------------------------------------


class Diff(TypedDict):
    """What the last edit changed in a movie (`iparsave diff`)."""

    event: Literal["diff"]
    output: str
    """Path of the movie."""
    frames: int | None
    """Number of frames; null if the build is not recorded."""
    frames_before: int | None
    """Number of frames before the edit; null if no earlier build is recorded."""
    changed: list[Span]
    """Frames that look different."""
    added: list[Span]
    """Frames that are new."""
    removed: list[Span]
    """Frames that are gone."""
    when: list[float]
    """Times at which the two versions were first built, the older one first, in seconds since the epoch."""


class Sheet(TypedDict):
    """A contact sheet was written (`iparsave diff --sheet`)."""

    event: Literal["sheet"]
    file: str
    """Path of the picture or page."""
    shown: Sequence[tuple[str, int]]
    """Movie and index of each frame on the sheet."""


class StoreChecked(TypedDict):
    """The files of the cache were checked (`iparsave verify`)."""

    event: Literal["store"]
    segments: int
    """Number of segments checked."""
    records: int
    """Number of records checked."""
    damaged: list[str]
    """One line for each damaged file."""


Printed = (
    Plan | BlockDone | TargetDone | Explain | Files | Checked | Verified | Unverified | Diff | Sheet | StoreChecked
)
"""What `--json` prints, one object per line."""
