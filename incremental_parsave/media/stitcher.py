"""Stitchers, which join movies of the same settings into one without encoding again.

ffmpeg's concat demuxer joins, and lists the time of every frame, which is checked.  mencoder
writes AVI; ffmpeg then sets the clock and the container.
"""

from __future__ import annotations

import io
import os
import tempfile
from array import array
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from ..errors import StitchError
from ..model import Joint, Part
from ..processes import programs
from .executables import find_ffmpeg, find_mencoder
from .replacing import replacing

_MICRO = 1_000_000
# In seconds.  The clock of every container is at least this precise; Matroska's counts milliseconds.
_TOLERANCE = Fraction(1, 1000)


class Packets(NamedTuple):
    """What ffmpeg's ``framecrc`` muxer reports about a stream.

    Attributes
    ----------
    head : str
        Codec, global header and size; equal for streams that can be joined.
    tick : Fraction
        The unit of `times`, in seconds.
    times : sequence of int
        Presentation times of all packets, in ticks, ascending.  Eight bytes each, since a movie may be long.
    duration : int
        Duration of the first packet, in ticks.
    """

    head: str
    tick: Fraction
    times: Sequence[int]
    duration: int

    def are_exact(self, frames: int, fps: Fraction) -> bool:
        """Whether the packets are exactly *frames* frames, frame k at k/fps."""
        # Integers, since arithmetic with 20,000 fractions takes longer than the copying.
        ours, theirs = self.tick.numerator * fps.numerator, self.tick.denominator * fps.denominator
        most = _TOLERANCE * self.tick.denominator * fps.numerator
        return len(self.times) == frames and all(
            abs(time * ours - k * theirs) < most for k, time in enumerate(self.times)
        )


def parse_packets(lines: Iterable[str]) -> Packets:
    """Parse the output of ``-f framecrc`` for stream 0."""
    head, tick = [], Fraction(0)
    times, duration = array("q"), 0
    for line in lines:
        if line.startswith("0,"):
            row = line.split(",")
            duration = duration if times else int(row[3])
            times.append(int(row[2]))
        elif line.startswith(("#codec_id 0", "#extradata 0", "#dimensions 0")):
            head.append(" ".join(line.split()))
        elif line.startswith("#tb 0:"):
            tick = Fraction(line.partition(":")[2].strip())
    return Packets(", ".join(sorted(head)), tick, array("q", sorted(times)), duration)


class Facts(NamedTuple):
    """What must be known about a movie to join it with others."""

    frames: int
    fps: Fraction
    timescale: int | None
    kind: str


def probe(ffmpeg: str, movie: Path) -> Facts:
    """Return the `Facts` of a movie with a constant frame rate."""
    command = [ffmpeg, "-v", "error", "-i", str(movie), "-map", "0:v:0", "-c", "copy", "-f", "framecrc", "-"]
    status, packets, errors = _listed(command)
    if status != 0 or not packets.times:
        raise StitchError(f"ffmpeg cannot read {movie}", "", _last_lines(errors))
    first, last, count = packets.times[0], packets.times[-1], len(packets.times)
    spacing = Fraction(last - first, count - 1) if count > 1 else Fraction(packets.duration)
    fps = (1 / (spacing * packets.tick)).limit_denominator(1001)
    timescale = packets.tick.denominator if movie.suffix in (".mp4", ".mov") else None
    return Facts(count, fps, timescale, f"{packets.head}, {fps} fps")


def concat_list(parts: Sequence[Part], fps: Fraction) -> str:
    """Return a script for the concat demuxer.

    The demuxer counts in microseconds.  Each duration is the difference of two
    rounded *cumulative* times: rounding every duration by itself would drift.
    """
    lines = ["ffconcat version 1.0"]
    frames = before = 0
    for part in parts:
        frames += part.frames
        end = round(frames / fps * _MICRO)
        name = str(part.path.absolute()).replace("'", "'\\''")
        seconds, micro = divmod(end - before, _MICRO)
        lines += [f"file '{name}'", f"duration {seconds}.{micro:06d}"]
        before = end
    return "\n".join(lines) + "\n"


