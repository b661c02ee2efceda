"""A display list: the exact sequence of drawing calls that one frame makes, and its digest.

All pixels of a frame come from few calls of Agg's compiled renderer.  A
`recorder.Recorder` takes them down without drawing::

    recorder = Recorder(figure, dpi, size)  # once for a movie, as a PixelDrawer
    try:
        frame = recorder.record(savefig_kwargs)
    except CannotRecord:
        ...  # draw it with the PixelDrawer, and ask by the digest of its pixels

``frame.digest`` answers question 2 with nothing rasterised; equal digests are
equal pixels.  If the answer is no, a `replay.Raster` makes the pixels of all
frames in a row, drawing of each only what follows the first call that differs
from the frame before::

    raster = Raster(*size, dpi)
    for frame in frames:
        file.write(raster.draw(frame))

A digest of calls and a digest of pixels never meet: let a block be known by the
ones or by the others, and say in its key by which.  What raises within
`Raster.draw` (Agg's limit of cells, arguments that the renderer refuses) would
have raised in the draw: draw that frame with the PixelDrawer, which raises as
matplotlib does.
"""

from __future__ import annotations

from typing import Any

from ...keys.canonical import Digest
from .agg import VERSION
from .calls import Call, is_same_mask


class DisplayList:
    """The calls of one frame, in order.

    Parameters
    ----------
    size : tuple of int
        Width and height in pixels.
    dpi : float
    calls : tuple of Call
    visits : tuple of (artist, int, int)
        The artists in order, each with the calls that it made: from the first to before the last.

    Attributes
    ----------
    digest : str
        Of all that decides the pixels, the version of matplotlib included.
    """

    def __init__(
        self, size: tuple[int, int], dpi: float, calls: tuple[Call, ...], visits: tuple[tuple[Any, int, int], ...] = ()
    ) -> None:
        self.size, self.dpi, self.calls, self.visits = size, dpi, calls, visits
        digest = Digest("display list").add("matplotlib", VERSION).add("size", f"{size} {float(dpi)!r}")
        digest.add("calls", b"".join([call.digest for call in calls]))
        self.digest = digest.hexdigest()

    def __len__(self) -> int:
        return len(self.calls)

    def nbytes(self, before: DisplayList | None = None) -> int:
        """Return how much memory the arrays take, without those of calls that *before* holds too.

        Frames that wait to be replayed may hold more than their pixels would: a
        mesh of 400 x 400 cells has 6 MB of colours, its pixels are 1.2 MB.
        """
        shared = {id(call) for call in before.calls} if before is not None else ()
        return sum(call.nbytes for call in self.calls if id(call) not in shared)

    def common(self, other: DisplayList) -> int:
        """Return with how many equal calls this list and *other* begin."""
        if self.size != other.size or self.dpi != other.dpi:
            return 0
        for index, (ours, theirs) in enumerate(zip(self.calls, other.calls, strict=False)):
            if ours is not theirs and ours.digest != theirs.digest:
                return index
        return min(len(self), len(other))

    def artist_of(self, index: int) -> Any:
        """Return the artist that made call *index*; None if that is not known."""
        return next((artist for artist, begin, _ in reversed(self.visits) if begin <= index), None)

    def mask_before(self, index: int) -> Call | None:
        """Return the call whose mask of a clip path is there before call *index*, if that matters.

        The renderer draws a new mask only where the path or its transform is
        another than that of the last; so the mask is that of the first call of
        a run.  It does not matter if nothing that follows would use it.
        """
        owner: Call | None = None
        for call in self.calls[:index]:
            if call.mask is not None and (owner is None or not is_same_mask(owner.mask, call.mask)):
                owner = call
        for call in self.calls[index:]:
            if call.mask is not None:
                return owner if owner is not None and is_same_mask(owner.mask, call.mask) else None
        return None
