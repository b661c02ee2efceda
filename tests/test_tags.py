"""Metadata of a joined movie equals that of the file of `Animation.save`, with the listed exceptions."""

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

FILE_FIELDS = {"filename", "size", "bit_rate"}  # the name, and what depends on the number of bytes
VERSION_TAGS = {
    "encoder",
    "ENCODER",
    "software",
    "SOFTWARE",
}  # version of the encoder: left out, so that the bytes do not depend on it
STREAM_FIELDS = {"bit_rate"}
# AVI keeps no presentation times, so segments for it have no B-frames.
AVI_FIELDS = {"has_b_frames", "extradata_size"}


def metadata_of(movie: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the metadata of the container and of its stream."""
    command = ["ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json", str(movie)]
    body = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    (stream,) = body["streams"]
    return body["format"], stream


def differences(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return {
        name: (one.get(name), other.get(name)) for name in one.keys() | other.keys() if one.get(name) != other.get(name)
    }


@pytest.mark.exhaustive
@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="ffprobe is not installed (apt-get install ffmpeg)")
@pytest.mark.parametrize("ffmpeg", [LIGHT_FFMPEG, pytest.param(shutil.which("ffmpeg"), marks=pytest.mark.soak)])
def test_joined_movie_has_the_metadata_of_animation_save(space: Space, ffmpeg: str) -> None:
    space.path("bin").mkdir()
    space.path("bin/ffmpeg").symlink_to(ffmpeg)
    space.environment["IPARSAVE_FFMPEG"] = ffmpeg
    space.environment["PATH"] = f"{space.path('bin')}{os.pathsep}{space.environment['PATH']}"
    space.write("scene.py", SCRIPT)
    space.python("scene.py", json.dumps(CASES))
    found = {}
    for n, (suffix, codec, extra) in enumerate(CASES):
        reference, ours = (metadata_of(space.path(f"{n}-{whose}{suffix}")) for whose in ("python", "ours"))
        allowed = STREAM_FIELDS | (AVI_FIELDS if suffix == ".avi" and codec == "h264" else set())
        ignored_tags = (
            VERSION_TAGS if codec == "qtrle" else set()
        )  # one block, whose stream is written into the movie itself
        said = {
            **differences(
                *({k: v for k, v in each[0].items() if k not in {*FILE_FIELDS, "tags"}} for each in (reference, ours))
            ),
            **differences(
                *({k: v for k, v in each[1].items() if k not in {*allowed, "tags"}} for each in (reference, ours))
            ),
            **differences(
                *(
                    {k: v for k, v in each[0].get("tags", {}).items() if k not in VERSION_TAGS}
                    for each in (reference, ours)
                )
            ),
            **differences(
                *(
                    {k: v for k, v in each[1].get("tags", {}).items() if k not in ignored_tags}
                    for each in (reference, ours)
                )
            ),
        }
        if said:
            found[suffix, codec, *extra] = said
        if codec in ("ffv1", "png", "rawvideo", "qtrle"):
            assert frames_of(space.path(f"{n}-python{suffix}")) == frames_of(space.path(f"{n}-ours{suffix}"))
    assert found == {}
