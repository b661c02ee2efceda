"""Rows of the table: the measurements and their targets."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from incremental_parsave.media.stitcher import probe

from .projects import HERE, Lab, room_for
from .watching import watching

SEGMENT = "segment.mp4"  # output of the command from `raw_frames`

Pairs = Iterator[tuple[float, float]]

PROCESSES = 2  # for the 2015 proposal and for encoding alone; the builds compared with them get as many jobs


@dataclass(frozen=True)
class Row:
    """One row.

    Attributes
    ----------
    name : str
    work : str
        Description of the work.
    over, under : str
        Names of the numerator and the denominator.
    target : float
        Target for the ratio.
    measure : callable
        Yields a numerator and a denominator in each round.
    at_most : bool
        Whether the target is an upper limit instead of a lower one.
    unit : str
    """

    name: str
    work: str
    over: str
    under: str
    target: float
    measure: Callable[[Lab], Pairs]
    at_most: bool = False
    unit: str = "s"

    def is_met(self, ratio: float) -> bool:
        """Whether *ratio* meets the target."""
        return ratio <= self.target if self.at_most else ratio >= self.target


def pendulum(lab: Lab) -> Pairs:
    project = lab.pendulum()
    for _ in range(lab.rounds):
        yield project.by_matplotlib().seconds, project.from_empty_cache().seconds


def proposal(lab: Lab) -> Pairs:
    project = lab.pendulum()
    command = [sys.executable, str(HERE / "proposal_2015.py"), lab.ffmpeg, str(PROCESSES)]
    for _ in range(lab.rounds):
        yield (
            project.run(command, project.fresh("2015")).seconds,
            project.from_empty_cache("-j", str(PROCESSES)).seconds,
        )


def floor(lab: Lab) -> Pairs:
    project = lab.pendulum()
    timed = project.with_clock()
    with tempfile.TemporaryDirectory(dir=room_for(project.frames * 640 * 480 * 4)) as memory:
        names = [f"{memory}/{i}.rgba" for i in range(PROCESSES)]
        make = [sys.executable, "-m", "tests.benchmarks.raw_frames", lab.ffmpeg, str(project.frames), *names]
        encoder = json.loads(project.run_module(make, project.fresh("frames")).output)
        for _ in range(lab.rounds):
            ours = project.from_empty_cache("-j", str(PROCESSES), source=timed)
            yield float(ours.errors.splitlines()[-1]), _encode(lab, encoder, names, project.frames)


def _encode(lab: Lab, command: list[str], names: list[str], count: int) -> float:
    """Return how long parallel encoders take, one for each file of frames; *count* is the total number of frames."""
    with tempfile.TemporaryDirectory(dir=lab.folder) as name:
        folders = [Path(name, str(i)) for i in range(len(names))]
        for folder in folders:
            folder.mkdir()
        started = time.perf_counter()
        running = []
        for raw, folder in zip(names, folders, strict=True):
            with open(raw, "rb") as frames:
                running.append(subprocess.Popen(command, stdin=frames, stdout=subprocess.DEVNULL, cwd=folder))
        failed = any([process.wait() for process in running])  # a list, so that every process is waited for
        seconds = time.perf_counter() - started
        made = 0 if failed else sum(probe(lab.ffmpeg, folder / SEGMENT).frames for folder in folders)
    if made != count:
        raise SystemExit(f"the encoders made {made} of {count} frames")
    return seconds


def edit(lab: Lab) -> Pairs:
    project = lab.pendulum()
    project.from_empty_cache()
    project.keep()
    for i in range(lab.rounds):
        source = project.with_text(f"chaos {i}")
        yield project.by_matplotlib(source).seconds, project.after_edit(source, encoded=1).seconds


def digest(by: str) -> Callable[[Lab], Pairs]:
    def measure(lab: Lab) -> Pairs:
        project = lab.pendulum()
        block = map(str, project.moment)
        command = [sys.executable, "-m", "tests.benchmarks.digest", by, lab.ffmpeg, str(lab.rounds), *block]
        yield from json.loads(project.run_module(command, project.fresh("digest")).output)

    return measure


def rerun(lab: Lab) -> Pairs:
    project = lab.pendulum()
    project.from_empty_cache()
    project.keep()
    alone = project.fresh("alone", project.without_save())
    for i in range(lab.rounds):
        ours = project.after_edit(project.with_unreached(f"unreached_{i}"), encoded=0)
        yield ours.seconds, project.run([sys.executable, "scene.py"], alone, movie=False).seconds


def watch_edit(lab: Lab) -> Pairs:
    project = lab.pendulum()
    project.from_empty_cache()
    project.keep()
    with watching(project, "watched", project.source) as watched:
        for i in range(lab.rounds):
            source = project.with_text(f"chaos {i}")
            seconds = watched.edit(source, encoded=1, blocks=project.blocks)
            yield seconds, project.after_edit(project.with_text(f"order {i}"), encoded=1).seconds


def watch_seconds(lab: Lab) -> Pairs:
    project = lab.pendulum()
    with watching(project, "watched", project.source) as watched:
        for i in range(lab.rounds):
            yield watched.edit(project.with_text(f"chaos {i}"), encoded=1, blocks=project.blocks), 0.8


def watch_simulation(lab: Lab) -> Pairs:
    project = lab.pendulum()
    napping = f"import time\n\ntime.sleep({1 if lab.tiny else 10})\ny = simulate()\n"
    slow = [project.with_text(f"chaos {i}").replace("y = simulate()\n", napping) for i in range(lab.rounds + 1)]
    with watching(project, "quick", project.source) as quick, watching(project, "slow", slow[-1]) as below:
        for i in range(lab.rounds):
            yield (
                below.edit(slow[i], encoded=1, blocks=project.blocks),
                quick.edit(project.with_text(f"chaos {i}"), encoded=1, blocks=project.blocks),
            )


def watch_comment(lab: Lab) -> Pairs:
    project = lab.pendulum()
    with watching(project, "watched", project.source) as watched:
        for i in range(lab.rounds):
            yield watched.comment(f"{project.source}# {i}\n"), 0.15
            time.sleep(2.1)


def watch_colour(lab: Lab) -> Pairs:
    project = lab.pendulum()
    with watching(project, "watched", project.source) as watched:
        for i in range(lab.rounds):
            cold = project.from_empty_cache(source=project.with_clock())
            seconds = watched.edit(project.with_colour(i + 1), encoded=project.blocks, blocks=project.blocks)
            yield seconds, float(cold.errors.splitlines()[-1])


def memory(lab: Lab) -> Pairs:
    long, short = (lab.scene("small", count) for count in ((300, 100) if lab.tiny else (20_000, 2_000)))
    for _ in range(lab.rounds):
        yield long.from_empty_cache().megabytes, short.from_empty_cache().megabytes


def scene(name: str) -> Callable[[Lab], Pairs]:
    """Return the function that measures a scene in the folder ``scenes``."""

    def measure(lab: Lab) -> Pairs:
        project = lab.scene(name)
        for _ in range(lab.rounds):
            yield project.by_matplotlib().seconds, project.from_empty_cache().seconds

    return measure


THEIRS, OURS = "`Animation.save`", "ours"
ROWS = (
    Row("pendulum", "double pendulum, 800 frames, empty cache", THEIRS, OURS, 10, pendulum),
    Row("pendulum-2015", "the same", "2015 proposal", OURS, 5, proposal),
    Row("pendulum-floor", "the same, without imports", OURS, "encoding alone", 1.4, floor, at_most=True),
    Row("edit", "frames 300-349 get another text", THEIRS, OURS, 20, edit),
    Row("digest", "an unchanged block of 50 frames", "encoding it", "its digest", 10, digest("calls")),
    Row("fingerprint", "the same, by its fingerprints", "encoding it", "its fingerprints", 10, digest("fingerprints")),
    Row("panels", "3 x 3 panels, constrained layout", THEIRS, OURS, 4, scene("panels")),
    Row("heat", "image of 500 x 500, colorbar", THEIRS, OURS, 4, scene("heat")),
    Row("surface", "surface in 3D, turning", THEIRS, OURS, 2.5, scene("surface")),
    Row("scatter", "20,000 points moving", THEIRS, OURS, 3, scene("scatter")),
    Row("bars", "50 bars", THEIRS, OURS, 6, scene("bars")),
    Row("contour", "filled contours in cleared axes", THEIRS, OURS, 2.5, scene("contour")),
    Row("memory", "peak of the largest process", "20,000 frames", "2,000 frames", 1.2, memory, True, "MB"),
    Row("rerun", "all cached, an unreached function added", OURS, "script until save", 1.5, rerun, at_most=True),
    Row("watch-edit", "watch: frames 300-349 get another text", "watch", "a new build", 0.25, watch_edit, True),
    Row("watch-seconds", "the same", "watch", "0.8 s", 1, watch_seconds, True),
    Row("watch-simulation", "the same", "below 10 s of work", "without", 1.125, watch_simulation, True),
    Row("watch-comment", "watch: a comment", "watch", "0.15 s", 1, watch_comment, True),
    Row("watch-colour", "watch: another colour, all frames", "watch", "cold, no imports", 1.1, watch_colour, True),
)
