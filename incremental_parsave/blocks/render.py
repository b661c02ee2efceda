"""Turn a block of frames into a segment: digest the frames, look the block up, encode it if it is new."""

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
from ..model import Block, Outcome, Reason, SeamState, Segment
from ..tracing import audit
from .lookup import BlockLookup

Draw = Callable[[Any], str]
"""Draws the frame that is due, copies its raw pixels to the given file (or None), and returns its digest."""

# Up to this size, the raw frames of a movie that is encoded as one block are kept on disk, so that the
# block is not encoded if it turns out to be known.  The frames of a larger movie go to its encoder at once.
_MOST_KEPT_BYTES = 1 << 31

# Up to this size, display lists wait for question 2 in memory; beyond it, their pixels wait on disk.
_MOST_WAITING_BYTES = 1 << 26


class CannotReplay(Exception):
    """A recorded frame cannot be turned into pixels, and must be drawn."""


class BlockRenderer:
    """Renders the blocks of one movie, and holds what they share.

    Parameters
    ----------
    ffmpeg : str
    encoding : Encoding
    store : Store
    lookup : BlockLookup
    movie : Path
    dry : bool
        Ask the questions, but encode nothing.
    """

    def __init__(
        self, ffmpeg: str, encoding: Encoding, store: Store, lookup: BlockLookup, movie: Path, *, dry: bool
    ) -> None:
        self.ffmpeg, self.encoding, self.store = ffmpeg, encoding, store
        self.lookup, self.movie, self.dry = lookup, movie, dry
        self._raster: Raster | None = None

    def raster(self, dpi: float) -> Raster:
        """Return the canvas on which frames are replayed; a forked process inherits what is drawn there."""
        if self._raster is None:
            self._raster = Raster(*self.encoding.size, dpi)
        return self._raster

    def begin(self, block: Block) -> BlockRendering:
        """Begin to render *block*."""
        return BlockRendering(self, block)


class BlockRendering:
    """The rendering of one block into a segment.

    1. Frames are added.  Either their display lists wait in memory, or they are
       drawn and their pixels wait in an unnamed file.
    2. After the last frame, question 2 is asked (`look_up`).
    3. If the block is not known, an encoder starts (`encode`).  It receives frames
       one by one as they are replayed, or reads the file itself.

    If no known block begins with the first frame, question 2 cannot find the block.  Then
    the encoder starts at once, and encodes while frames are recorded.
    """

    def __init__(self, renderer: BlockRenderer, block: Block) -> None:
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
        """Draw the frame that is due, and add it to the block."""
        with audit.unrecorded():  # an encoder that starts here is not a program that the scene starts
            place = None if self._renderer.dry else self._place()
        self._frames.append(draw(place))
        self._last_is_list = False
        if len(self._frames) == 1 and self._kept is not None and not self._renderer.lookup.may_know(self._frames[0]):
            with audit.unrecorded():
                self._encode_from_now_on()

    def add_list(self, frame: DisplayList) -> None:
        """Add the next frame of the block as a display list; may raise `CannotReplay`."""
        self._frames.append(frame.digest)
        self._last_is_list = True
        if self._renderer.dry:
            return
        if len(self._frames) == 1 and not self._renderer.lookup.may_know(frame.digest):
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
        """Number of frames that were added."""
        return len(self._frames)

    @property
    def last_frame(self) -> str:
        """Digest of the frame that was added last."""
        return self._frames[-1]

    def look_up(self) -> bool:
        """Ask question 2, after the last frame was added; return whether the block must be encoded."""
        self._reason, self._segment = self._renderer.lookup.ask_frames(self._frames)
        if self._segment is not None:
            self.abandon()
        return self._segment is None and not self._renderer.dry

    def encode(self) -> None:
        """Start the encoder, unless it runs already, and pass it all frames; may raise `CannotReplay`."""
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
        """Return the digest of the pixels of the last frame; to be called after `encode`."""
        if not self._last_is_list or self._raster is None:
            return self.last_frame
        return xxhash.xxh3_128_hexdigest(self._raster.pixels)

    def _encode_from_now_on(self) -> None:
        """Start an encoder and pass it the one frame that was kept; later frames go to it as they are drawn."""
        assert self._kept is not None
        self._kept.seek(0)
        self._encoder = self._start_encoder(None)
        self._encoder.write(memoryview(self._kept.read()))
        self._kept.close()
        self._kept = None

    def _place(self) -> Any:
        """Return where pixels go before question 2 is asked, and write those of the waiting frames there first."""
        renderer, block = self._renderer, self.block
        width, height = renderer.encoding.size
        if self._kept is None and self._encoder is None:
            if renderer.encoding.why_one_block and (block.stop - block.start) * width * height * 4 > _MOST_KEPT_BYTES:
                self._encoder = self._start_encoder(None)
            else:
                self._kept = renderer.store.unnamed_file()
        place = self._encoder or self._kept
        self._replay(place)
        return place

    def _replay(self, place: Any) -> None:
        """Write the pixels of the waiting frames to *place*."""
        for frame in self._waiting:
            self._raster = self._renderer.raster(frame.dpi)
            try:
                pixels = self._raster.draw(frame)
            except Exception as error:  # the compiled renderer would refuse the same calls in a draw
                raise CannotReplay(f"drawing calls cannot be replayed: {error}") from error
            place.write(pixels)
        self._waiting, self._waiting_bytes = [], 0

    def _start_encoder(self, frames: IO[bytes] | None) -> Encoder:
        renderer = self._renderer
        output = renderer.store.temporary(renderer.encoding.suffix)
        return Encoder(renderer.ffmpeg, renderer.encoding, frames, output, f"{self.block} of {renderer.movie}")

    def outcome(self, first: SeamState, after: SeamState | None) -> Outcome:
        """Wait for the encoder, and return the outcome of the block.

        Parameters
        ----------
        first : SeamState
            The state at the block's first frame.
        after : SeamState or None
            The state at the first frame after the block.

        Raises
        ------
        EncoderError
            If the encoder failed.
        """
        if self._encoder is not None:
            extradata = self._encoder.finish(self.count)
            self._segment = self._renderer.store.publish(self._encoder.output, self.count, extradata)
            self._renderer.lookup.keep_frames(self._frames, self._segment)
        block = replace(self.block, stop=self.block.start + self.count)
        return Outcome(block, self._reason, self._segment, tuple(self._frames), first, after)

    def abandon(self) -> None:
        """Kill the encoder and delete the kept pixels."""
        if self._encoder is not None:
            self._encoder.kill()
            self._encoder = None
        if self._kept is not None:
            self._kept.close()
            self._kept = None
