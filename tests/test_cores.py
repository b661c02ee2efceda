"""The number of workers follows from the cores that a process may use."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from incremental_parsave.processes import cores, proc
from incremental_parsave.processes.cores import cgroup_quota, usable_cores


def set_quota(folder: Path, quota: str, *, version: int = 2, period: int = 100_000) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if version == 2:
        (folder / "cpu.max").write_text(f"{quota} {period}\n")
    else:
        (folder / "cpu.cfs_quota_us").write_text(f"{'-1' if quota == 'max' else quota}\n")
        (folder / "cpu.cfs_period_us").write_text(f"{period}\n")


V2, V1 = "0::/jobs/one", "4:cpu,cpuacct:/jobs/one"


@pytest.mark.parametrize(("groups", "mount", "version"), [(V2, "", 2), (V1, "cpu", 1)])
@pytest.mark.parametrize(
    ("outer", "inner", "expected"),
    [
        ("max", "max", None),
        ("max", "150000", 1.5),
        ("200000", "max", 2.0),
        ("200000", "800000", 2.0),
    ],
)
def test_lowest_quota_of_all_groups_counts(
    tmp_path: Path, groups: str, mount: str, version: int, outer: str, inner: str, expected: float | None
) -> None:
    set_quota(tmp_path / mount / "jobs", outer, version=version)
    set_quota(tmp_path / mount / "jobs/one", inner, version=version)
    assert cgroup_quota(["12:memory:/other", groups], tmp_path) == expected


def test_quota_of_a_container_that_sees_only_its_own_group(tmp_path: Path) -> None:
    set_quota(tmp_path, "50000")
    assert cgroup_quota(["0::/docker/0123"], tmp_path) == 0.5


@pytest.mark.parametrize("text", ["", "max 100000", "nonsense", "100 0", "1 2 3"])
def test_quota_that_cannot_be_read_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "cpu.max").write_text(text)
    assert cgroup_quota(["0::/"], tmp_path) is None
    assert cgroup_quota([], tmp_path) is None
    assert cgroup_quota(["broken"], tmp_path) is None


@pytest.mark.parametrize(("quota", "expected"), [(0.5, 1), (1.5, 2), (64.0, 4), (None, 4)])
def test_quota_is_rounded_up_and_limits_the_cores(
    monkeypatch: pytest.MonkeyPatch, quota: float | None, expected: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: range(4), raising=False)
    monkeypatch.setattr(cores, "cgroup_quota", lambda groups: quota)
    assert usable_cores() == expected


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system cannot restrict a process to some cores")
def test_default_follows_the_affinity_of_the_process() -> None:
    first = min(os.sched_getaffinity(0))
    script = f"""
import os
os.sched_setaffinity(0, {{{first}}})
from incremental_parsave.options import BuildOptions
print(BuildOptions.jobs.default)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1"


@pytest.mark.skipif(not proc.HAS_PROC, reason="this system has no /proc")
def test_control_groups_of_this_process_are_listed() -> None:
    assert all(group.count(":") >= 2 for group in proc.control_groups())
