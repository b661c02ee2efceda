"""The build context: the objects that all frame drivers of one movie share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from ..cache.account import Account
from ..frames.loop import Loop
from .layout import BlockLayout
from .questions import InputsQuestion
from .render import BlockRenderer


@dataclass(frozen=True)
class BuildContext:
    """The objects that all frame drivers of one movie share.

    Attributes
    ----------
    loop : Loop
        Runs the animation.
    layout : BlockLayout
        Defines where blocks begin.
    renderer : BlockRenderer
        Turns blocks into segments.
    account : Account
        Reports the outcome of each block.
    inputs : InputsQuestion or None
        Asks question 1; None if the inputs of this process are not recorded.
    jobs : int
        Number of workers, or of encoders, that may run at a time.
    give_up : callable or None
        Set if this process is a copy of a notebook's kernel.  Called with the reason if the movie
        cannot be built in parallel: it leaves the movie to the original process, and ends this one.
    """

    loop: Loop
    layout: BlockLayout
    renderer: BlockRenderer
    account: Account
    inputs: InputsQuestion | None
    jobs: int
    give_up: Callable[[str], NoReturn] | None = None

    def add_place(self, error: BaseException, where: str) -> None:
        """Note on *error*, which the scene raised, that it was raised at *where*, and that finished blocks are kept."""
        kept = "; finished blocks are kept" if self.renderer.store.keeps else ""
        error.add_note(f"raised at {where}{kept}")
