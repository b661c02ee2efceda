"""Take the frames of a movie, in a worker or the stepper: as calls if they can be recorded, else as pixels."""

from __future__ import annotations

from typing import Any

import xxhash

from ..blocks.render import BlockRendering, CannotReplay
from ..drawing.calls.display_list import DisplayList
from ..drawing.calls.replay import Raster
from ..drawing.hidden import hidden_state
from ..drawing.recorder import CannotRecord
from ..frames.loop import Loop
from ..model import SeamState
from ..mpl.animation import convert_line_data, settle
from ..tracing import audit
from ..trust.drawn_code import watched
from ..trust.guard import Refused

_CHECK_AFTER = 3
"""After this many frames of a block, we check whether any artist is at rest."""


class Capture:
    """Takes the frames of one movie.

    Artists that have not changed are left out of a recording, unless a layout
    engine still moves them when the same frame is drawn again.  `compare` checks
    at the last frame of each block that no change was missed.

    Parameters
    ----------
    loop : Loop
    exact : bool
        Leave no artist out.

    Attributes
    ----------
    first : DisplayList or None
        The recording of the first frame, from which all others are stepped.
    """

    def __init__(self, loop: Loop, *, exact: bool) -> None:
        self._loop = loop
        self._whole = exact
        self._records = True
        self._last: DisplayList | None = None
        self.first: DisplayList | None = None
        self._digest = ""

    def take(self, rendering: BlockRendering | None = None) -> None:
        """Take the frame that is due, and add it to *rendering* if given.

        Raises
        ------
        Refused
            If a clip path has changed; if the frame was recorded but cannot be replayed; or, at the first frame
            of a block, if the scene's own code may keep state while it is drawn.
        """
        self._check_clip_paths()
        convert_line_data(self._loop.figure)
        if rendering is not None and rendering.count == 0:
            with watched(self._loop.figure) as code:
                self._last = frame = self._recorded(whole=self._whole)
            if code.remembers:
                raise Refused(code.remembers)
        else:
            self._last = frame = self._recorded(whole=self._whole)
        if rendering is not None and rendering.count == _CHECK_AFTER and not self._whole and not self._loop.leaves_out:
            self._whole = True  # everything moves, so looking for artists at rest only costs time
            self._loop.barrier.lower()
        if frame is not None and rendering is not None:
            try:
                with audit.unrecorded():
                    rendering.add_list(frame)
            except CannotReplay as error:
                raise Refused(str(error)) from None
        elif rendering is not None:
            rendering.add(self._loop.draw)
        if frame is not None:
            self._digest = frame.digest
        else:
            self._digest = rendering.last_frame if rendering is not None else self._loop.draw()

    def take_first(self) -> SeamState:
        """Take the first frame, from which all others are stepped; return the state that seams compare.

        Raises
        ------
        Refused
            If the frame looks different when it is drawn again, or if the scene's own code may keep state while
            it is drawn.
        """
        self._check_clip_paths()
        settle(self._loop.figure)
        if self._loop.has_layout_engine:
            self.settle()
        with watched(self._loop.figure) as code:
            self._last = self.first = frame = self._recorded(whole=True)
            self._records = frame is not None  # if the first frame cannot be recorded, the others are not tried
            digest = self._digest = frame.digest if frame is not None else self._loop.draw()
        if code.remembers:
            raise Refused(code.remembers)
        if frame is not None:
            again = self._recorded(whole=True)  # every worker inherits the caches that this fills
            same = again is not None and self._look(again) == self._look(frame)
        else:
            same = self._loop.has_layout_engine or self._loop.draw() == digest
        if not same and not (self._loop.has_layout_engine and self._loop.draws_twice):
            raise Refused("the first frame looks different when it is drawn twice")
        self._whole = self._whole or not same
        return self.seam_state()

    def settle_stepped(self) -> bool:
        """Apply the side effects of a draw to a frame that is only stepped; return whether it had to be drawn."""
        self._check_clip_paths()
        if not settle(self._loop.figure):
            return False
        if self._loop.has_layout_engine:
            self.settle()
        self.take()
        return True

    def seam_state(self) -> SeamState:
        """Return the state at the last frame that was taken, in the form that seams compare.

        Hidden state counts too, since a later frame may show it.  With a layout engine, the
        digest is that of pixels: an engine arrives at the same places by more than one route,
        up to the last bits.
        """
        look = self._look(self._last) if self._last is not None else self._digest
        return SeamState(look, hidden_state(self._loop.figure))

    def _look(self, frame: DisplayList) -> str:
        """Return the digest by which two recordings of a frame are compared."""
        if not self._loop.has_layout_engine:
            return frame.digest
        return xxhash.xxh3_128_hexdigest(Raster(*frame.size, frame.dpi).draw(frame))

    def settle(self) -> None:
        """Do to the layout what the first of two draws does, since it may need both to come to rest."""
        if self._records:
            try:
                self._loop.draw_without_pixels(whole=self._whole)
            except CannotRecord:
                pass
            else:
                return
        self._loop.draw_idle()

    def compare(self, rendering: BlockRendering, k: int, *, encoded: bool) -> None:
        """Check that frame *k*, the last that was taken, is what a draw makes of it.

        If the block is *encoded*, compare the pixels with those of a draw as ``Animation.save``
        makes it.  If the block is known, compare the calls.

        Raises
        ------
        Refused
            If the frame differs.
        """
        if self._loop.has_layout_engine and (self._whole or not self._records):
            return  # another draw may give another layout
        taken = self._last
        if self._loop.has_layout_engine:
            with self._loop.barrier.suspended():
                self._loop.draw_idle()  # an engine at rest may need two passes to come back to where it was
        if taken is None or encoded:
            pixels = rendering.last_pixels()
            with self._loop.barrier.suspended():
                if self._loop.draw() == pixels:
                    return
        elif self._is_as_recorded_uncached(taken):
            return
        whole = self._recorded(whole=True) if taken is not None else None
        if taken is None or whole is None or self._look(whole) == self._look(taken):
            raise Refused(f"frame {k} looks different when it is drawn twice")
        raise Refused(f"frame {k} has an undetected change of {_named(taken, whole)}")

    def looks_like(self, digest: str) -> bool:
        """Whether the calls of the frame that is due, with every artist drawn, have this *digest*."""
        try:
            return self._loop.record_uncached().digest == digest
        except CannotRecord:
            return False

    def _is_as_recorded_uncached(self, taken: DisplayList) -> bool:
        try:
            return self._look(self._loop.record_uncached()) == self._look(taken)
        except CannotRecord:
            return False

    def _check_clip_paths(self) -> None:
        """Refuse the frame if a clip path has changed such that Agg, which keeps masks across frames, may miss it."""
        if changed := self._loop.clip_paths.changed():
            raise Refused(changed)

    def _recorded(self, *, whole: bool) -> DisplayList | None:
        if not self._records:
            return None
        try:
            return self._loop.record(whole=whole)
        except CannotRecord:
            return None


def _named(taken: DisplayList, whole: DisplayList) -> str:
    """Name the artist to which the first difference of two recordings belongs, for a message."""
    index = taken.common(whole)
    artists: list[Any] = [each.artist_of(index) for each in (taken, whole) if index < len(each)]
    artist = artists[0]
    where = getattr(artist, "axes", None)
    title = where.get_title() if where is not None else ""
    return f"{artist} of the axes {title!r}" if title else str(artist)
