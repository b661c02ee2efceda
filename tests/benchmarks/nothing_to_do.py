"""Measure how long a build takes that has nothing to do, and print the table of docs/how-it-decides.md.

Run ``python -m tests.benchmarks.nothing_to_do``.  The times of a row are measured
alternately, in five rounds, and the table shows their medians.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 5
LOCAL_FILES = 300
MODULE = "K = {j}\n\n\ndef f(i):\n    return i * K\n" + "".join(
    f"\n\ndef g{n}(x):\n    y = x + {n}\n    return [y for _ in range(3)]\n" for n in range(10)
)
SCENE = """\
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(1, 1), dpi=32)
x = np.linspace(0, 6, 40)
(line,) = ax.plot(x, np.sin(x))
ax.set_axis_off()


def animate(i):
    line.set_ydata(np.sin(x + i / 50))


anim = FuncAnimation(fig, animate, frames={frames}, interval=20)
anim.save("out.mp4")
"""
STEPPED = """\
import runpy
from matplotlib.animation import AbstractMovieWriter, Animation
from matplotlib.backends.backend_agg import FigureCanvasAgg

class Nothing(AbstractMovieWriter):
    def setup(self, *args, **kwargs): pass
    def grab_frame(self, **kwargs): pass
    def finish(self): pass

save = Animation.save
Animation.save = lambda anim, name: save(anim, name, writer=Nothing())
FigureCanvasAgg.draw_idle = lambda canvas: None
runpy.run_path("scene.py", run_name="__main__")
"""

# Runs the command, and prints how long the scene process spent on questions: sources, keys, records, seams.
QUESTIONS = """\
import subprocess, sys
SCENE_PROCESS = '''
import atexit, functools, sys, time
from incremental_parsave.scene_host import child_main
from incremental_parsave.tracing.inputs import Inputs
spent = 0.0
def timed(owner, name):
    original = getattr(owner, name)
    @functools.wraps(original)
    def call(*args, **kwargs):
        global spent
        started = time.perf_counter()
        try:
            return original(*args, **kwargs)
        finally:
            spent += time.perf_counter() - started
    setattr(owner, name, call)
timed(Inputs, "add_source")
timed(Inputs, "rows")
run = child_main.Run.run
def run_timed(self):  # modules imported earlier are not inputs of the run
    from incremental_parsave.cache import account
    from incremental_parsave.pool import stepper
    timed(stepper.Stepper, "before")
    timed(account.Account, "__init__")
    timed(account.Account, "close")
    return run(self)
child_main.Run.run = run_timed
atexit.register(lambda: print(spent, file=sys.stderr))
sys.exit(child_main.main())
'''
start = subprocess.Popen.__init__
def instead(self, command, **kwargs):
    start(self, [command[0], "-P", "-c", SCENE_PROCESS, command[-1]] if "-m" in command else command, **kwargs)
subprocess.Popen.__init__ = instead
from incremental_parsave.cli import main
main(sys.argv[1:])
"""


def timed(command: list[str], folder: Path) -> float:
    """Return the duration of a command in seconds."""
    environment = {**os.environ, "MPLBACKEND": "agg", "PYTHONDONTWRITEBYTECODE": ""}
    started = time.perf_counter()
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    return time.perf_counter() - started


def number_printed(command: list[str], folder: Path) -> float:
    """Run a command; return the number in the last line of its standard error."""
    environment = {**os.environ, "MPLBACKEND": "agg"}
    done = subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, text=True)
    return float(done.stderr.splitlines()[-1])


def write_project(folder: Path, frames: int, files: int) -> None:
    """Write a scene with the given number of *frames*, which imports the given number of modules (*files*)."""
    (folder / "local").mkdir()
    (folder / "local/__init__.py").touch()
    for j in range(files):
        (folder / f"local/m{j}.py").write_text(MODULE.format(j=j))
    imports = "".join(f"import local.m{j}\n" for j in range(files))
    (folder / "scene.py").write_text(imports + SCENE.format(frames=frames))


def row(frames: int) -> str:
    """Measure one row of the table, and return it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_project(folder, frames, LOCAL_FILES)
        build = [sys.executable, "-m", "incremental_parsave", "build", "scene.py"]
        whole = timed(build, folder)
        time.sleep(2.1)  # a build reads files again that are less than two seconds old
        timed(build, folder)
        manifests = folder / ".iparsave_cache/manifests"
        python, nothing, stepped, planned, asked = [], [], [], [], []
        for _ in range(ROUNDS):
            python.append(timed([sys.executable, "-c", "pass"], folder))
            nothing.append(timed(build, folder))
            stepped.append(timed([sys.executable, "-c", STEPPED], folder))
            shutil.move(manifests, folder / ".iparsave_cache/aside")
            planned.append(timed([*build, "-n"], folder))
            asked.append(number_printed([sys.executable, "-c", QUESTIONS, *build[3:], "-n", "-q"], folder))
            shutil.move(folder / ".iparsave_cache/aside", manifests)
        store = sum(path.stat().st_size for path in (folder / ".iparsave_cache").rglob("*") if path.is_file())
        kept = sum(path.stat().st_size for path in manifests.rglob("*") if path.is_file())
    bare, null, steps, plan, questions = (
        statistics.median(times) for times in (python, nothing, stepped, planned, asked)
    )
    blocks = max(1, frames // 50)
    return (
        f"| {frames:,} | {blocks} | {whole:.1f} s | {1000 * null:.0f} ms | {null / bare:.1f} | "
        f"{plan:.2f} s | {steps:.2f} s | {questions:.2f} s | {kept / 1000:.0f} kB | {store / 1e6:.1f} MB |"
    )


def main() -> None:
    """Print the table."""
    print("| frames | blocks | first build | nothing to do | times `python -c pass` | scene run, all blocks known |"
          " scene stepped by matplotlib alone | questions | manifest | store |")  # fmt: skip
    print("|" + "---|" * 10)
    for frames in (100, 1000, 20_000):
        print(row(frames), flush=True)


if __name__ == "__main__":
    main()
