"""What a movie is made with, whichever way its frames are drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from ..cache.account import Account
from ..frames.loop import Loop
from .inputs_question import InputsQuestion
from .plan import BlockLayout
from .render import Renderer


@dataclass(frozen=True)
class BuildContext:
    """The parts that all ways of drawing have in common.

    Attributes
    ----------
    loop : Loop
        Runs the animation.
    layout : BlockLayout
        Tells where blocks begin.
    renderer : Renderer
        Makes segments of blocks.
    account : Account
        Is told what becomes of each block.
    inputs : InputsQuestion or None
        Question 1; None where what was read is not known.
    jobs : int
        How many workers, or encoders, may run.
    give_up : callable or None
        Told why the fast way is given up, where another process goes the plain way; ends this one.
    """

    loop: Loop
    layout: BlockLayout
    renderer: Renderer
    account: Account
    inputs: InputsQuestion | None
    jobs: int
    give_up: Callable[[str], NoReturn] | None = None
