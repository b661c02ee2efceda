"""Encode one block of raw frames into one segment with ffmpeg.

All knowledge about ffmpeg's encoding options is in this module: which of the
writer's options treat each frame by itself, so that the movie can be encoded in
blocks; which options belong to the finished movie; and which container holds a
segment so that joining loses nothing.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import IO

from ..errors import EncoderError
from ..model import Joint
from ..processes import lifeline, locks, programs

JOINABLE_SUFFIXES = frozenset({".mp4", ".mov", ".mkv", ".avi"})
"""Suffixes of movies that are joined from segments; any other movie is encoded as one block."""

_CODEC = frozenset({"-vcodec", "-c:v", "-codec:v", "-c", "-codec"})
_PER_FRAME = _CODEC | frozenset(
    "-pix_fmt -crf -qp -q -q:v -qscale -qscale:v -qmin -qmax -b -b:v -minrate -maxrate -bufsize -preset"
    " -tune -profile -profile:v -level -level:v -g -keyint_min -bf -refs -sc_threshold -threads -coder"
    " -context -slices -slicecrc -pred -compression_level -color_primaries -color_trc -colorspace"
    " -color_range -cpu-used -deadline -quality -lossless -aq-mode -sws_flags".split()
)
_PARAMS = frozenset({"-x264-params", "-x264opts", "-x265-params"})
_FILTER = frozenset({"-vf", "-filter:v"})
_ALONE = frozenset({"-an", "-sn", "-dn"})  # options without a value
_MUXER = frozenset({"-metadata", "-metadata:s:v", "-metadata:s:v:0", "-movflags", "-tag:v", "-vtag", "-brand"})

# Filters whose output frame depends on one input frame only.
_FRAME_FILTERS = frozenset(
    "scale format pad crop hflip vflip transpose eq hue lut lutrgb lutyuv negate setsar setdar colorspace"
    " colormatrix zscale null gblur unsharp boxblur curves colorbalance colorchannelmixer".split()
)
# Options and filters that look across frames, but read no file and write only the movie.
_ACROSS = frozenset("-r -t -ss -to -frames:v -vframes -f -loop -map".split())
_ACROSS_FILTERS = frozenset(
    "fade fps setpts trim reverse tmix tblend minterpolate framerate loop split palettegen paletteuse alphaextract"
    " drawbox overlay hstack vstack".split()
)
# Finds a time, a frame number or a file in a filter's arguments.
_LOOKS_ACROSS = re.compile(r"(?<![A-Za-z_])(t|n|pos|enable|eval|sendcmd)(?![A-Za-z_])|file")

# Codecs whose segments were tested to join exactly.  HEVC is not among them: ffmpeg reports
# damaged parameter sets at the seams.
_B_FRAMES = frozenset({"h264", "libx264", "libx264rgb"})
_MP4_CODECS = _B_FRAMES | {"mpeg4", "vp9", "libvpx-vp9"}  # segments in MP4, whose clock is exact
_MOV_CODECS = frozenset({"ffv1", "mjpeg", "png", "rawvideo"})  # segments in MOV, which holds more codecs
_SHORTEST_WITH_B_FRAMES = 3
# Removes tags of a segment's container, which Matroska would copy.
_NOT_OF_MATROSKA = ("-metadata:s:v:0", "handler_name=", "-metadata:s:v:0", "vendor_id=")

_PIPE_BYTES = 1 << 20


@dataclass(frozen=True)
class Encoding:
    """How raw frames are encoded into a segment.

    Attributes
    ----------
    size : tuple of int
        Width and height of a frame, in pixels.
    fps : Fraction
        Frames per second.
    options : tuple of str
        Encoder options, as given to ffmpeg between input and output.
    suffix : str
        Suffix of a segment's container, with the dot.
    timescale : int or None
        Ticks per second of the segment's clock, for MP4 and MOV.
    joint : Joint
        How segments are joined into the movie.
    why_one_block : str
        Why this movie must be encoded as one block; empty if it can have several.
    movie_suffix : str
        Suffix of the movie that segments are joined into.
    reusable : bool
        Whether the same frames with the same options always give the same
        movie.  Unknown options may read other files.
    """

    size: tuple[int, int]
    fps: Fraction
    options: tuple[str, ...]
    suffix: str
    timescale: int | None
    joint: Joint
    why_one_block: str = ""
    movie_suffix: str = ""
    reusable: bool = True

    def key(self) -> list[tuple[str, str]]:
        """Return the settings that decide a segment's bytes, as pairs of name and value."""
        width, height = self.size
        named = [("frame size", f"{width}x{height}"), ("frames a second", str(self.fps))]
        for option in self.options:
            if option.startswith("-") or not named[-1][0].startswith("-"):
                named.append((option, ""))
            else:
                name, value = named[-1]
                named[-1] = name, f"{value} {shlex.quote(option)}".lstrip()
        named += [
            ("container", self.suffix),
            ("ticks a second", str(self.timescale)),
            ("one block", str(bool(self.why_one_block))),
        ]
        return named


