"""Every message that one process of a build sends to another; events are in `protocol.events`.

::

    command ──── Config ───> scene process, the stepper ──── Begin ───> workers
       ^                             │        ^                           │
       └─────────── Event ───────────┘        └────── WorkerReport ───────┤
       └─────────────────────────────── Event ────────────────────────────┘

* The command gives the scene process a `Config`, as an argument.
* The scene process, and each process that is forked from it, sends an `Event` (`protocol.events`)
  to the command, all on one pipe, one JSON object per line (`protocol.lines`).
* A worker waits for `Begin`, and ends with a `WorkerReport`; each has pipes of its own.
* A sleeping process of a watch sends `Asleep`, and is woken by `Orders`.  It replies with an
  `Answer`.  If that names no change, a child of the process continues and sends events.
* The copy of a notebook's kernel ends with `Made` or `GivenUp`.

The string after a field documents it.  mypy rejects messages with other fields.  This module and
`protocol.events` are imported only for their types, since a command must start quickly.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

from .events import Event, Span

# -- from the command to the scene process -------------------------------------------


class Verify(TypedDict):
    """Compare movies, and build nothing."""

    versions: list[str | None]
    """The version of each movie that the last build saved, in order."""
    every: bool
    """Whether to compare all blocks, not a sample."""


class OptionFields(TypedDict):
    """The fields of a `Config` that hold options.

    Besides ``overrides`` there is one field for each other option of `options.BuildOptions`,
    with its name and type, except for ``cache_dir``: a `Config` has ``cache``.
    `BuildOptions.to_config` writes all these fields, and only `BuildOptions.from_config` reads
    those that are not named here; it takes the default of an option that is missing.
    """

    overrides: dict[str, Any]
    """The options that replace arguments of ``Animation.save``, if they were given."""


class Config(OptionFields):
    """How to run a scene: the argument of the scene process."""

    script: str
    args: list[str]
    """Arguments of the script."""
    root: str
    """The folder of the project."""
    cache: str
    """The cache folder."""
    inputs: list[str]
    """Inputs that pyproject.toml declares."""
    force: bool
    dry: bool
    terminal: bool
    """Whether the command shows a progress line on the terminal of the scene."""
    number: NotRequired[int]
    """Number of the build; see `cache.places`."""
    manifest: NotRequired[str]
    """File of the last manifest; its digests of files are used again."""
    verify: NotRequired[Verify | None]
    watched: NotRequired[bool]
    """Whether the run belongs to a watch: one that fails then sends what it has read."""
    copies: NotRequired[str | None]
    """Address of the watch that wakes sleeping copies; without it, no copies are left."""
    draft: NotRequired[str | None]
    """Folder for drafts, if drafts are made instead of movies."""
    near: NotRequired[int | None]
    """The frame that the user looks at; the blocks from there on are drawn first."""
    changed: NotRequired[list[int]]
    """Frames that the last edit changed; their blocks are drawn first."""
    events: NotRequired[int | None]
    """Descriptor for events."""
    lifeline: NotRequired[int]
    """Descriptor of a pipe whose other end the command holds: see `processes.lifeline`."""


# -- between a watch and the sleeping processes of its scene --------------------------


class Asleep(TypedDict):
    """A process has fallen asleep between two statements of the script."""

    digests: list[str]
    """Digests of the statements that have run."""
    seconds: float
    """Seconds that the statements since the last copy took."""
    pid: int


class Orders(TypedDict):
    """Continue in a child; sent together with a descriptor for its events."""

    config: Config
    source: str
    """Source of the script, in base64."""
    signature: list[int] | None
    """Signature of the script's file before it was read."""


class Answer(TypedDict):
    """Whether a sleeping process continues, in a child."""

    stale: str
    """What has changed since it fell asleep; empty if it continues."""


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
    first: list[str]
    after: list[str] | None


class WorkerReport(TypedDict):
    """The report of a worker that ends."""

    outcome: OutcomeRow | None
    """What became of the block; null if the worker failed, or the block had no frames after all."""
    state: str | None
    """Digest of the state in which the block ended, before its seam; null if nothing was drawn."""
    reads: list[list[str]] | None
    """Kind, name and digest of each read of the worker; null if that is unknown."""
    refused: str
    """Why building in parallel is given up; empty if it is not."""
    error: str
    """The exception that was raised, pickled, in base64; empty if there is none, or if pickling would change it."""
    error_text: str
    """Its traceback."""
    error_frame: int
    """The frame at which the exception was raised, or at which the guard refused something."""
    drawing: bool
    """Whether the exception was raised while drawing, not while stepping."""
    seconds: float
    """Seconds that the worker spent on the block."""


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
    """``waiting``, ``drawing``, ``encoding``, ``new``, ``reused``; ``failed`` when the build failed there."""
    different: list[Span]


class MovieShown(TypedDict):
    """A movie of the scene."""

    output: str
    version: int | None
    """Number of the file to show; null if there is none yet."""
    frames: int | None
    fps: float | None
    start: int
    """Number of the movie's first frame."""
    blocks: list[BlockShown]


class Shown(TypedDict):
    """Everything that the page shows; sent whole whenever it changes."""

    script: str
    state: str
    """``starting``, ``building``, ``ready``, ``failed``, ``ended``."""
    detail: str
    error: str
    seconds: float | None
    """Seconds from the edit to the movie."""
    draft: bool
    """Whether the movie that is shown is a draft."""
    drafts: bool
    """Whether drafts are made first."""
    movies: list[MovieShown]


Message = Event | GivenUp | Made
"""What a `Reporter` sends."""
