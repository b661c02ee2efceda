"""Decode frames from segments with ffmpeg."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ..errors import IparsaveError
from ..processes import programs
from ..spans import spans


class Picture(NamedTuple):
    """One decoded frame, as rows of red, green and blue bytes."""

    width: int
    height: int
    pixels: bytes


def pictures(ffmpeg: str, movie: Path, numbers: Sequence[int]) -> list[Picture]:
    """Return the frames with these ascending *numbers*, counted from 0; fewer if the file has fewer frames.

    Raises
    ------
    IparsaveError
        If ffmpeg cannot read the file.
    """
    if not numbers:
        return []
    # Select frames by number only, since times differ between containers.
    priorities = "+".join(f"between(n\\,{first}\\,{stop - 1})" for first, stop in spans(numbers))
    found = _decode(
        ffmpeg,
        movie,
        [*_in_turn(f"select={priorities},"), "-frames:v", str(len(numbers)), "-c:v", "ppm", "-f", "image2pipe"],
    )
    images = []
    while found:
        # The header of a PPM image: "P6", width and height, the largest value, each on a line of its own.
        _, size, _, rest = found.split(b"\n", 3)
        width, height = (int(number) for number in size.split())
        length = width * height * 3
        images.append(Picture(width, height, rest[:length]))
        found = rest[length:]
    return images


def frame_digests(ffmpeg: str, movie: Path) -> list[str]:
    """Return the MD5 of each decoded frame, in the pixel format in which it was encoded.

    Raises
    ------
    IparsaveError
        If ffmpeg cannot read the file.
    """
    lines = _decode(ffmpeg, movie, [*_in_turn(), "-f", "framemd5"]).decode("ascii", "replace").splitlines()
    return [line.rpartition(",")[2].strip() for line in lines if line and not line.startswith("#")]


def _in_turn(select: str = "") -> list[str]:
    """Return options that put one frame on each tick, so that no version of ffmpeg repeats or drops one."""
    return ["-vf", f"{select}settb=1/25,setpts=N", "-r", "25"]


def _decode(ffmpeg: str, movie: Path, options: Sequence[str]) -> bytes:
    command = [ffmpeg, "-hide_banner", "-nostdin", "-v", "error", "-i", str(movie), "-map", "0:v:0"]
    done = programs.run([*command, *options, "pipe:1"])
    if done.returncode != 0:
        errors = done.stderr.decode("utf-8", "replace").strip().splitlines()[-4:]
        raise IparsaveError(f"ffmpeg cannot read {movie}", "", "\n".join("  ffmpeg: " + line for line in errors))
    return done.stdout