def encoding_for(
    size: tuple[int, int],
    fps: Fraction,
    output_args: Sequence[str],
    suffix: str,
    *,
    blocks: int | None,
    shortest: int,
    stitcher: str,
) -> Encoding:
    """Return how to encode the blocks of a movie.

    Parameters
    ----------
    size : tuple of int
        Width and height of a frame, in pixels.
    fps : Fraction
        Frames per second.
    output_args : sequence of str
        The writer's options for its output file, without the file name.
    suffix : str
        Suffix of the movie, with the dot.
    blocks : int or None
        The number of blocks; None if it is not known in advance.  A single
        block is encoded with the writer's own options, straight into the
        movie's container.
    shortest : int
        The smallest number of frames that a block may have.
    stitcher : {"ffmpeg", "mencoder"}
        The program that will join the segments.
    """
    encoder, muxer, why_one_block = _sort_options(output_args)
    if blocks == 1:
        why_one_block = "it is one block"
    elif suffix not in JOINABLE_SUFFIXES:
        why_one_block = f"{suffix[1:].upper() or 'a file without suffix'} is encoded whole"
    codec = _last_value(encoder, _CODEC)
    if not why_one_block and codec not in _MP4_CODECS | _MOV_CODECS:
        why_one_block = f"the codec {codec} is encoded whole, since its segments may not join exactly"
    if why_one_block:
        reusable = reads_nothing(output_args)
        return Encoding(size, fps, tuple(output_args), suffix, None, Joint(fps), why_one_block, suffix, reusable)

    given = set(encoder[::2])
    if "-threads" not in given:
        # Blocks are encoded in parallel, and the bytes must not depend on the machine.
        encoder += ["-threads", "1"]
    no_pts = suffix == ".avi" or stitcher == "mencoder"  # AVI keeps no presentation times
    if codec in _B_FRAMES and "-bf" not in given and (no_pts or shortest < _SHORTEST_WITH_B_FRAMES):
        encoder += ["-bf", "0"]
    timescale: int | None
    container, timescale = ".mp4" if codec in _MP4_CODECS else ".mov", mp4_timescale(fps)
    if suffix == ".avi" or stitcher == "mencoder":
        container, timescale = ".avi", None  # with any other clock, ffmpeg fills an AVI with empty packets
    if suffix == ".mkv":
        muxer = [*_NOT_OF_MATROSKA, *(["-tag:v", "MPNG"] if codec == "png" else []), *muxer]
    joint = Joint(fps, mp4_timescale(fps) if suffix in (".mp4", ".mov") else None, tuple(muxer))
    return Encoding(size, fps, tuple(encoder), container, timescale, joint, "", suffix)


