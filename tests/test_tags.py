"""What containers and streams say of a joined movie: what `Animation.save`'s own file says, but for what is listed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from .space import LIGHT_FFMPEG, Space, frames_of

SCRIPT = """\
import json
import sys

import matplotlib.pyplot as plt
from matplotlib.animation import FuncAnimation

import incremental_parsave

fig = plt.figure(figsize=(0.64, 0.48), dpi=100)
(line,) = fig.add_axes((0, 0, 1, 1)).plot([0, 1], [0, 1])
for n, (suffix, codec, extra) in enumerate(json.loads(sys.argv[1])):
    for whose in ("python", "ours"):
        anim = FuncAnimation(fig, lambda i: line.set_ydata([0, i]), frames=9, interval=50)
        asked = {"codec": codec, "extra_args": extra or None}
        if whose == "python":
            anim.save(f"{n}-{whose}{suffix}", **asked)
        else:
            incremental_parsave.save(anim, f"{n}-{whose}{suffix}", **asked, block_size=3, jobs=1)
"""

CASES = [
    (suffix, codec, extra)
    for codec, extra, suffixes in [
        ("h264", ["-pix_fmt", "yuv420p"], ".mp4 .mov .mkv .avi"),
        ("libx264", ["-pix_fmt", "yuv444p"], ".mp4 .mkv"),
        ("libx264", ["-vf", "scale=32:24,format=yuv420p"], ".mp4 .mkv"),
        ("libx264rgb", ["-qp", "0"], ".mp4 .mkv"),
        ("mpeg4", [], ".mp4 .mov .mkv .avi"),
        ("ffv1", [], ".mkv .avi"),
        ("mjpeg", ["-pix_fmt", "yuvj420p"], ".mp4 .mov .mkv .avi"),
        ("png", [], ".mp4 .mov .mkv .avi"),
        ("rawvideo", ["-pix_fmt", "rgb24"], ".mov .avi"),
        ("rawvideo", [], ".mkv"),
        ("qtrle", ["-pix_fmt", "rgb24"], ".mov"),
    ]
    for suffix in suffixes.split()
]

OF_FILES = {"filename", "size", "bit_rate"}  # the name, and what follows from bytes
OF_VERSIONS = {
    "encoder",
    "ENCODER",
    "software",
    "SOFTWARE",
}  # which version of the program wrote it: left out, so that the bytes stay
OF_STREAMS = {"bit_rate"}
# AVI keeps no presentation times, so segments for it have no B-frames.
OF_AVI = {"has_b_frames", "extradata_size"}


def told(movie: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what is said of the container and of the stream."""
    command = ["ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json", str(movie)]
    body = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    (stream,) = body["streams"]
    return body["format"], stream


def different(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return {
        name: (one.get(name), other.get(name)) for name in one.keys() | other.keys() if one.get(name) != other.get(name)
    }


@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="ffprobe is not installed (apt-get install ffmpeg)")
@pytest.mark.parametrize("ffmpeg", [LIGHT_FFMPEG, pytest.param(shutil.which("ffmpeg"), marks=pytest.mark.soak)])
def test_joined_movie_says_what_pythons_own_says(space: Space, ffmpeg: str) -> None:
    space.path("bin").mkdir()
    space.path("bin/ffmpeg").symlink_to(ffmpeg)
    space.environment["IPARSAVE_FFMPEG"] = ffmpeg
    space.environment["PATH"] = f"{space.path('bin')}{os.pathsep}{space.environment['PATH']}"
    space.write("scene.py", SCRIPT)
    space.python("scene.py", json.dumps(CASES))
    found = {}
    for n, (suffix, codec, extra) in enumerate(CASES):
        pythons, ours = (told(space.path(f"{n}-{whose}{suffix}")) for whose in ("python", "ours"))
        allowed = OF_STREAMS | (OF_AVI if suffix == ".avi" and codec == "h264" else set())
        of_stream = (
            OF_VERSIONS if codec == "qtrle" else set()
        )  # one block, whose stream is written into the movie itself
        said = {
            **different(
                *({k: v for k, v in each[0].items() if k not in {*OF_FILES, "tags"}} for each in (pythons, ours))
            ),
            **different(
                *({k: v for k, v in each[1].items() if k not in {*allowed, "tags"}} for each in (pythons, ours))
            ),
            **different(
                *(
                    {k: v for k, v in each[0].get("tags", {}).items() if k not in OF_VERSIONS}
                    for each in (pythons, ours)
                )
            ),
            **different(
                *({k: v for k, v in each[1].get("tags", {}).items() if k not in of_stream} for each in (pythons, ours))
            ),
        }
        if said:
            found[suffix, codec, *extra] = said
        if codec in ("ffv1", "png", "rawvideo", "qtrle"):
            assert frames_of(space.path(f"{n}-python{suffix}")) == frames_of(space.path(f"{n}-ours{suffix}"))
    assert found == {}
