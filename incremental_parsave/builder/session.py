"""What is given to a build: how to build, and what the builds of one process share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from ..blocks.plan import BLOCK_SIZE, Priorities
from ..cache import history
from ..cache.store import Store
from ..media.stitcher import Stitcher
from ..mpl import state
from ..processes.reporting import Reporter
from ..tracing.inputs import Inputs

if TYPE_CHECKING:
    from ..protocol.events import MadeMovie


@dataclass(frozen=True)
class Options:
    """How to build, as far as it is not what to build.

    Attributes
    ----------
    jobs : int
        How many blocks are drawn at a time; the last ones, if they are fewer, along with those before.
    block_size : int
        Frames a block; 0 for one block.
    lengths : tuple of int
        The lengths of blocks that were laid by hand; empty if they were not.
    frames : tuple of int or None
        Build the frames ``[a, b)`` alone, into a file of their own.
    stitcher : Stitcher
    stepping : {"auto", "sequential", "independent"}
        "independent" is the user's word that no frame depends on another: each worker steps
        its own block.  Else one process steps all frames in order.
    exact : bool
        Record every artist in every frame, also those that have not changed.
    keep : bool
        Leave the segments beside the movie.
    force : bool
        Ask no question.
    dry : bool
        Write nothing.
    ffmpeg : str or None
        The program, where it was named by hand.
    inputs : tuple of str
        Files that are read, as the user declares them: names or patterns.
    wanted : Priorities
        Which blocks are drawn first.
    number : int
        Of the build, as `places.begin` gave it to the command; 0 if there is none, and it begins with the save.
    why : str or None
        Why the plain way is taken; empty if the fast way is, None if `doubt` decides.
    give_up : callable or None
        Told why the fast way is given up, where another process goes the plain way; ends this one.
    """

    jobs: int = 1
    block_size: int = BLOCK_SIZE
    lengths: tuple[int, ...] = ()
    frames: tuple[int, int | None] | None = None
    stitcher: Stitcher = field(default_factory=lambda: Stitcher("ffmpeg"))
    stepping: str = "auto"
    exact: bool = False
    keep: bool = False
    force: bool = False
    dry: bool = False
    ffmpeg: str | None = None
    inputs: tuple[str, ...] = ()
    wanted: Priorities = field(default_factory=Priorities)
    number: int = 0
    why: str | None = None
    give_up: Callable[[str], NoReturn] | None = None


@dataclass(frozen=True)
class Session:
    """What the builds of one process share.

    Attributes
    ----------
    store : Store
    reporter : Reporter
    inputs : Inputs or None
        What the process has read; None where recording did not begin with it.
    generators : Generators
    made : list of MadeMovie
        The movies that were made, as the manifest keeps them.
    versions : dict
        The versions that each of these movies had before.
    """

    store: Store
    reporter: Reporter
    inputs: Inputs | None
    generators: state.Generators
    made: list[MadeMovie] = field(default_factory=list)
    versions: dict[str, list[history.Name]] = field(default_factory=dict)
