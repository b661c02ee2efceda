"""The double pendulum, recorded in blocks through the interface of the 2015 proposal.

Run it with python.  It records the same movie twice: once stitched by ffmpeg,
once by mencoder (left out, and said, where mencoder is not installed).
"""

import shutil

from double_pendulum import DT, animate, fig, init, y
from matplotlib.animation import FFMpegWriter

from incremental_parsave import Parsave, Stitcher

frames = range(len(y))
blocks = [frames[start : start + 100] for start in range(0, len(frames), 100)]

for name, movie in (("ffmpeg", "pendulum_ffmpeg.mp4"), ("mencoder", "pendulum_mencoder.avi")):
    if shutil.which(name) is None and name == "mencoder":
        print("mencoder is not installed: apt-get install mencoder")
        continue
    made = Parsave.record(
        movie,
        fig,
        animate,
        init,
        blocks,
        FFMpegWriter(fps=1 / DT, codec="libx264"),
        Stitcher(name),
        interval=1000 * DT,
    )
    print(f"{made.path}: {made.frames} frames, {len(made.rendered)} of {len(blocks)} blocks rendered")