def _sort_options(output_args: Sequence[str]) -> tuple[list[str], list[str], str]:
    """Return the encoder's options, the muxer's options, and why the movie must be one block, if it must."""
    encoder: list[str] = []
    muxer: list[str] = []
    rest = iter(output_args)
    for option in rest:
        if option in _ALONE:
            continue  # they leave out other streams, and there are none
        value = next(rest, None)
        if value is None:
            return encoder, muxer, f"with the encoder option {option}, the movie is encoded whole"
        if option in _MUXER:
            muxer += [option, value]
        elif option in _PER_FRAME or _harmless(option, value):
            encoder += [option, value]
        else:
            return encoder, muxer, f"with the encoder option {option} {value}, the movie is encoded whole"
    return encoder, muxer, ""


def _harmless(option: str, value: str) -> bool:
    if option in _PARAMS:
        return not re.search(r"(^|:)(pass|stats|zones|qpfile)=", value)
    if option in _FILTER:
        if re.search(r"[;\[\]'\"\\]", value) or _LOOKS_ACROSS.search(value):
            return False
        return all(f.partition("=")[0].strip() in _FRAME_FILTERS for f in value.split(","))
    return False


def reads_nothing(output_args: Sequence[str]) -> bool:
    """Whether *output_args* are known to read nothing but the frames."""
    rest = iter(output_args)
    for option in rest:
        if option in _ALONE or option == "-shortest":
            continue
        value = next(rest, "")
        if option in _FILTER or option == "-filter_complex":
            filters = re.split("[;,]", re.sub(r"\[[^\]]*\]", "", value))
            names = {f.partition("=")[0].partition("@")[0].strip() for f in filters}
            if not names <= _FRAME_FILTERS | _ACROSS_FILTERS or "file" in value:
                return False
        elif option not in _PER_FRAME | _MUXER | _ACROSS and not _harmless(option, value):
            return False
    return True


def _last_value(options: Sequence[str], names: frozenset[str]) -> str:
    value = ""
    for name, following in zip(options[::2], options[1::2], strict=True):
        if name in names:
            value = following
    return value


def header_options(report: str) -> list[str]:
    """Return options that give a stream copy the colours and the scan type that ffmpeg's *report* names."""
    found = re.search(r"Video: .*?, \w+\(([^)]*)\)", report)
    options = []
    for field in found[1].split(", ") if found is not None else ():
        if field in ("pc", "tv"):
            options += ["-color_range", field]
        elif field == "progressive":
            options += ["-field_order", field]
        elif " " not in field:  # one name for all three options, or three names
            names = (field.split("/") * 3)[:3]
            for option, name in zip(("-colorspace", "-color_primaries", "-color_trc"), names, strict=True):
                if name != "unknown":
                    options += [option, "rgb" if name == "gbr" else name]
    return options


def mp4_timescale(fps: Fraction) -> int:
    """Return the ticks per second of an MP4 clock on which each frame at *fps* falls on a tick."""
    ticks = fps.numerator
    while ticks < 10_000:
        ticks *= 2
    return ticks


def command(ffmpeg: str, encoding: Encoding, output: str) -> list[str]:
    """Return the ffmpeg command that encodes raw RGBA frames from its standard input.

    For a segment, the command also lists the packets on its standard output.
    `Encoder.finish` checks by this list that the segment is whole.
    """
    width, height = encoding.size
    raw = ["-f", "rawvideo", "-pix_fmt", "rgba", "-s", f"{width}x{height}", "-framerate", str(encoding.fps)]
    start = [ffmpeg, "-hide_banner", "-nostats", "-loglevel", "error", *raw, "-i", "pipe:0"]
    if encoding.why_one_block:
        # Without this flag, Matroska and WebM files contain random numbers.
        return [*start, "-fflags", "+bitexact", *encoding.options, "-y", output]
    container = encoding.suffix[1:]
    # The muxers of MP4 and MOV ask the encoder for a global header, but `tee` does not.
    header = ["-flags:v", "+global_header"] if encoding.timescale else []
    if encoding.timescale:
        container += f":video_track_timescale={encoding.timescale}"
    outputs = f"[f={container}]{output}|[f=framecrc]pipe\\:1"
    return [*start, *encoding.options, "-map", "0:v", *header, "-f", "tee", "-y", outputs]


