"""Join segments with mencoder, which writes AVI; ffmpeg then sets the clock and the container."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..errors import StitchError
from ..model import Joint, Part
from ..processes import programs
from .executables import find_mencoder
from .join_ffmpeg import copy_and_count


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
