"""How a worker and the stepper take a frame: as its calls where that can be done, else as its pixels."""

from __future__ import annotations

from typing import Any

import xxhash

from ..blocks.render import BlockRendering, CannotReplay
from ..drawing.calls.display_list import DisplayList
from ..drawing.calls.replay import Raster
from ..drawing.hidden import hidden_state
from ..drawing.recorder import CannotRecord
from ..frames.loop import Loop
from ..keys.canonical import Digest
from ..mpl.animation import settle, take_data
from ..tracing import audit
from ..trust.drawn_code import watched
from ..trust.guard import Refused

_LOOKED_AT = 3
"""After so many frames of a block it is seen whether any artist rests."""


class Capture:
    """Takes the frames of one movie.

    Artists that have not changed are left out of a recording, unless a layout
    engine still moves them when the same frame is drawn again.  That nothing was
    missed is seen at the last frame of each block (`compare`).

    Parameters
    ----------
    loop : Loop
    exact : bool
        Leave no artist out.

    Attributes
    ----------
    first : DisplayList or None
        The frame from which all others are stepped.
    """

    def __init__(self, loop: Loop, *, exact: bool) -> None:
        self._loop = loop
        self._whole = exact
        self._records = True
        self._last: DisplayList | None = None
        self.first: DisplayList | None = None
        self._digest = ""

    def take(self, rendering: BlockRendering | None = None) -> None:
        """Take the frame that is due, for *rendering* if there is one.

        Raises
        ------
        Refused
            If it was recorded and can not be replayed; at the first frame of a block, if the scene's own code may
            keep state while it is drawn.
        """
        self._see_clip_paths()
        take_data(self._loop.figure)
        if rendering is not None and rendering.count == 0:
            with watched(self._loop.figure) as code:
                self._last = frame = self._recorded(whole=self._whole)
            if code.remembers:
                raise Refused(code.remembers)
        else:
            self._last = frame = self._recorded(whole=self._whole)
        if rendering is not None and rendering.count == _LOOKED_AT and not self._whole and not self._loop.leaves_out:
            self._whole = True  # everything moves: to find that out in every frame would be for nothing
            self._loop.barrier.lower()
        if frame is not None and rendering is not None:
            try:
                with audit.own_work():
                    rendering.add_list(frame)
            except CannotReplay as error:
                raise Refused(str(error)) from None
        elif rendering is not None:
            rendering.add(self._loop.draw)
        if frame is not None:
            self._digest = frame.digest
        else:
            self._digest = rendering.last_frame if rendering is not None else self._loop.draw()

    def take_first(self) -> str:
        """Take the frame from which all others are stepped; return its digest, as seams compare it.

        Raises
        ------
        Refused
            If it looks different when it is drawn again, or the scene's own code may keep state while it is drawn.
        """
        self._see_clip_paths()
        settle(self._loop.figure)
        if self._loop.has_layout_engine:
            self.settle()
        with watched(self._loop.figure) as code:
            self._last = self.first = frame = self._recorded(whole=True)
            self._records = frame is not None  # the very first frame tells for all
            digest = self._digest = frame.digest if frame is not None else self._loop.draw()
        if code.remembers:
            raise Refused(code.remembers)
        if frame is not None:
            again = self._recorded(whole=True)  # what is remembered of it, every worker inherits
            same = again is not None and self._look(again) == self._look(frame)
        else:
            same = self._loop.has_layout_engine or self._loop.draw() == digest
        if not same and not (self._loop.has_layout_engine and self._loop.draws_twice):
            raise Refused("the first frame looks different when it is drawn twice")
        self._whole = self._whole or not same
        return self.at_seam()

    def settle_stepped(self) -> bool:
        """Settle what matplotlib leaves to the draw in a frame that is stepped; return whether it had to be drawn."""
        self._see_clip_paths()
        if not settle(self._loop.figure):
            return False
        if self._loop.has_layout_engine:
            self.settle()
        self.take()
        return True

    def at_seam(self) -> str:
        """Return the digest of the frame that was taken last, as seams compare it.

        What is hidden counts too: a later frame may show it.  A layout engine comes to the
        same places by more than one way, up to the last bits: there, pixels are compared.
        """
        look = self._look(self._last) if self._last is not None else self._digest
        return Digest("seam").add("look", look).add("hidden", hidden_state(self._loop.figure)).hexdigest()

    def _look(self, frame: DisplayList) -> str:
        """Return the digest by which two recordings of a frame are compared."""
        if not self._loop.has_layout_engine:
            return frame.digest
        return xxhash.xxh3_128_hexdigest(Raster(*frame.size, frame.dpi).draw(frame))

    def settle(self) -> None:
        """Do what the first of two draws does to a layout, which may need both."""
        if self._records:
            try:
                self._loop.pass_by(whole=self._whole)
            except CannotRecord:
                pass
            else:
                return
        self._loop.draw_idle()

    def compare(self, rendering: BlockRendering, k: int, *, encoded: bool) -> None:
        """See that frame *k*, the last that was taken, is what a draw makes of it.

        A block that is encoded is compared by pixels, drawn as by
        ``Animation.save``; one that was known, by its calls.

        Raises
        ------
        Refused
            If it is not.
        """
        if self._loop.has_layout_engine and (self._whole or not self._records):
            return  # another draw may be another layout
        taken = self._last
        if taken is None or encoded:
            pixels = rendering.last_pixels()
            with self._loop.barrier.deaf():
                if self._loop.moves_by_layout():
                    self._loop.draw_idle()
                if self._loop.draw() == pixels:
                    return
        elif self._is_as_recorded_apart(taken):
            return
        whole = self._recorded(whole=True) if taken is not None else None
        if taken is None or whole is None or self._look(whole) == self._look(taken):
            raise Refused(f"frame {k} looks different when it is drawn twice")
        raise Refused(f"frame {k} has an undetected change of {_named(taken, whole)}")

    def looks_like(self, digest: str) -> bool:
        """Whether the frame that is due, with all its artists drawn, has the calls of this *digest*."""
        try:
            return self._loop.record_apart().digest == digest
        except CannotRecord:
            return False

    def _is_as_recorded_apart(self, taken: DisplayList) -> bool:
        try:
            return self._look(self._loop.record_apart()) == self._look(taken)
        except CannotRecord:
            return False

    def _see_clip_paths(self) -> None:
        """Refuse where Agg would go by what it has drawn in earlier frames, which nobody knows here."""
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
    """Return the artist that the first difference of two recordings belongs to, for people."""
    index = taken.common(whole)
    artists: list[Any] = [each.artist_of(index) for each in (taken, whole) if index < len(each)]
    artist = artists[0]
    where = getattr(artist, "axes", None)
    title = where.get_title() if where is not None else ""
    return f"{artist} of the axes {title!r}" if title else str(artist)
