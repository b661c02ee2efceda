"""Measure the time and memory that a command takes, and describe the machine."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Spent:
    """The time, memory and output of one run of a command.

    Attributes
    ----------
    seconds : float
        Wall-clock time.
    cpu : float
        CPU time of the command and of all its descendants that were waited for.
    megabytes : float
        Peak memory of the largest single process: the command itself, or any that it started.
    output, errors : str
        Standard output and standard error.
    """

    seconds: float
    cpu: float
    megabytes: float
    output: str
    errors: str


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Spent:
    """Run *command* to its end; exit if it fails, because its time would mean nothing.

    `os.wait4` reports the CPU time and the memory of the process and of all its descendants that their
    parents have waited for, including forked workers and encoders.  Other descendants are left out.
    A process counts from its fork on, so the calling process must be smaller than the processes that
    it measures: nothing here may import numpy or matplotlib.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=errors)
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.terminate()
            process.wait()
            raise
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        printed, complaints = (file.read().decode(errors="replace") for file in (output, errors))
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with status {process.returncode}\n{printed}{complaints}")
    cpu = usage.ru_utime + usage.ru_stime
    return Spent(seconds, cpu, usage.ru_maxrss * _MAXRSS_UNIT / 1e6, printed, complaints)


_MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024


def environment(ffmpeg: str, folder: Path) -> dict[str, str]:
    """Return environment variables with which matplotlib and iparsave use the same *ffmpeg*.

    They also exclude the user's own settings.  The matplotlibrc of the benchmark is written to *folder*.
    """
    settings = folder / "matplotlibrc"
    settings.write_text(f"animation.ffmpeg_path: {ffmpeg}\n")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("IPARSAVE_", "PYTHON"))}
    return {**kept, "MPLBACKEND": "agg", "MATPLOTLIBRC": str(settings), "IPARSAVE_FFMPEG": ffmpeg}


def machine(ffmpeg: str) -> str:
    """Return a one-line description of the machine and the versions."""
    version = subprocess.run([ffmpeg, "-version"], capture_output=True, text=True, check=True).stdout.split()[2]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (
        f"{cores} cores ({_processor()}), {platform.system()}, Python {platform.python_version()}, "
        f"matplotlib {importlib.metadata.version('matplotlib')}, ffmpeg {version}"
    )


def _processor() -> str:
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found[1] if found else platform.machine()


@dataclass(frozen=True)
class Ratio:
    """Ratios of paired measurements.

    Parameters
    ----------
    pairs : sequence of tuple of float
        Numerator and denominator of each ratio.
    """

    pairs: Sequence[tuple[float, float]]

    @property
    def ratios(self) -> list[float]:
        return [over / under for over, under in self.pairs]

    @property
    def median(self) -> float:
        return statistics.median(self.ratios)

    @property
    def sides(self) -> tuple[float, float]:
        """Medians of the numerators and of the denominators."""
        over, under = zip(*self.pairs, strict=True)
        return statistics.median(over), statistics.median(under)

    def __str__(self) -> str:
        return f"{self.median:.2f} ({min(self.ratios):.2f}-{max(self.ratios):.2f})"
