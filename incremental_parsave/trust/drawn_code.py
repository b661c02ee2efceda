"""Check the scene's code that runs while a frame is drawn, such as formatters, norms and path effects.

The stepper does not draw the frames that workers draw.  So if such code keeps state from one draw
to the next, its state in the stepper differs from that in the workers, and the frames at the
seams need not show the difference.  Code that can write only to its own local variables keeps no state.
"""

from __future__ import annotations

import contextlib
import dis
import sys
from collections.abc import Iterator
from types import CodeType, FrameType
from typing import Any

from ..drawing.origin import is_library_code
from .reach import reaches_code_of_scene

_STORES = frozenset({"STORE_ATTR", "DELETE_ATTR", "STORE_SUBSCR", "DELETE_SUBSCR", "STORE_GLOBAL", "DELETE_GLOBAL"})
_CHANGING = frozenset(
    # access to objects that this check cannot see
    "setattr delattr globals vars locals exec eval __import__ __dict__ __setattr__ __setitem__ __delitem__ cache_info "
    # advancing an iterator, a generator or random numbers
    "next send throw __next__ random normal uniform integers choice "
    # methods that change containers, arrays or files
    "append appendleft extend extendleft insert pop popleft popitem remove clear update setdefault add discard sort "
    "reverse rotate write writelines fill put itemset setflags resize partition shuffle".split()
)
"""Names that indicate that code changes more than its own local variables."""


class DrawnCode:
    """The code of the scene that ran during a draw.

    Attributes
    ----------
    codes : set of code
        Code objects of the scene.
    """

    def __init__(self) -> None:
        self.codes: set[CodeType] = set()

    @property
    def remembers(self) -> str:
        """Why the code may keep state from one draw to the next; empty if it cannot."""
        for code in sorted(self.codes, key=lambda code: (code.co_filename, code.co_firstlineno)):
            if _may_remember(code):
                return f"{code.co_qualname} runs while frames are drawn, and may keep state"
        return ""


@contextlib.contextmanager
def watched(figure: Any) -> Iterator[DrawnCode]:
    """Yield a `DrawnCode` that collects the scene's code that runs while *figure* is drawn in the with block.

    Tracing doubles the time of a draw, so it is done only if the figure reaches code that is not a library's.
    """
    seen = DrawnCode()
    if not reaches_code_of_scene(figure):
        yield seen
        return

    def called(frame: FrameType, event: str, argument: object) -> None:
        if not is_library_code(frame.f_code, frame.f_globals):
            seen.codes.add(frame.f_code)

    before = sys.gettrace()
    sys.settrace(called)
    try:
        yield seen
    finally:
        sys.settrace(before)


def _may_remember(code: CodeType) -> bool:
    if any(name in _CHANGING or name.startswith("set_") for name in code.co_names):
        return True
    for instruction in dis.get_instructions(code):
        if instruction.opname in _STORES:
            return True
        if instruction.opname in ("STORE_DEREF", "DELETE_DEREF") and instruction.argval in code.co_freevars:
            return True
    return any(_may_remember(constant) for constant in code.co_consts if isinstance(constant, CodeType))
