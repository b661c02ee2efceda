"""A block of frames -> a segment: digested, looked up, and encoded if it is new."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import xxhash

from ..cache.store import Store
from ..drawing.calls.display_list import DisplayList
from ..drawing.calls.replay import Raster
from ..media.encode import Encoder, Encoding
from ..model import Block, Outcome, Reason, Segment
from ..tracing import audit
from .plan import Planner

Draw = Callable[[Any], str]
"""Draws the frame that is due, copies its raw pixels to a file or None, returns its digest."""

# Raw frames of a movie that is encoded as one block are kept on disk up to this size, so that
# frames which turn out to be known are not encoded; a longer movie goes to its encoder at once.
_MOST_KEPT_BYTES = 1 << 31

# Display lists wait for question 2 in memory up to this size; then their pixels wait on disk.
_MOST_WAITING_BYTES = 1 << 26


class CannotReplay(Exception):
    """A frame that was recorded must be drawn."""


class Renderer:
    """What all blocks of a movie have in common.

    Parameters
    ----------
    ffmpeg : str
    encoding : Encoding
    store : Store
    planner : Planner
    movie : Path
    dry : bool
        Ask, but encode nothing.
    """

    def __init__(
        self, ffmpeg: str, encoding: Encoding, store: Store, planner: Planner, movie: Path, *, dry: bool
    ) -> None:
        self.ffmpeg, self.encoding, self.store = ffmpeg, encoding, store
        self.planner, self.movie, self.dry = planner, movie, dry
        self._raster: Raster | None = None

    def raster(self, dpi: float) -> Raster:
        """Return the canvas that frames are replayed on; a forked process inherits what is drawn there."""
        if self._raster is None:
            self._raster = Raster(*self.encoding.size, dpi)
        return self._raster

    def begin(self, block: Block) -> BlockRendering:
        """Begin *block*."""
        return BlockRendering(self, block)


class BlockRendering:
    """One block on its way to a segment.

    1. Frames are added: display lists, which wait in memory; or drawn, and
       their pixels wait in a file without a name.
    2. When the last one is there, question 2 is asked (`look_up`).
    3. If the answer is no, an encoder starts (`encode`).  It is fed with what is
       replayed, frame by frame, or reads the file itself.

    Where no block is known that begins with the first frame, the answer can only
    be no: then the encoder starts at once, and encodes while frames are recorded.
    """

    def __init__(self, renderer: Renderer, block: Block) -> None:
        self.block = block
        self._renderer = renderer
        self._frames: list[str] = []
        self._waiting: list[DisplayList] = []
        self._waiting_bytes = 0
        self._last_is_list = False
        self._raster: Raster | None = None
        self._kept: IO[bytes] | None = None
        self._encoder: Encoder | None = None
        self._segment: Segment | None = None
        self._reason = Reason.NEW_FRAMES

    def add(self, draw: Draw) -> None:
        """Draw the frame that is due, as the next of the block."""
        with audit.own_work():  # an encoder may start: the scene starts none
            place = None if self._renderer.dry else self._place()
        self._frames.append(draw(place))
        self._last_is_list = False
        if len(self._frames) == 1 and self._kept is not None and not self._renderer.planner.may_know(self._frames[0]):
            with audit.own_work():
                self._encode_from_now_on()

    def add_list(self, frame: DisplayList) -> None:
        """Take the next frame of the block as its calls; may raise `CannotReplay`."""
        self._frames.append(frame.digest)
        self._last_is_list = True
        if self._renderer.dry:
            return
        if len(self._frames) == 1 and not self._renderer.planner.may_know(frame.digest):
            self._encoder = self._start_encoder(None)
        before = self._waiting[-1] if self._waiting else None
        self._waiting.append(frame)
        if self._encoder is not None:
            self._replay(self._encoder)
            return
        self._waiting_bytes += frame.nbytes(before)
        if self._waiting_bytes > _MOST_WAITING_BYTES:
            self._place()

    @property
    def count(self) -> int:
        """How many frames were added."""
        return len(self._frames)

    @property
    def last_frame(self) -> str:
        """Digest of the frame that was added last."""
        return self._frames[-1]

    def look_up(self) -> bool:
        """All frames are there: ask question 2; return whether the block must be encoded."""
        self._reason, self._segment = self._renderer.planner.ask_frames(self._frames)
        if self._segment is not None:
            self.abandon()
        return self._segment is None and not self._renderer.dry

    def encode(self) -> None:
        """Start the encoder, and give it all frames; may raise `CannotReplay`."""
        if self._kept is None and self._encoder is None:
            self._encoder = self._start_encoder(None)
            self._replay(self._encoder)
        elif self._kept is not None:
            self._replay(self._kept)
            self._kept.flush()
            self._kept.seek(0)
            self._encoder = self._start_encoder(self._kept)
            self._kept.close()
        else:
            assert self._encoder is not None
            self._replay(self._encoder)
        self._encoder.end()

    def last_pixels(self) -> str:
        """Return the digest of the pixels of the last frame that was added; after `encode`."""
        if not self._last_is_list or self._raster is None:
            return self.last_frame
        return xxhash.xxh3_128_hexdigest(self._raster.pixels)

    def _encode_from_now_on(self) -> None:
        """Give an encoder the one frame that is kept, and those to come as they are drawn."""
        assert self._kept is not None
        self._kept.seek(0)
        self._encoder = self._start_encoder(None)
        self._encoder.write(memoryview(self._kept.read()))
        self._kept.close()
        self._kept = None

    def _place(self) -> Any:
        """Return where pixels go before question 2 is asked; those of the frames that wait go there first."""
        renderer, block = self._renderer, self.block
        width, height = renderer.encoding.size
        if self._kept is None and self._encoder is None:
            if renderer.encoding.uncut and (block.stop - block.start) * width * height * 4 > _MOST_KEPT_BYTES:
                self._encoder = self._start_encoder(None)
            else:
                self._kept = renderer.store.unnamed_file()
        place = self._encoder or self._kept
        self._replay(place)
        return place

    def _replay(self, place: Any) -> None:
        """Make the pixels of the frames that wait."""
        for frame in self._waiting:
            self._raster = self._renderer.raster(frame.dpi)
            try:
                pixels = self._raster.draw(frame)
            except Exception as error:  # what the compiled renderer refuses would have been refused in the draw
                raise CannotReplay(f"drawing calls cannot be replayed: {error}") from error
            place.write(pixels)
        self._waiting, self._waiting_bytes = [], 0

    def _start_encoder(self, frames: IO[bytes] | None) -> Encoder:
        renderer = self._renderer
        output = renderer.store.temporary(renderer.encoding.suffix)
        return Encoder(renderer.ffmpeg, renderer.encoding, frames, output, f"{self.block} of {renderer.movie}")

    def outcome(self, first: str, after: str | None) -> Outcome:
        """Wait for the encoder; return what became of the block.

        Parameters
        ----------
        first : str
        after : str or None
            Digests of the first frame and of the first after the block, as seams compare them.

        Raises
        ------
        EncoderError
            If the encoder failed.
        """
        if self._encoder is not None:
            extradata = self._encoder.finish(self.count)
            self._segment = self._renderer.store.publish(self._encoder.output, self.count, extradata)
            self._renderer.planner.keep_frames(self._frames, self._segment)
        block = replace(self.block, stop=self.block.start + self.count)
        return Outcome(block, self._reason, self._segment, tuple(self._frames), first, after)

    def abandon(self) -> None:
        """Leave no process and no file behind."""
        if self._encoder is not None:
            self._encoder.kill()
            self._encoder = None
        if self._kept is not None:
            self._kept.close()
            self._kept = None
