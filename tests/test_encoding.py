"""Segments that join exactly: codecs, containers, frame rates, lengths of blocks."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from incremental_parsave.errors import EncoderError, StitchError
from incremental_parsave.media.encode import Encoder, Encoding, encoding_for
from incremental_parsave.media.stitcher import Stitcher, concat_list
from incremental_parsave.model import Part

from .space import FFMPEG, frames_of, times_of
from .test_parsave import needs_mencoder

SIZE = (32, 16)
COUNT = 23


def raw(start: int, stop: int) -> bytes:
    return b"".join(
        bytes([5 * k & 255, 7 * k & 255, 11 * k & 255, 255]) * (SIZE[0] * SIZE[1]) for k in range(start, stop)
    )


@pytest.fixture(scope="module")
def segments(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., tuple[list[Part], set[str], list[str]]]:
    """Return a function that gives the parts, headers and frames of blocks, and encodes each case only once."""
    known: dict[str, tuple[list[Part], set[str], list[str]]] = {}

    def make(encoding: Encoding, blocks: list[tuple[int, int]]) -> tuple[list[Part], set[str], list[str]]:
        key = repr((encoding.key(), blocks))
        if key not in known:
            parts, headers = encode(tmp_path_factory.mktemp("segments"), encoding, blocks)
            known[key] = parts, headers, frames_of(*(part.path for part in parts))
        return known[key]

    return make


def encode(folder: Path, encoding: Encoding, blocks: list[tuple[int, int]]) -> tuple[list[Part], set[str]]:
    parts, headers = [], set()
    for start, stop in blocks:
        with tempfile.TemporaryFile() as frames:
            frames.write(raw(start, stop))
            frames.flush()
            os.lseek(frames.fileno(), 0, os.SEEK_SET)
            encoder = Encoder(FFMPEG, encoding, frames, folder / f"{start}{encoding.suffix}", "a test")
            headers.add(encoder.finish(stop - start))
            parts.append(Part(encoder.output, stop - start))
    return parts, headers


def blocks_of(length: int, count: int = COUNT) -> list[tuple[int, int]]:
    return [(start, min(count, start + length)) for start in range(0, count, length)]


CODECS = {
    "libx264": [],
    "libx264rgb": ["-qp", "0"],
    "mpeg4": ["-q:v", "3"],
    "ffv1": [],
    "mjpeg": ["-pix_fmt", "yuvj420p"],
    "png": [],
}
# Frames per second, frames per block, number of frames.
CASES = [(Fraction(200, 7), 7, COUNT), (Fraction(20), 2, 5), (Fraction(24000, 1001), 9, COUNT)]


@pytest.mark.rows(3)
@pytest.mark.parametrize("stitcher", ["ffmpeg", pytest.param("mencoder", marks=needs_mencoder)])
@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".avi"])
def test_joined_movie_has_exact_frames_and_times(
    tmp_path: Path, segments, suffix: str, codec: str, stitcher: str
) -> None:
    if (codec, suffix) in {("ffv1", ".mp4"), ("ffv1", ".mov")}:
        return  # ffmpeg does not write this codec to these containers
    if stitcher == "mencoder" and (codec in ("libx264rgb", "png") or suffix in (".mov", ".mkv")):
        return  # its AVI has no tags for these codecs; other suffixes are copied like .mp4
    for number, (fps, length, count) in enumerate([*CASES, (Fraction(1, 3), 1, 4)]):
        folder = tmp_path / str(number)
        folder.mkdir()
        options = ["-vcodec", codec, *CODECS[codec]]
        blocks = blocks_of(length, count)
        shortest = min(stop - start for start, stop in blocks)
        encoding = encoding_for(SIZE, fps, options, suffix, blocks=99, shortest=shortest, stitcher=stitcher)
        assert not encoding.why_one_block
        parts, headers, frames = segments(encoding, blocks)
        assert len(headers) == 1
        movie = folder / f"movie{suffix}"
        Stitcher(stitcher).join(parts, movie, encoding.joint, FFMPEG)
        tolerance = Fraction(1, 1000) if suffix == ".mkv" else 0  # Matroska counts milliseconds
        times = times_of(movie)
        assert len(times) == count
        assert max(abs(time - k / fps) for k, time in enumerate(times)) <= tolerance
        assert frames_of(movie) == frames
        again = movie.read_bytes()
        Stitcher(stitcher).join(parts, movie, encoding.joint, FFMPEG)
        assert movie.read_bytes() == again


@pytest.mark.parametrize("damage", ["missing", "empty", "truncated"])
def test_damaged_segment_is_an_error_and_the_old_movie_is_kept(tmp_path: Path, damage: str) -> None:
    encoding = encoding_for(SIZE, Fraction(20), ["-vcodec", "libx264"], ".mp4", blocks=3, shortest=9, stitcher="ffmpeg")
    parts, _ = encode(tmp_path, encoding, blocks_of(9))
    movie = tmp_path / "movie.mp4"
    movie.write_text("the old one")
    middle = parts[1].path
    if damage == "missing":
        middle.unlink()
    else:
        middle.write_bytes(b"" if damage == "empty" else middle.read_bytes()[:900])
    with pytest.raises(StitchError):
        Stitcher("ffmpeg").join(parts, movie, encoding.joint, FFMPEG)
    assert movie.read_text() == "the old one"
    assert not list(tmp_path.glob(".*"))


def test_encoder_that_writes_too_few_frames_is_an_error(tmp_path: Path) -> None:
    encoding = encoding_for(SIZE, Fraction(20), ["-vcodec", "mpeg4"], ".mp4", blocks=3, shortest=9, stitcher="ffmpeg")
    with tempfile.TemporaryFile() as frames:
        frames.write(raw(0, 5))
        frames.flush()
        os.lseek(frames.fileno(), 0, os.SEEK_SET)
        encoder = Encoder(FFMPEG, encoding, frames, tmp_path / "x.mp4", "block 3 (frames 0-5) of x.mp4")
        with pytest.raises(EncoderError, match="wrote 5 frames of block 3"):
            encoder.finish(6)


@pytest.mark.parametrize(
    "options",
    [
        ["-vf", "fade=in:0:30"],
        ["-vf", "fps=10"],
        ["-vf", "setpts=2*PTS"],
        ["-vf", "drawtext=text=%{pts}"],
        ["-vf", "crop=100:100:t*10:0"],
        ["-vf", "hue=H=2*PI*t"],
        ["-vf", "movie=logo.png [l]; [in][l] overlay"],
        ["-vf", "lut3d=file.cube"],
        ["-vf", "scale=64:-1,tmix=frames=3"],
        ["-filter_complex", "split"],
        ["-t", "3"],
        ["-ss", "1"],
        ["-r", "10"],
        ["-pass", "1"],
        ["-x264-params", "bframes=0:pass=2"],
        ["-i", "sound.wav"],
        ["-shortest"],
        ["-f", "mpegts"],
        ["-unheard-of", "1"],
    ],
    ids=" ".join,
)
def test_movie_with_options_across_frames_is_one_block(options: list[str]) -> None:
    encoding = encoding_for(
        SIZE, Fraction(20), ["-vcodec", "libx264", *options], ".mp4", blocks=3, shortest=9, stitcher="ffmpeg"
    )
    assert options[0] in encoding.why_one_block
    assert encoding.options == ("-vcodec", "libx264", *options)  # no option is lost


@pytest.mark.parametrize(
    "options",
    [
        ["-crf", "18", "-preset", "slow", "-pix_fmt", "yuv420p"],
        ["-vf", "scale=64:-2,format=yuv420p"],
        ["-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2"],
        ["-x264-params", "aq-mode=3"],
        ["-an"],
        ["-movflags", "+faststart", "-metadata", "title=x"],
    ],
    ids=" ".join,
)
def test_movie_with_options_for_single_frames_is_cut(options: list[str]) -> None:
    encoding = encoding_for(
        SIZE, Fraction(20), ["-vcodec", "libx264", *options], ".mp4", blocks=3, shortest=9, stitcher="ffmpeg"
    )
    assert not encoding.why_one_block
    assert "title=x" not in encoding.options


def test_durations_do_not_drift() -> None:
    parts = [Part(Path(f"/x/it's {k}.mp4"), 7) for k in range(1000)]
    lines = concat_list(parts, Fraction(24000, 1001)).splitlines()
    assert lines[1] == "file '/x/it'\\''s 0.mp4'"
    total = sum(Fraction(line.split()[1]) for line in lines if line.startswith("duration"))
    assert abs(total - 7000 / Fraction(24000, 1001)) <= Fraction(1, 2_000_000)