class Encoder:
    """The running encoder process of one block.

    Parameters
    ----------
    ffmpeg : str
        The program.
    encoding : Encoding
    frames : file or None
        The raw frames, read from the current position of its descriptor to the
        end; None if they will be passed to `write` one by one.
    output : Path
        The file to write.
    what : str
        Names what is encoded, in error messages.
    """

    def __init__(self, ffmpeg: str, encoding: Encoding, frames: IO[bytes] | None, output: Path, what: str) -> None:
        self.output, self._encoding, self._what = output, encoding, what
        self._packets = tempfile.TemporaryFile()  # noqa: SIM115 - closed in finish
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115
        # Run in the folder of the output, and give only its name: `tee` has its own syntax for paths.
        self._process = programs.start(
            command(ffmpeg, encoding, output.name if not encoding.why_one_block else str(output)),
            cwd=output.parent if not encoding.why_one_block else None,
            stdin=programs.PIPE if frames is None else frames,
            stdout=self._packets,
            stderr=self._errors,
        )
        self._lifeline = lifeline.also(self._process.pid)
        if self._process.stdin is not None:
            locks.widen(self._process.stdin.fileno(), _PIPE_BYTES)

    def write(self, pixels: memoryview) -> None:
        """Pass one frame to the encoder; its errors are raised by `finish`."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(pixels)

    def end(self) -> None:
        """Close the encoder's input: many encoders do most of their work only then."""
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()

    def finish(self, count: int) -> str:
        """Wait for the encoder to end; return the checksum of the codec's global header.

        Parameters
        ----------
        count : int
            The number of frames that were passed.

        Raises
        ------
        EncoderError
            If the encoder failed, or the segment does not hold exactly these frames.
        """
        self.end()
        status = self._process.wait()
        self._release_lifeline()
        with self._packets, self._errors:
            self._packets.seek(0)
            self._errors.seek(0)
            packets = self._packets.read().decode("ascii", "replace").splitlines()
            errors = self._errors.read().decode("utf-8", "replace").strip().splitlines()
        if status != 0:
            raise EncoderError(
                f"ffmpeg failed to encode {self._what} (exit status {status})",
                "check the codec and extra_args of the writer; the options were: " + " ".join(self._encoding.options),
                "\n".join("  ffmpeg: " + line for line in errors[-8:]),
            )
        if self._encoding.why_one_block:
            return ""
        return self._check(packets, count)

    def _check(self, packets: list[str], count: int) -> str:
        """Check that the segment has *count* frames, one per tick, the first a keyframe.

        Return the checksum of the codec's global header.
        """
        rows = [line.split(",") for line in packets if line.startswith("0,")]
        times = sorted(int(row[2]) for row in rows)
        first_is_key = bool(rows) and not any(field.strip() == "F=0x0" for field in rows[0])
        if times != list(range(count)) or not first_is_key:
            raise EncoderError(
                f"ffmpeg wrote {len(rows)} frames of {self._what}, expected {count} at regular times",
                "this codec with these options does not support blocks: use --block-size all",
            )
        extradata = (line for line in packets if line.startswith("#extradata 0:"))
        return next(extradata, "").partition(":")[2].replace(" ", "")

    def _release_lifeline(self) -> None:
        """Close the lifeline, which would have ended the encoder together with the command."""
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1

    def kill(self) -> None:
        """Kill the encoder and remove its output."""
        self._process.kill()
        self.end()
        self._process.wait()
        self._release_lifeline()
        self._packets.close()
        self._errors.close()
        self.output.unlink(missing_ok=True)
