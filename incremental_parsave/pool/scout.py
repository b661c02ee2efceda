"""The scout: before any frame is drawn, it steps up to the frame at which building in parallel may be refused.

That is the frame at which it was refused in the last build.  In the first build, the scout steps all
frames if the scene's functions use names of drawing functions.  So a scene that draws by itself is built
in one process, without first starting workers whose frames would be discarded.  Once the scene has been
corrected, it is built in parallel again.
"""

from __future__ import annotations

import os
import random

from ..cache.store import Store
from ..frames.loop import Loop, Takeover
from ..frames.stepping import FRAMES_TO_JUDGE, Stepping
from ..keys.canonical import Digest
from ..keys.files import path_key
from ..mpl.animation import settle, user_functions
from ..processes import own
from ..processes.fork import detach_standard_streams, fork, reopen_files, restore_random
from ..tracing import audit
from ..trust.draws_itself import names_drawing_function
from ..trust.guard import Guard, Refused
from .forked import Forked

KIND = "refused"


class RefusedFrame:
    """Remembers at which frame of a movie building in parallel was refused.

    Parameters
    ----------
    loop : Loop
    store : Store
    write : bool
        Whether to save the frame for the next build.
    """

    def __init__(self, loop: Loop, store: Store, *, write: bool) -> None:
        self._loop, self._store, self._write = loop, store, write
        self._key = Digest("refused").add("movie", path_key(str(loop.target.path))).hexdigest()
        known = store.read(KIND, self._key)
        frame = (known or {}).get("frame")
        self._frame = frame if isinstance(frame, int) else None
        functions = [user_functions(anim) for anim in loop.target.animations]
        self._may_draw = known is None and names_drawing_function(functions)

    def note(self, frame: int | None) -> None:
        """Save the frame at which building in parallel was refused; None if it was not."""
        if self._write and (frame != self._frame or self._may_draw):
            self._store.write(KIND, self._key, {"frame": frame})

    def send_scout(self) -> str:
        """Send a scout if there is reason to; return why building in parallel is refused, or an empty string.

        Raises
        ------
        Takeover
            In the process of the scout.
        """
        if self._frame is None and not self._may_draw:
            return ""
        receiving, sending = own.pipe()
        state = random.getstate()
        pid = fork()
        if pid == 0:
            os.close(receiving)
            detach_standard_streams()
            reopen_files()
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
    """A `FrameDriver` that steps up to a frame, reports what the guard refused, and ends the process.

    If no such frame is known, it steps all frames, unless stepping is slow.
    """

    calls_back = True

    def __init__(self, loop: Loop, last: int | None, sending: int) -> None:
        self._loop, self._last, self._sending = loop, last, sending
        self._stepping = Stepping(independent=False)
        self._guard = Guard()
        self._installed = self._guard.installed()

    def begin(self) -> None:
        """Install and arm the guard."""
        self._installed.__enter__()
        self._guard.arm()

    def before(self, k: int) -> bool:
        """End the process once the last frame to look at has been stepped."""
        if k > self._last if self._last is not None else k == FRAMES_TO_JUDGE and self._stepping.is_slow:
            self._leave("")
        self._stepping.begin()
        return True

    def frame(self, k: int) -> None:
        """Check for refused actions, and apply the side effects of a draw."""
        self._guard.disarm()
        self._stepping.end()
        self._guard.look()
        with audit.unrecorded():
            settle(self._loop.figure)
        self._guard.arm()

    def end(self, error: BaseException | None) -> None:
        """Report what was refused; any other exception will recur in the process that builds the movie."""
        self._leave(str(error) if isinstance(error, Refused) else self._guard.refusal)

    def _leave(self, words: str) -> None:
        try:
            os.write(self._sending, words.encode())
        finally:
            os._exit(0)
