"""The options of a build, and what all builds in one process share."""

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
    """How a movie is built; the `Target` says what is built.

    Attributes
    ----------
    jobs : int
        Number of blocks to draw at a time.  If the last round has fewer, it is drawn along with the round before.
    block_size : int
        Frames per block; 0 for a single block.
    lengths : tuple of int
        The length of each block, if the caller chose them; else empty.
    frames : tuple of int or None
        Build only the frames ``[a, b)``, into a file of their own.
    stitcher : Stitcher
    stepping : {"auto", "sequential", "independent"}
        "independent" is the user's promise that no frame depends on another: each worker steps
        its own block.  Otherwise one process steps all frames in order.
    exact : bool
        Record every artist in every frame, even if it has not changed.
    keep : bool
        Also leave the segments beside the movie.
    force : bool
        Reuse nothing: no question finds anything.
    dry : bool
        Write nothing.
    ffmpeg : str or None
        The program, if the user named it.
    inputs : tuple of str
        Names or patterns of files that the user declared as inputs.
    priorities : Priorities
        Which blocks to draw first.
    number : int
        The build number that the command got from `places.begin`; 0 to take one when the save begins.
    why : str or None
        Why the movie is built in one process; empty if it is not, None if `doubt` decides.
    give_up : callable or None
        Set if this process is a copy of a notebook's kernel.  Called with the reason why the parallel
        path is given up: it leaves the movie to the original process, and ends this one.
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
    priorities: Priorities = field(default_factory=Priorities)
    number: int = 0
    why: str | None = None
    give_up: Callable[[str], NoReturn] | None = None


@dataclass(frozen=True)
class Session:
    """What all builds in one process share.

    Attributes
    ----------
    store : Store
    reporter : Reporter
    inputs : Inputs or None
        The inputs of the process; None if they are not recorded from its start.
    generators : Generators
    made : list of MadeMovie
        The movies that were made, in the form in which the manifest keeps them.
    versions : dict
        The names of the versions that each of these movies had before, by path.
    """

    store: Store
    reporter: Reporter
    inputs: Inputs | None
    generators: state.Generators
    made: list[MadeMovie] = field(default_factory=list)
    versions: dict[str, list[history.Name]] = field(default_factory=dict)
