"""The functions by which `tests.benchmarks` measures. `.ci/run` runs its rows; nothing is timed here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .benchmarks.measure import Ratio, run

ROOT = Path(__file__).parent.parent
# Run in a process of its own, since a new process counts as large as the one that starts it.
PEAKS = """\
import os, sys
from pathlib import Path
from tests.benchmarks.measure import run
FORKED = '''
import os
if not os.fork():
    os._exit(len(bytearray(b"x") * 300_000_000) == 0)
os.wait()
'''
for source in ("pass", FORKED):
    print(run([sys.executable, "-c", source], Path(), os.environ).megabytes)
"""


def test_memory_is_that_of_the_largest_process() -> None:
    output = subprocess.run([sys.executable, "-c", PEAKS], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    nothing, forked = map(float, output.split())
    assert nothing < 200
    assert forked > 300


def test_failed_run_is_not_measured(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"status 3\s+too bad"):
        run([sys.executable, "-c", "import sys; print('too bad'); sys.exit(3)"], tmp_path, {})


def test_ratio_is_the_median_over_pairs() -> None:
    ratio = Ratio([(10, 2), (30, 3), (8, 4)])
    assert ratio.median == 5
    assert ratio.sides == (10, 3)
    assert str(ratio) == "5.00 (2.00-10.00)"