def join_by_ffmpeg(ffmpeg: str, parts: Sequence[Part], output: Path, joint: Joint, args: Sequence[str]) -> None:
    """Join *parts* into *output* with ffmpeg's concat demuxer."""
    with tempfile.NamedTemporaryFile("w", suffix=".ffconcat", encoding="utf-8") as script:
        script.write(concat_list(parts, joint.fps))
        script.flush()
        source = ["-f", "concat", "-safe", "0", "-i", script.name]
        copy_and_count(ffmpeg, source, output, joint, args, sum(part.frames for part in parts))


def copy_and_count(
    ffmpeg: str, source: Sequence[str], output: Path, joint: Joint, args: Sequence[str], frames: int
) -> None:
    """Copy a stream into *output*, and check that it has *frames* frames, frame k at k/fps.

    ffmpeg drops a missing or truncated segment silently, with exit status 0.  So
    the run that copies the packets also lists them.
    """
    clock = ["-video_track_timescale", str(joint.timescale)] if joint.timescale else []
    command = [ffmpeg, "-hide_banner", "-nostdin", "-nostats", "-v", "error", "-xerror", *source]
    command += ["-map", "0:v:0", "-c", "copy", *clock, "-fflags", "+bitexact", *joint.options, *args]
    command += ["-y", os.path.abspath(output), "-map", "0:v:0", "-c", "copy", "-f", "framecrc", "pipe:1"]
    status, packets, errors = _listed(command)
    if status != 0:
        raise StitchError(
            f"ffmpeg failed to join the segments into {output.suffix} (exit status {status})",
            f"check that {output.suffix} files support the codec",
            _last_lines(errors),
        )
    if not packets.are_exact(frames, joint.fps):
        raise StitchError(
            f"the joined movie has {len(packets.times)} frames, expected {frames} at regular times",
            "build again with --force; the previous movie is kept",
            _last_lines(errors),
        )


def _listed(command: Sequence[str]) -> tuple[int, Packets, str]:
    """Run *command*; return its exit status, the packets that it lists on stdout, and its error messages."""
    with tempfile.TemporaryFile("w+", errors="replace") as errors:
        with programs.start(command, stdout=programs.PIPE, stderr=errors) as running:
            assert running.stdout is not None
            with io.TextIOWrapper(running.stdout, "utf-8", "replace") as lines:
                packets = parse_packets(lines)
        errors.seek(0)
        return running.returncode, packets, errors.read()


def _last_lines(text: str) -> str:
    return "\n".join("  ffmpeg: " + line for line in text.strip().splitlines()[-8:])


def join_by_mencoder(ffmpeg: str, parts: Sequence[Part], output: Path, joint: Joint, args: Sequence[str]) -> None:
    """Join *parts* into *output* with mencoder.

    mencoder writes AVI whatever the suffix of the file name, and rounds some frame
    rates to whole numbers (125/4 becomes 31).  So ffmpeg always copies its file once
    more, with the frame rate as a fraction.
    """
    joined = output.with_name(output.name + ".avi")
    command = [find_mencoder(), "-ovc", "copy", "-nosound", "-idx", *args, "-o", str(joined.absolute())]
    command += [str(part.path.absolute()) for part in parts]
    try:
        done = programs.run(command)
        if done.returncode != 0:
            lines = (done.stdout + done.stderr).decode("utf-8", "replace").strip().splitlines()[-8:]
            raise StitchError(
                f"mencoder failed to join the segments (exit status {done.returncode})",
                "use --stitcher ffmpeg",
                "\n".join("  mencoder: " + line for line in lines),
            )
        source = ["-r", str(joint.fps), "-i", str(joined)]
        copy_and_count(ffmpeg, source, output, joint, (), sum(part.frames for part in parts))
    finally:
        joined.unlink(missing_ok=True)


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
