"""Stitchers, which join movies of the same settings into one without encoding again."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from ..errors import StitchError
from ..model import Joint, Part
from .executables import find_ffmpeg
from .join_ffmpeg import join_by_ffmpeg, probe
from .join_mencoder import join_by_mencoder
from .replacing import replacing

_JOIN: dict[str, Callable[[str, Sequence[Part], Path, Joint, Sequence[str]], None]] = {
    "ffmpeg": join_by_ffmpeg,
    "mencoder": join_by_mencoder,
}
SUPPORTED = tuple(_JOIN)


class Stitcher:
    """Joins movies into one, by stream copy.

    Parameters
    ----------
    name : {"ffmpeg", "mencoder"}
        The program that joins.
    args : sequence of str, optional
        More options for the program, added to the required ones.

    Raises
    ------
    ValueError
        If *name* is not supported; the message lists what is.

    Notes
    -----
    The interface is that of the 2015 proposal to matplotlib (pull request
    4509).  One stitcher can join any number of movies.
    """

    def __init__(self, name: str, args: Sequence[str] | None = None) -> None:
        if name not in _JOIN:
            raise ValueError(f"Unsupported stitcher {name!r}. Supported stitchers: {', '.join(SUPPORTED)}.")
        self.name = name
        self.args = tuple(args or ())

    def stitch(self, fname: str | os.PathLike[str], fnames: Sequence[str | os.PathLike[str]]) -> None:
        """Join the movies *fnames*, in their order, into *fname*.

        Parameters
        ----------
        fname : path-like
            The movie to write.  An existing one is replaced once the new one is whole.
        fnames : sequence of path-like
            Movies of the same codec, size, pixel format and frame rate.

        Raises
        ------
        StitchError
            If the movies do not fit together, or the result does not have all their frames.
        IparsaveError
            If the program is not installed.
        """
        ffmpeg = find_ffmpeg()
        probed = [probe(ffmpeg, Path(name)) for name in fnames]
        if not probed:
            raise StitchError("there are no movies to stitch", "pass at least one movie")
        for name, facts in zip(fnames, probed, strict=True):
            if facts.kind != probed[0].kind:
                raise StitchError(
                    f"cannot join {os.fspath(name)} to {os.fspath(fnames[0])}: "
                    f"{facts.kind} differs from {probed[0].kind}",
                    "stitch movies with the same codec, size, pixel format and frame rate",
                )
        parts = [Part(Path(name), facts.frames) for name, facts in zip(fnames, probed, strict=True)]
        self.join(parts, Path(fname), Joint(probed[0].fps, probed[0].timescale), ffmpeg)

    def join(self, parts: Sequence[Part], output: Path, joint: Joint, ffmpeg: str) -> None:
        """Join *parts*, which must fit together, into *output*; replace it only once the new file is whole."""
        with replacing(output) as temporary:
            self.write(parts, temporary, joint, ffmpeg)

    def write(self, parts: Sequence[Part], output: Path, joint: Joint, ffmpeg: str) -> None:
        """Join *parts*, which must fit together, directly into *output*, a file that nothing else reads yet."""
        _JOIN[self.name](ffmpeg, parts, output, joint, self.args)
