"""A display list: the exact sequence of drawing calls that one frame makes, and its digest.

All pixels of a frame come from a few methods of Agg's compiled renderer.  A
`recorder.Recorder` records the calls without drawing::

    recorder = Recorder(figure, dpi, size)  # once per movie, like a PixelDrawer
    try:
        frame = recorder.record(savefig_kwargs)
    except CannotRecord:
        ...  # draw the frame with the PixelDrawer, and use the digest of its pixels

``frame.digest`` answers question 2 (does the block look as in an earlier build?)
without rasterising: frames with equal digests have equal pixels.  If the answer
is no, a `replay.Raster` draws the frames one after another.  Of each frame it
draws only the calls from the first one that differs from the previous frame::

    raster = Raster(*size, dpi)
    for frame in frames:
        file.write(raster.draw(frame))

Digests of calls and digests of pixels cannot be compared.  Identify a block by
one kind or the other, and include the kind in its key.  If `Raster.draw` raises
an error (Agg's cell limit, or arguments that the renderer rejects), an ordinary
draw would have raised it too.  Draw that frame with the PixelDrawer, which
raises as matplotlib does.
"""

from __future__ import annotations

from typing import Any

from ...keys.canonical import Digest
from ..reuse.identity import identity
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
        The artists in drawing order, each with the half-open range of the calls that it made.

    Attributes
    ----------
    digest : str
        Digest of everything that determines the pixels, including the version of matplotlib.
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
        """Return the size of the arrays in bytes, without those of calls that are shared with *before*.

        A frame that waits to be replayed may take more memory than its pixels: a
        mesh of 400 x 400 cells has 6 MB of colours, while its pixels are 1.2 MB.
        """
        shared = {identity(call) for call in before.calls} if before is not None else ()
        return sum(call.nbytes for call in self.calls if identity(call) not in shared)

    def common(self, other: DisplayList) -> int:
        """Return the number of equal calls at the start of this list and *other*."""
        if self.size != other.size or self.dpi != other.dpi:
            return 0
        for index, (ours, theirs) in enumerate(zip(self.calls, other.calls, strict=False)):
            if ours is not theirs and ours.digest != theirs.digest:
                return index
        return min(len(self), len(other))

    def artist_of(self, index: int) -> Any:
        """Return the artist that made call *index*; None if it is not known."""
        return next((artist for artist, begin, _ in reversed(self.visits) if begin <= index), None)

    def mask_before(self, index: int) -> Call | None:
        """Return the call that drew the clip-path mask in force before call *index*; None if no later call uses it.

        The renderer draws a new mask only if the path or its transform differs
        from the last one.  So in a run of calls with the same mask, the first
        call has drawn it.
        """
        owner: Call | None = None
        for call in self.calls[:index]:
            if call.mask is not None and (owner is None or not is_same_mask(owner.mask, call.mask)):
                owner = call
        for call in self.calls[index:]:
            if call.mask is not None:
                return owner if owner is not None and is_same_mask(owner.mask, call.mask) else None
        return None
