"""A block of frames -> a segment: digested, looked up, and encoded if it is new."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from .encode import Encoder, Encoding
from .model import Block, Outcome, Reason, Segment
from .plan import Planner
from .store import Store

Draw = Callable[[Any], str]
"""Draws the frame that is due, copies its raw pixels to a file or None, returns its digest."""

# Raw frames of a movie that is encoded as one block are kept on disk up to this size, so that
# frames which turn out to be known are not encoded; a longer movie goes to its encoder at once.
_MOST_KEPT_BYTES = 1 << 31


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

    def begin(self, block: Block) -> BlockRendering:
        """Begin *block*."""
        return BlockRendering(self, block)


class BlockRendering:
    """One block on its way to a segment.

    Frames are digested and kept (raw, in a file without a name); when the last
    one is there, question 2 is asked, and only if the answer is no does an
    encoder start, reading that very file.
    """

    def __init__(self, renderer: Renderer, block: Block) -> None:
        self.block = block
        self._renderer = renderer
        self._frames: list[str] = []
        self._kept: IO[bytes] | None = None
        self._encoder: Encoder | None = None
        self._segment: Segment | None = None
        self._reason = Reason.NEW_FRAMES

    def _open(self) -> None:
        """Make a place for the frames."""
        renderer, block = self._renderer, self.block
        width, height = renderer.encoding.size
        if renderer.dry:
            return
        if renderer.encoding.uncut and (block.stop - block.start) * width * height * 4 > _MOST_KEPT_BYTES:
            self._encoder = self._start_encoder(None)
        else:
            self._kept = renderer.store.unnamed_file()

    def add(self, draw: Draw) -> None:
        """Draw the frame that is due, as the next of the block."""
        if not self._frames:
            self._open()
        self._frames.append(draw(self._encoder or self._kept))

    @property
    def count(self) -> int:
        """How many frames were added."""
        return len(self._frames)

    @property
    def last_frame(self) -> str:
        """Digest of the frame that was added last."""
        return self._frames[-1]

    def close(self) -> None:
        """All frames are there: look them up; start an encoder if they are not known."""
        self._reason, self._segment = self._renderer.planner.ask_frames(self._frames)
        if self._kept is not None:
            if self._segment is None:
                self._kept.flush()
                self._kept.seek(0)
                self._encoder = self._start_encoder(self._kept)
            self._kept.close()
        elif self._encoder is not None and self._segment is not None:
            self._encoder.kill()
            self._encoder = None

    def _start_encoder(self, frames: IO[bytes] | None) -> Encoder:
        renderer = self._renderer
        output = renderer.store.temporary(renderer.encoding.suffix)
        return Encoder(renderer.ffmpeg, renderer.encoding, frames, output, f"{self.block} of {renderer.movie}")

    def outcome(self, after: str | None) -> Outcome:
        """Wait for the encoder; return what became of the block.

        Parameters
        ----------
        after : str or None
            Digest of the first frame after the block.

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
        return Outcome(block, self._reason, self._segment, tuple(self._frames), after)

    def abandon(self) -> None:
        """Leave no process and no file behind."""
        if self._encoder is not None:
            self._encoder.kill()
        if self._kept is not None:
            self._kept.close()
