"""Measure how long it takes to identify a block of unchanged frames, and to encode it.

Run this in the folder of ``scene.py``.  The arguments are: what identifies a frame ("calls" for the digest of
its display list, or "fingerprints" for its frame fingerprint), ffmpeg, the number of rounds, and the first frame and
the stop of the block.  The output is a list of pairs of seconds as JSON.
"""

from __future__ import annotations

import atexit
import json
import runpy
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from incremental_parsave.drawing.recorder import Recorder
from incremental_parsave.drawing.reuse.barrier import Barrier
from incremental_parsave.drawing.reuse.fingerprint import Fingerprints

from .raw_frames import encoder

# The arguments that `Animation.save` passes to `grab_frame`.
SAVEFIG = {"facecolor": np.ones(3), "transparent": False}


def prepare(by: str, figure: Any, dpi: float, size: tuple[int, int]) -> Callable[[], str | None]:
    """Return a function that gives the frame digest or the frame fingerprint of the figure in its current state.

    No other function of this benchmark depends on how these are computed.
    """
    barrier = Barrier()
    up = barrier.installed()
    up.__enter__()  # until the process ends
    atexit.register(up.__exit__, None, None, None)
    recorder = Recorder(figure, dpi, size, barrier)
    if by == "calls":
        return lambda: recorder.record(SAVEFIG).digest
    recorder.record(SAVEFIG, whole=True)
    return Fingerprints(figure, recorder.record(SAVEFIG, whole=True), SAVEFIG, barrier).take


def digest_block(
    digest: Callable[[], str | None], animate: Callable[[int], Any], frames: Sequence[int]
) -> list[str | None]:
    """Step through *frames*; return the digest of each."""
    digests = []
    for i in frames:
        animate(i)
        digests.append(digest())
    return digests


def main(by: str, ffmpeg: str, rounds: int, first: int, stop: int) -> None:
    """Measure both sides alternately, and print the pairs."""
    scene = runpy.run_path("scene.py", run_name="scene")
    figure, animate = scene["fig"], scene["animate"]
    dpi, (width, height) = figure.dpi, figure.canvas.get_width_height()
    command, frames = encoder(ffmpeg, (width, height), 20, "libx264"), range(first, stop)
    scene["init"]()
    pairs, known = [], []
    with tempfile.TemporaryFile() as pixels, tempfile.TemporaryDirectory() as folder:
        for i in frames:
            animate(i)
            figure.savefig(pixels, format="rgba", dpi=dpi, **SAVEFIG)
        digest = prepare(by, figure, dpi, (width, height))
        digest_block(digest, animate, range(first - 1, first))  # the state at the end of the previous block
        for _ in range(rounds):
            pixels.seek(0)
            started = time.perf_counter()
            subprocess.run(command, stdin=pixels, cwd=folder, check=True, capture_output=True)
            encoded = time.perf_counter()
            known.append(digest_block(digest, animate, frames))
            pairs.append((encoded - started, time.perf_counter() - encoded))
    assert None not in known[0], "a frame has no fingerprint"
    assert all(digests == known[0] for digests in known), "the digests of the same frames differ between rounds"
    print(json.dumps(pairs))


if __name__ == "__main__":
    main(*sys.argv[1:3], *map(int, sys.argv[3:]))
