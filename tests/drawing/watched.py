"""A figure whose frames are recorded with artists left out, and each compared with a whole recording."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from incremental_parsave.drawing.calls.display_list import DisplayList
from incremental_parsave.drawing.calls.replay import Raster
from incremental_parsave.drawing.recorder import Recorder
from incremental_parsave.drawing.reuse.barrier import Barrier

from .kinds import X


def pixels(frame: DisplayList) -> bytes:
    return bytes(Raster(*frame.size, frame.dpi).draw(frame))


class Watched:
    """A figure whose frames are recorded with artists left out."""

    def __init__(self, figure: Figure, dpi: float = 50, **savefig: Any) -> None:
        self.figure, self._savefig = figure, savefig
        self.barrier = Barrier()
        size = tuple(int(inches * dpi) for inches in figure.get_size_inches())
        self._recorder = Recorder(figure, dpi, size, self.barrier)
        self._known = self._recorder._memory._known

    def frame(self) -> str:
        """Record a frame, check it against a whole recording, and return its digest."""
        if self.figure.get_layout_engine() is not None:
            self._settle()
        left_out = self._recorder.record(self._savefig)
        whole = self._recorder.record(self._savefig, whole=True)
        index = left_out.common(whole)
        if self.figure.get_layout_engine() is not None:  # positions may differ by rounding
            if pixels(left_out) != pixels(whole):
                more = {pixels(self._recorder.record(self._savefig, whole=True)) for _ in range(4)}
                assert more != {pixels(whole)}, "the pixels differ, although the layout has settled"
            return whole.digest
        assert left_out.digest == whole.digest, (left_out.artist_of(index), whole.artist_of(index))
        # The next recording then builds on one with artists left out.
        assert self._recorder.record(self._savefig).digest == whole.digest
        return whole.digest

    def _settle(self) -> None:
        """Record until the layout has settled, which may take more than one draw."""
        last = b""
        for _ in range(4):
            before, last = last, pixels(self._recorder.record(self._savefig))
            if last == before:
                return

    def rest(self) -> str:
        """Record until every artist that can be left out is left out; return the last digest."""
        return [self.frame() for _ in range(3)][-1]

    def record_uncached(self) -> None:
        """Record every artist, as for a comparison, without changing the artist cache."""
        self._recorder.record_uncached(self._savefig)

    def drawn_again(self) -> list[Artist]:
        """Return the artists that are drawn although nothing has changed."""
        self._recorder.record(self._savefig)
        return [known.artist for known in self._known.values() if not known.clean]


@contextlib.contextmanager
def watched(fill: Callable[[Figure], Any], dpi: float = 50, **savefig: Any) -> Iterator[tuple[Watched, Any]]:
    figure = Figure(figsize=(2.2, 1.6))
    FigureCanvasAgg(figure)
    held = fill(figure)
    one = Watched(figure, dpi, **savefig)
    with one.barrier.installed():
        yield one, held


def plain(figure: Figure) -> Any:
    ax = figure.add_subplot()
    ax.plot(X, np.sin(X), label="a")
    return ax
