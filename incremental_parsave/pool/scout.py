"""Where the fast way may be refused, a process first steps up to that frame and draws nothing.

That is where it was refused in the last build; and in the first, wherever it may be, if the
scene's functions look as if they drew.  So a scene that draws by itself, say, is built the plain way without
workers that draw in vain; one that has been mended is built the fast way again.
"""

from __future__ import annotations

import os
import random

from ..cache.store import Store
from ..frames.loop import Loop, Takeover
from ..frames.stepping import LOOKED_AT, Stepping
from ..keys.canonical import Digest
from ..keys.files import place_digest
from ..mpl.animation import settle, user_functions
from ..processes import own
from ..processes.fork import be_silent, fork, own_descriptors, restore_random
from ..tracing import audit
from ..trust.draws_itself import may_draw
from ..trust.guard import Guard, Refused
from .forked import Forked

KIND = "refused"


class Refusal:
    """Remembers at which frame of a movie the fast way was refused.

    Parameters
    ----------
    loop : Loop
    store : Store
    write : bool
        Whether to remember.
    """

    def __init__(self, loop: Loop, store: Store, *, write: bool) -> None:
        self._loop, self._store, self._write = loop, store, write
        self._key = Digest("refused").add("movie", place_digest(str(loop.target.path))).hexdigest()
        known = store.read(KIND, self._key)
        frame = (known or {}).get("frame")
        self._frame = frame if isinstance(frame, int) else None
        functions = [user_functions(anim) for anim in loop.target.animations]
        self._looks_so = known is None and may_draw(functions)

    def note(self, frame: int | None) -> None:
        """Remember that it was refused at *frame*, or that it was not."""
        if self._write and (frame != self._frame or self._looks_so):
            self._store.write(KIND, self._key, {"frame": frame})

    def again(self) -> str:
        """Return why it is refused now, as far as that is looked for.

        Raises
        ------
        Takeover
            In the process that finds out.
        """
        if self._frame is None and not self._looks_so:
            return ""
        receiving, sending = own.pipe()
        state = random.getstate()
        pid = fork()
        if pid == 0:
            os.close(receiving)
            be_silent()
            own_descriptors()
            restore_random(state)
            raise Takeover(Scout(self._loop, self._frame, sending))
        os.close(sending)
        words = b""
        while chunk := os.read(receiving, 4096):
            words += chunk
        os.close(receiving)
        os.waitpid(pid, 0)
        return words.decode()


class Scout(Forked):
    """A `FrameDriver` of the loop: steps up to a frame, says whether the guard refused anything, and ends the process.

    Where it is not known which frame that may be, it steps all of them, unless that takes long.
    """

    calls_back = True

    def __init__(self, loop: Loop, last: int | None, sending: int) -> None:
        self._loop, self._last, self._sending = loop, last, sending
        self._stepping = Stepping(independent=False)
        self._guard = Guard()
        self._installed = self._guard.installed()

    def begin(self) -> None:
        """Stand guard."""
        self._installed.__enter__()
        self._guard.arm()

    def before(self, k: int) -> bool:
        """End when the frame has been stepped."""
        if k > self._last if self._last is not None else k == LOOKED_AT and self._stepping.is_slow:
            self._leave("")
        self._stepping.begin()
        return True

    def frame(self, k: int) -> None:
        """Settle what a draw would settle."""
        self._guard.disarm()
        self._stepping.end()
        self._guard.look()
        with audit.own_work():
            settle(self._loop.figure)
        self._guard.arm()

    def end(self, error: BaseException | None) -> None:
        """Say what was refused; what was raised, whoever builds the movie will come to."""
        self._leave(str(error) if isinstance(error, Refused) else self._guard.refusal)

    def _leave(self, words: str) -> None:
        try:
            os.write(self._sending, words.encode())
        finally:
            os._exit(0)
