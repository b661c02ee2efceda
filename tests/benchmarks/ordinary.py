"""The ordinary scenes: what python and a build take for each of them, in wall-clock and CPU time."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Iterator

from .measure import Spent
from .projects import HERE, Lab

SCENES = sorted(path.stem for path in (HERE / "scenes/ordinary").glob("*.py"))

EDIT = "    # edit here\n"
FOUR = (60, 64)  # inside the second block of three

BUILDS = ("empty cache", "edit of four frames", "edit of all frames")

HEAD = f"| scene | python | {' | '.join(BUILDS)} |\n|{'---|' * (2 + len(BUILDS))}"

Round = tuple[Spent, ...]
"""What python took, and each of `BUILDS`."""


def rounds_of(lab: Lab, name: str) -> Iterator[Round]:
    """Measure python and the builds of a scene, in turn, in each round."""
    project = lab.scene(f"ordinary/{name}")
    first, stop = (1, 3) if lab.tiny else FOUR
    four = project.source.replace(EDIT, f'    label += "!" * ({first} <= i < {stop})\n')
    everywhere = project.source.replace(EDIT, '    label += "!"\n')
    assert project.source not in (four, everywhere), f"{name}.py has no place to edit"
    for _ in range(lab.rounds):
        python = project.by_matplotlib()
        cold = project.from_empty_cache()
        project.keep()
        edits = project.after_edit(four, encoded=1), project.after_edit(everywhere, encoded=project.blocks)
        yield python, cold, *edits


def table(lab_of: Callable[[str], Lab]) -> Iterator[str]:
    """Yield the lines of the table, as they are measured.

    Parameters
    ----------
    lab_of : callable
        Returns the settings for the scene of a name.
    """
    yield HEAD
    medians: list[tuple[tuple[float, float], ...]] = []
    for name in SCENES:
        measured = list(rounds_of(lab_of(name), name))
        python = _medians([each[0] for each in measured])
        sides = [_medians([each[n] for each in measured]) for n in range(1, 1 + len(BUILDS))]
        medians.append(tuple((python[0] / wall, cpu / python[1]) for wall, cpu in sides))
        cells = (_cell(wall, cpu, *ratios) for (wall, cpu), ratios in zip(sides, medians[-1], strict=True))
        yield f"| {name} | {python[0]:.1f} s, {python[1]:.1f} CPU-s | {' | '.join(cells)} |"
        print(f"ordinary: {name}", file=sys.stderr, flush=True)
    columns = [tuple(zip(*build, strict=True)) for build in zip(*medians, strict=True)]
    for summary, of_wall, of_cpu in (("median", statistics.median, statistics.median), ("worst", min, max)):
        cells = (f"wall {of_wall(wall):.2f}, CPU {of_cpu(cpu):.2f}" for wall, cpu in columns)
        yield f"| **{summary}** | | {' | '.join(cells)} |"


def _medians(spent: list[Spent]) -> tuple[float, float]:
    return statistics.median(each.seconds for each in spent), statistics.median(each.cpu for each in spent)


def _cell(wall: float, cpu: float, faster: float, share: float) -> str:
    return f"{wall:.1f} s ({faster:.2f}), {cpu:.1f} CPU-s ({share:.2f})"
