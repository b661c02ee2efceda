"""A request to build one movie, and the objects that all builds in one process share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NoReturn

from ..blocks.layout import Priorities
from ..cache import history
from ..cache.store import Store
from ..mpl import state
from ..options import OPTIONS, BuildOptions
from ..processes.reporting import Reporter
from ..tracing.inputs import Inputs

if TYPE_CHECKING:
    from ..protocol.events import MadeMovie


@dataclass(frozen=True)
class Request:
    """How one movie is to be built; the `Target` says what is built.

    Attributes
    ----------
    options : BuildOptions
        What the user chose, on the command line, in the project's settings or in the call of `save`.
    stitcher_args : tuple of str
        More options for the program that joins the blocks.
    lengths : tuple of int
        The length of each block, if the caller chose them; else empty.
    keep : bool
        Also leave the segments beside the movie.
    force : bool
        Reuse nothing: no question finds anything.
    dry : bool
        Write nothing.
    inputs : tuple of str
        Names or patterns of files that the user declared as inputs.
    priorities : Priorities
        Which blocks to draw first.
    number : int
        The build number that the command got from `places.begin`; 0 to take one when the save begins.
    why : str or None
        Why the movie is built in one process; empty if it is not, None if `doubt` decides.
    give_up : callable or None
        Set if this process is a copy of a notebook's kernel.  Called with the reason if the movie
        cannot be built in parallel: it leaves the movie to the original process, and ends this one.
    """

    options: BuildOptions
    stitcher_args: tuple[str, ...] = ()
    lengths: tuple[int, ...] = ()
    keep: bool = False
    force: bool = False
    dry: bool = False
    inputs: tuple[str, ...] = ()
    priorities: Priorities = field(default_factory=Priorities)
    number: int = 0
    why: str | None = None
    give_up: Callable[[str], NoReturn] | None = None

    def with_changes(self, changes: Mapping[str, Any]) -> Request:
        """Return this request with other values of options and of its own fields, both by name."""
        options = {name: value for name, value in changes.items() if name in OPTIONS}
        fields = {name: value for name, value in changes.items() if name not in OPTIONS}
        return replace(self, options=self.options.replace(options), **fields)


@dataclass(frozen=True)
class Session:
    """The objects that all builds in one process share.

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
