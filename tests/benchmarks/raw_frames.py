"""Write the frames of a scene as raw pixels, and print the command that encodes them as a build does.

Run this in the folder of ``scene.py``.  The arguments are ffmpeg, the number of
frames, and the files to write, among which the frames are divided evenly.  The
command is printed as JSON.
"""

from __future__ import annotations

import json
import runpy
import sys
from fractions import Fraction
from typing import Any

from matplotlib.animation import AbstractMovieWriter, Animation, FFMpegWriter

from incremental_parsave.media.encode import command, encoding_for

SEGMENT = "segment.mp4"


def encoder(ffmpeg: str, size: tuple[int, int], fps: int, codec: str) -> list[str]:
    """Return the command with which a build encodes frames from its standard input into ``segment.mp4``."""
    writer = FFMpegWriter(fps=fps, codec=codec)
    writer.outfile = SEGMENT
    options = writer.output_args[:-2]  # without -y and the file name
    encoding = encoding_for(size, Fraction(fps), options, ".mp4", blocks=2, shortest=3, stitcher="ffmpeg")
    return command(ffmpeg, encoding, SEGMENT)


class _Raw(AbstractMovieWriter):
    """A movie writer that divides raw frames evenly among several files."""

    def __init__(self, fps: int, frames: int, names: list[str]) -> None:
        super().__init__(fps=fps)
        self._left = [(name, frames * (i + 1) // len(names)) for i, name in enumerate(names)]
        self._drawn = 0
        self._file: Any = None

    def setup(self, fig: Any, outfile: Any, dpi: Any = None) -> None:
        super().setup(fig, outfile, dpi)

    def grab_frame(self, **kwargs: Any) -> None:
        if self._file is None:
            self._file = open(self._left[0][0], "wb")  # noqa: SIM115 - closed when it has its frames
        self.fig.savefig(self._file, format="rgba", dpi=self.dpi, **kwargs)
        self._drawn += 1
        if self._drawn == self._left[0][1]:
            self._file.close()
            self._file = None
            del self._left[0]

    def finish(self) -> None:
        assert not self._left, "the scene has fewer frames than were asked for"


def main(ffmpeg: str, frames: int, names: list[str]) -> None:
    """Write the frames, and print the command."""
    save = Animation.save

    def written(anim: Any, filename: str, fps: int, codec: str) -> None:
        writer = _Raw(fps, frames, names)
        save(anim, filename, writer=writer)
        print(json.dumps(encoder(ffmpeg, writer.frame_size, fps, codec)))

    Animation.save = written
    runpy.run_path("scene.py", run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
