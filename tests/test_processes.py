"""Worker processes are forked, started, ended and killed.  tests/test_states.py tests when each of them is needed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

POOL = """
import json, os, sys, time
from pathlib import Path
from incremental_parsave.cache.store import Store
from incremental_parsave.errors import WorkerError
from incremental_parsave.model import Block
from incremental_parsave.pool.workers import WorkerPool, leave

started, ended, killed = json.loads(sys.argv[1])
pool = WorkerPool(Store(Path("cache")))
for number in range(4):
    assignment = pool.fork(number, Block(number, number, number + 1))
    if assignment is not None:  # this is the worker
        leave(assignment.sending, {"block": assignment.block.index, "of": number})
for number in ended:
    pool.end(number)
for number in killed:
    os.kill(pool._workers[number].pid, 9)
for number, block in started:
    pool.start(number, Block(block, block, block + 1))
left = len(started) + len([number for number in killed if number not in dict(started)])
while left:
    for number, report in pool.reports(wait=True):
        print(number, report if isinstance(report, WorkerError) else json.dumps(report))
        left -= 1
pool.kill()
try:
    os.waitpid(-1, os.WNOHANG)
    print("some are left")
except ChildProcessError:
    print("none is left")
"""


def pool(
    folder: Path, started: list[tuple[int, int]], ended: list[int] | None = None, killed: list[int] | None = None
) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", POOL, json.dumps([started, ended or [], killed or []])],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert not done.stderr
    return sorted(done.stdout.splitlines())


def test_worker_draws_the_block_it_is_started_with(tmp_path: Path) -> None:
    assert pool(tmp_path, [(2, 2), (0, 7)]) == [
        '0 {"block": 7, "of": 0}', '2 {"block": 2, "of": 2}', "none is left",
    ]  # fmt: skip


def test_unused_workers_exit_silently(tmp_path: Path) -> None:
    assert pool(tmp_path, [(3, 3)], ended=[0, 2]) == ['3 {"block": 3, "of": 3}', "none is left"]


def test_killed_sleeping_worker_is_reported(tmp_path: Path) -> None:
    said = pool(tmp_path, [(1, 1)], killed=[2])
    assert said[0] == '1 {"block": 1, "of": 1}'
    assert said[1].startswith("2 the worker of block 2 (frames 2-2) was killed by signal 9")


def test_worker_killed_before_its_start_is_reported(tmp_path: Path) -> None:
    said = pool(tmp_path, [(1, 6)], killed=[1])
    assert said[0].startswith("1 the worker of block 6 (frames 6-6) was killed by signal 9")


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_sleeping_workers_exit_with_their_parent(tmp_path: Path) -> None:
    source = POOL.replace("for number in ended:", "print('forked', flush=True); time.sleep(60)\nfor number in ended:")
    assert source != POOL
    process = subprocess.Popen(
        [sys.executable, "-c", source, json.dumps([[], [], []])],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "forked\n"
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        assert len(children) == 4
        process.send_signal(signal.SIGKILL)
    until = time.monotonic() + 30
    while any(map(is_running, children)) and time.monotonic() < until:
        time.sleep(0.02)
    assert not any(map(is_running, children))


def is_running(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


INTERRUPTED_POOL = """
import os, signal, sys, time
from pathlib import Path
from incremental_parsave.model import Block
from incremental_parsave.cache.store import Store
from incremental_parsave.pool.workers import WorkerPool

os.register_at_fork(before=lambda: os.kill(os.getpid(), signal.SIGINT))
pool = WorkerPool(Store(Path("cache")))
try:
    if pool.fork(0, Block(0, 0, 1)) is not None:
        time.sleep(60)
except KeyboardInterrupt:
    print(len(pool._workers), "to be killed")
pool.kill()
try:
    os.waitpid(-1, os.WNOHANG)
    print("some are left")
except ChildProcessError:
    print("none is left")
"""


def test_worker_is_registered_before_an_interrupt_is_raised(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_POOL], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=30
    )
    assert done.stdout == "1 to be killed\nnone is left\n"


INTERRUPTED_FORK = """
import os, signal
from incremental_parsave.processes.fork import fork

os.register_at_fork(before=lambda: os.kill(os.getpid(), signal.SIGINT))
try:
    if fork() == 0:
        os._exit(0)
except KeyboardInterrupt:
    print("interrupted")
"""


def test_interrupt_during_fork_is_not_lost() -> None:
    done = subprocess.run([sys.executable, "-c", INTERRUPTED_FORK], capture_output=True, text=True, check=True)
    assert done.stdout == "interrupted\n"
    assert not done.stderr


REOPENED = """
import os
from incremental_parsave.processes.fork import reopen_files

first = os.open("data", os.O_RDONLY)
second = os.dup(first)  # as a forked process has it: one position for both
reopen_files()
os.read(first, 3)
print(os.lseek(second, 0, os.SEEK_CUR))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_forked_process_has_its_own_file_positions(tmp_path: Path) -> None:
    tmp_path.joinpath("data").write_text("content")
    done = subprocess.run([sys.executable, "-c", REOPENED], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "0\n"


LIFELINE = """
import os
from incremental_parsave.processes import lifeline

lifeline.fcntl = None  # as on systems on which the end of the pipe sends no signal
reading, writing = os.pipe()
if COMMAND_ENDS_FIRST:
    os.close(writing)
lifeline.join_lifeline(reading)
print("at work", flush=True)
os.close(writing)
lifeline.check()
print("still at work")
"""


@pytest.mark.parametrize(("first", "said"), [(False, "at work\n"), (True, "")])
def test_process_exits_once_the_command_has_exited(first: bool, said: str) -> None:
    source = LIFELINE.replace("COMMAND_ENDS_FIRST", str(first))
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (1, said, "")
