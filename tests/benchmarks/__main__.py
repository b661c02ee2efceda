"""Compare the speed of builds with the alternatives, and print the table of docs/performance.md.

Run ``python -m tests.benchmarks``, with the names of rows to measure only these.
"""

from __future__ import annotations

import argparse
import shlex
import sys
import tempfile
from pathlib import Path

from incremental_parsave.media.executables import find_ffmpeg

from . import measure, ordinary
from .projects import Lab
from .rows import ROWS, Row

ORDINARY = "ordinary"
"""The name of the table of ordinary scenes, beside the names of rows."""

HEAD = "| row | work | ratio | of medians | measured: median (min-max) | asked for | |"


def measured(row: Row, ffmpeg: str, rounds: int, *, tiny: bool) -> str:
    """Measure one row in a folder of its own; return its line of the table."""
    pairs = []
    with tempfile.TemporaryDirectory(prefix="iparsave-benchmark-") as name:
        folder = Path(name)
        lab = Lab(folder, ffmpeg, measure.environment(ffmpeg, folder), rounds, tiny)
        for over, under in row.measure(lab):
            pairs.append((over, under))
            print(f"{row.name}: {over:.3g} {row.unit} / {under:.3g} {row.unit}", file=sys.stderr, flush=True)
    ratio = measure.Ratio(pairs)
    over, under = ratio.sides
    asked = f"{'at most' if row.at_most else 'at least'} {row.target:g}"
    verdict = "not judged" if tiny else "met" if row.is_met(ratio.median) else "missed"
    return (
        f"| {row.name} | {row.work} | {row.over} / {row.under} | {over:.3g} {row.unit} / {under:.3g} {row.unit} "
        f"| {ratio} | {asked} | {verdict} |"
    )


def main() -> None:
    """Measure the rows, and print the table."""
    names = [row.name for row in ROWS] + [ORDINARY]
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help="one of: " + ", ".join(names))
    parser.add_argument("--rounds", type=int, default=5, help="pairs of measurements, in turn (%(default)s)")
    parser.add_argument("--tiny", action="store_true", help="few frames, one round; only checks that everything runs")
    options = parser.parse_args()
    unknown = sorted(set(options.rows) - set(names))
    if unknown:
        parser.error(f"no such row: {', '.join(unknown)}")
    if options.rounds < 1:
        parser.error("--rounds: at least 1")
    rounds = 1 if options.tiny else options.rounds
    ffmpeg = find_ffmpeg()

    print(f"`{shlex.join(['python', '-m', 'tests.benchmarks', *sys.argv[1:]])}`")
    remark = (
        "A few frames, one round: these figures are not meaningful."
        if options.tiny
        else f"{rounds} round{'s' * (rounds > 1)}."
    )
    print(f"\n{measure.machine(ffmpeg)}. {remark}")
    if options.rows != [ORDINARY]:
        print(f"\n{HEAD}\n|{'---|' * 7}", flush=True)
    for row in ROWS:
        if not options.rows or row.name in options.rows:
            print(measured(row, ffmpeg, rounds, tiny=options.tiny), flush=True)
    if not options.rows or ORDINARY in options.rows:
        print("\nOrdinary scenes: python / ours in wall-clock time, and ours / python in CPU time, in brackets\n")
        with tempfile.TemporaryDirectory(prefix="iparsave-benchmark-") as name:

            def lab_of(scene: str) -> Lab:
                folder = Path(name, scene)
                folder.mkdir()
                return Lab(folder, ffmpeg, measure.environment(ffmpeg, folder), rounds, options.tiny)

            for line in ordinary.table(lab_of):
                print(line, flush=True)


if __name__ == "__main__":
    main()
