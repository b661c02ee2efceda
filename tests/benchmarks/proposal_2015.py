"""Make the movie of the double pendulum as the 2015 proposal to matplotlib does.

Run this in the folder of ``scene.py``, with ffmpeg and the number of processes as
arguments.  Each process gets one run of frames, makes an animation of them on its
copy of the figure, and saves it with ``Animation.save``.  ffmpeg joins the files
without encoding them again.  One block per process is the least work that this
method needs.
"""

from __future__ import annotations

import multiprocessing
import runpy
import subprocess
import sys
from pathlib import Path

from matplotlib.animation import FuncAnimation

SCENE = runpy.run_path("scene.py", run_name="scene")


def record(index: int, start: int, stop: int) -> str:
    """Save the frames ``[start, stop)``; return the name of the file."""
    name = f"part{index}.mp4"
    anim = FuncAnimation(
        SCENE["fig"],
        SCENE["animate"],
        frames=range(start, stop),
        init_func=SCENE["init"],
        interval=1000 * SCENE["DT"],
    )
    anim.save(name, fps=20, codec="libx264")
    return name


def main(ffmpeg: str, processes: int) -> None:
    """Make the movie."""
    frames = len(SCENE["y"])
    bounds = [frames * i // processes for i in range(processes + 1)]
    blocks = list(zip(range(processes), bounds[:-1], bounds[1:], strict=True))
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        names = pool.starmap(record, blocks, chunksize=1)
    Path("parts.txt").write_text("".join(f"file '{name}'\n" for name in names))
    join = ["-f", "concat", "-i", "parts.txt", "-c", "copy", "-y", "double_pendulum.mp4"]
    subprocess.run([ffmpeg, "-v", "error", *join], check=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
