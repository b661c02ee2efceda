"""ffmpeg's concat demuxer, held to the microsecond."""

from __future__ import annotations

import io
import os
import tempfile
from array import array
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from ..errors import StitchError
from ..model import Joint, Part
from ..processes import programs

_MICRO = 1_000_000
# Every clock is at least this exact; Matroska counts milliseconds.
_TOLERANCE = Fraction(1, 1000)


class Packets(NamedTuple):
    """What ffmpeg's ``framecrc`` tells of a stream.

    Attributes
    ----------
    head : str
        Codec, global header and size: equal for streams that join.
    tick : Fraction
        One unit of the times, in seconds.
    times : sequence of int
        Of every packet, in ticks, in order of presentation; eight bytes each, since a movie may be long.
    duration : int
        Of the first packet, in ticks.
    """

    head: str
    tick: Fraction
    times: Sequence[int]
    duration: int

    def are_exact(self, frames: int, fps: Fraction) -> bool:
        """Whether they are *frames* frames, frame k at k/fps."""
        # In whole numbers: 20,000 fractions take longer than the copying.
        ours, theirs = self.tick.numerator * fps.numerator, self.tick.denominator * fps.denominator
        most = _TOLERANCE * self.tick.denominator * fps.numerator
        return len(self.times) == frames and all(
            abs(time * ours - k * theirs) < most for k, time in enumerate(self.times)
        )


def parse_packets(lines: Iterable[str]) -> Packets:
    """Return what the output of ``-f framecrc`` says of stream 0."""
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
    """What must be known of a movie to join it with others."""

    frames: int
    fps: Fraction
    timescale: int | None
    kind: str


def probe(ffmpeg: str, movie: Path) -> Facts:
    """Return the facts of a movie of constant frame rate."""
    command = [ffmpeg, "-v", "error", "-i", str(movie), "-map", "0:v:0", "-c", "copy", "-f", "framecrc", "-"]
    status, packets, errors = _listed(command)
    if status != 0 or not packets.times:
        raise StitchError(f"{movie} is not a movie that ffmpeg can read", "", _last_lines(errors))
    first, last, count = packets.times[0], packets.times[-1], len(packets.times)
    spacing = Fraction(last - first, count - 1) if count > 1 else Fraction(packets.duration)
    fps = (1 / (spacing * packets.tick)).limit_denominator(1001)
    timescale = packets.tick.denominator if movie.suffix in (".mp4", ".mov") else None
    return Facts(count, fps, timescale, f"{packets.head}, {fps} fps")


def concat_list(parts: Sequence[Part], fps: Fraction) -> str:
    """Return a script for the concat demuxer.

    The demuxer counts in microseconds.  Durations are differences of rounded
    *cumulative* times: rounding each by itself would drift.
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
    """Copy a stream into *output*, and see that it was *frames* frames, frame k at k/fps.

    ffmpeg drops a missing or truncated segment in silence and with exit status
    0, so the packets are listed by the same run that copies them.
    """
    clock = ["-video_track_timescale", str(joint.timescale)] if joint.timescale else []
    command = [ffmpeg, "-hide_banner", "-nostdin", "-nostats", "-v", "error", "-xerror", *source]
    command += ["-map", "0:v:0", "-c", "copy", *clock, "-fflags", "+bitexact", *joint.options, *args]
    command += ["-y", os.path.abspath(output), "-map", "0:v:0", "-c", "copy", "-f", "framecrc", "pipe:1"]
    status, packets, errors = _listed(command)
    if status != 0:
        raise StitchError(
            f"ffmpeg could not join the segments into {output.suffix} (exit status {status})",
            f"see whether the codec may stand in a {output.suffix} file",
            _last_lines(errors),
        )
    if not packets.are_exact(frames, joint.fps):
        raise StitchError(
            f"the joined movie has {len(packets.times)} frames where {frames} were expected, or not at their times",
            "build again with --force; the movie that was there is kept",
            _last_lines(errors),
        )


def _listed(command: Sequence[str]) -> tuple[int, Packets, str]:
    """Run *command*; return its exit status, the packets that it lists as they come, and what it complains of."""
    with tempfile.TemporaryFile("w+", errors="replace") as errors:
        with programs.start(command, stdout=programs.PIPE, stderr=errors) as running:
            assert running.stdout is not None
            packets = parse_packets(io.TextIOWrapper(running.stdout, "utf-8", "replace"))
        errors.seek(0)
        return running.returncode, packets, errors.read()


def _last_lines(text: str) -> str:
    return "\n".join("  ffmpeg: " + line for line in text.strip().splitlines()[-8:])
