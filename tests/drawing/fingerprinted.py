"""A figure whose frames are stepped, and identified by their fingerprints."""

from __future__ import annotations

import contextlib
import json
import os
import traceback
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from incremental_parsave.drawing.recorder import Recorder
from incremental_parsave.drawing.reuse.barrier import Barrier
from incremental_parsave.drawing.reuse.fingerprint import Fingerprints, Missed
from incremental_parsave.drawing.reuse.known_classes import Untrackable


class Fingerprinted:
    """A figure that was recorded once and is only stepped from then on.

    Attributes
    ----------
    fingerprints : Fingerprints or None
        None if its frames have no fingerprints.
    """

    def __init__(self, figure: Figure, barrier: Barrier, dpi: float = 50, **savefig: Any) -> None:
        self._savefig = savefig
        size = tuple(int(inches * dpi) for inches in figure.get_size_inches())
        self._recorder = Recorder(figure, dpi, size, barrier)
        self._recorder.record(savefig, whole=True)
        first = self._recorder.record(savefig, whole=True)
        self.fingerprints: Fingerprints | None = None
        with contextlib.suppress(Untrackable):
            self.fingerprints = Fingerprints(figure, first, savefig, barrier)

    def take(self, *, whole: bool = False) -> str | None:
        try:
            return self.fingerprints.take(whole=whole) if self.fingerprints is not None else None
        except Missed:
            return None

    def drawn(self) -> str:
        """Record the figure as it is now; no fingerprint can be taken afterwards."""
        return self._recorder.record_uncached(self._savefig).digest


@contextlib.contextmanager
def fingerprinted(fill: Callable[[Figure], Any], **savefig: Any) -> Iterator[tuple[Fingerprinted, Figure, Any]]:
    figure = Figure(figsize=(2.2, 1.6))
    FigureCanvasAgg(figure)
    held = fill(figure)
    barrier = Barrier()
    with barrier.installed():
        yield Fingerprinted(figure, barrier, **savefig), figure, held


def outcome(
    fill: Callable[[Figure], Any], write: Callable[[Figure, Any], Any], **savefig: Any
) -> tuple[str | None, str]:
    """Return the fingerprint and the digest of a figure that was filled, recorded and then changed by *write*."""
    return outcomes(fill, [write], **savefig)[0]


def outcomes(
    fill: Callable[[Figure], Any], writes: list[Callable[[Figure, Any], Any]], **savefig: Any
) -> list[tuple[str | None, str]]:
    """Return what `outcome` returns for each of *writes*; the figure is filled and recorded once.

    If its frames have no fingerprints, only the first is tried.
    """
    with matplotlib.rc_context(), fingerprinted(fill, **savefig) as (one, figure, held):
        one.take()
        if one.fingerprints is None:
            writes = writes[:1]
        found = [_in_a_fork(write, one, figure, held) for write in writes[:-1]]
        writes[-1](figure, held)
        return [*found, (one.take(whole=True), one.drawn())]


def _in_a_fork(
    write: Callable[[Figure, Any], Any], one: Fingerprinted, figure: Figure, held: Any
) -> tuple[str | None, str]:
    receiving, sending = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # pytest has threads; the fork needs none of them
        pid = os.fork()
    if pid == 0:
        try:
            write(figure, held)
            answer = json.dumps([one.take(whole=True), one.drawn()])
        except BaseException:
            answer = json.dumps(traceback.format_exc())
        finally:
            os.write(sending, answer.encode())
            os._exit(0)
    os.close(sending)
    with open(receiving, "rb") as answers:
        result = json.loads(answers.read())
    os.waitpid(pid, 0)
    assert isinstance(result, list), result
    return result[0], result[1]
