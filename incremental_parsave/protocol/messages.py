"""Every message that one process of a build sends to another, and every line that ``--json`` prints.

::

    command ──Config──> scene process ──fork──> stepper ──fork──> workers
       ^                      │                    │ Begin ───────> │
       └────────Event─────────┴────────Event───────┴<── WorkerReport┘

* The command gives the scene process a `Config`, as an argument.
* The scene process, and every process that is forked from it, sends each an `Event` to the
  command, all on one pipe, one JSON object a line (`protocol.lines`).
* A worker waits for `Begin`, and ends with a `WorkerReport`; each has pipes of its own.
* A sleeping process of a watch says that it is `Asleep`, and is woken with `Orders`; it
  answers with a `Refusal`, or a child of it goes on and sends events.
* The copy of a notebook's kernel ends with `Made` or `GivenUp`.

The docstring of a field says what it means, and its type what it may be: mypy refuses a
message that has another field, and docs/json.md is compared with what stands here.
This module is imported for its types alone where a command must start quickly.
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

# -- from the command to the scene process -------------------------------------------


class Verify(TypedDict):
    """Have movies compared, and nothing built."""

    versions: list[str | None]
    """Of each movie that the last build saved, in order."""
    every: bool
    """All blocks, not a sample."""


class Config(TypedDict):
    """How a scene is to be run: the argument of the scene process.

    See ``iparsave build --help`` and `options` for what the options mean.
    """

    script: str
    args: list[str]
    """The script's own."""
    root: str
    """The folder of the project."""
    cache: str
    """The folder of the store."""
    inputs: list[str]
    """Declared in pyproject.toml."""
    overrides: dict[str, Any]
    """In place of arguments of ``Animation.save``."""
    output: str | None
    frames: tuple[int, int | None] | None
    jobs: int
    block_size: int
    stitcher: str
    stepping: str
    exact: bool
    ffmpeg: str | None
    force: bool
    dry: bool
    terminal: bool
    """Whether the command shows a moving line on the terminal of the scene."""
    number: NotRequired[int]
    """Of the build: see `cache.places`."""
    manifest: NotRequired[str]
    """File of the last manifest, whose digests of files are used again."""
    verify: NotRequired[Verify | None]
    watched: NotRequired[bool]
    """Whether failures are sent as events."""
    copies: NotRequired[str | None]
    """Address of the watch that wakes sleeping copies; without, none is left."""
    draft: NotRequired[str | None]
    """Folder in which drafts are made, in place of movies."""
    near: NotRequired[int | None]
    """The frame that the user looks at: what follows is drawn first."""
    changed: NotRequired[list[int]]
    """First frames of blocks that the last edit changed: they are drawn first."""
    events: NotRequired[int | None]
    """Descriptor for events."""
    lifeline: NotRequired[int]
    """Descriptor of a pipe whose other end the command holds: see `processes.lifeline`."""


# -- between a watch and the sleeping processes of its scene --------------------------


class Asleep(TypedDict):
    """A process sleeps between two statements of the script."""

    digests: list[str]
    """Of the statements that have run."""
    seconds: float
    """How long these took."""
    pid: int


class Orders(TypedDict):
    """Go on, in a child; comes with a descriptor for its events."""

    config: Config
    source: str
    """Of the script, in base64."""
    signature: list[int] | None
    """Of its file, before it was read."""


class Refusal(TypedDict):
    """A sleeping process cannot go on."""

    stale: str
    """What has changed since it fell asleep."""


# -- between the stepper and its workers ------------------------------------------------


class BlockRow(TypedDict):
    """A block (`model.Block`)."""

    index: int
    start: int
    stop: int


class Begin(TypedDict):
    """Draw this block."""

    block: BlockRow


class OutcomeRow(TypedDict):
    """What became of a block (`model.Outcome`)."""

    block: BlockRow
    reason: str
    """Name of a `model.Reason`."""
    segment: dict[str, Any] | None
    frames: list[str]
    first: str
    after: str | None


class WorkerReport(TypedDict):
    """A worker ends."""

    outcome: OutcomeRow | None
    """What became of the block; null if it failed, or had no frames after all."""
    state: str | None
    """Digest of the state in which the block ended, before its seam; null if nothing was drawn."""
    reads: list[list[str]] | None
    """Kind, name and digest of what was read meanwhile; null if that cannot be told."""
    refused: str
    """Why the fast way is given up."""
    error: str
    """The exception that was raised, pickled, in base64; empty if none was."""
    error_text: str
    """Its traceback."""
    error_frame: int
    """The frame at which it was raised, or at which the guard refused something."""
    drawing: bool
    """Whether it was raised by drawing rather than by stepping."""
    seconds: float
    """How long the worker was at work."""


# -- from the copy of a notebook's kernel ------------------------------------------------


class GivenUp(TypedDict):
    """The kernel must build the movie itself."""

    event: Literal["refused"]
    why: str


class Made(TypedDict):
    """The movie is in place."""

    event: Literal["made"]
    movie: dict[str, Any]
    """Fields of `model.Movie`, without the path."""


# -- to the page in the browser -------------------------------------------------------------


class BlockShown(TypedDict):
    """A block in the strip below the movie."""

    first: int
    stop: int
    state: str
    """``waiting``, ``drawing``, ``encoding``, ``new``, ``reused``; ``failed`` or ``kept`` when a build has failed."""
    different: list[Span]


class MovieShown(TypedDict):
    """A movie of the scene."""

    output: str
    version: int | None
    """Number of the file to be shown; null if there is none yet."""
    frames: int | None
    fps: float | None
    start: int
    """Its first frame."""
    blocks: list[BlockShown]


class Shown(TypedDict):
    """All that the page shows, sent whole whenever it changes."""

    script: str
    state: str
    """``starting``, ``building``, ``ready``, ``failed``, ``ended``."""
    detail: str
    error: str
    seconds: float | None
    """From the edit to the movie."""
    draft: bool
    """Whether what is shown is a draft."""
    drafts: bool
    """Whether drafts are made first."""
    movies: list[MovieShown]


Message = Event | GivenUp | Made
"""What a `Reporter` sends."""
