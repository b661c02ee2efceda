"""Workers: who begins when."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from incremental_parsave.pool.stepper import _last_round

POOL = """
import json, os, sys, time
from pathlib import Path
from incremental_parsave.errors import WorkerError
from incremental_parsave.model import Block
from incremental_parsave.pool.workers import WorkerPool, leave
from incremental_parsave.cache.store import Store

jobs, ahead, seconds, killed, needed = json.loads(sys.argv[1])
pool = WorkerPool(jobs, Store(Path("cache")), ahead=ahead)
came = []

def hear(wait):
    for block, report in pool.reports(wait=wait):
        came.append((report["began"], block.index))

try:
    for index, expected in enumerate(seconds):
        while pool.is_full():
            hear(True)
        held = needed is not None
        assignment = pool.fork(Block(index, index, index + 1), expected, held=held)
        if assignment is not None:
            assert assignment.block.index == index
            began = time.monotonic()
            time.sleep(0.1)
            leave(assignment.sending, {"began": began})
        if index == killed:
            os.kill(max(pool._workers), 9)
        if held:
            block = Block(index, index, index + 1)
            pool.release(block) if index in needed else pool.dismiss(block, again=False)
    while pool.is_busy():
        hear(True)
except WorkerError as error:
    print(error)
pool.kill()
print([index for began, index in sorted(came)])
try:
    os.waitpid(-1, os.WNOHANG)
    print("some are left")
except ChildProcessError:
    pass
"""


def pool(
    folder: Path, jobs: int, ahead: int, seconds: list[float], killed: int = -1, needed: list[int] | None = None
) -> str:
    done = subprocess.run(
        [sys.executable, "-c", POOL, json.dumps([jobs, ahead, seconds, killed, needed])],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert not done.stderr
    return done.stdout.strip()


def test_in_order_where_nothing_is_known(tmp_path: Path) -> None:
    assert pool(tmp_path, 1, 0, [0, 0, 0, 0]) == "[0, 1, 2, 3]"
    assert pool(tmp_path, 1, 3, [0, 0, 0, 0]) == "[0, 1, 2, 3]"


def test_the_longest_of_those_that_wait_begins_first(tmp_path: Path) -> None:
    assert pool(tmp_path, 1, 3, [1, 2, 9, 3]) == "[0, 2, 3, 1]"
    assert pool(tmp_path, 1, 1, [1, 2, 9, 3]) == "[0, 1, 2, 3]"  # one may wait, and block 2 is not yet there


def test_those_that_are_held_begin_when_they_are_needed_or_never(tmp_path: Path) -> None:
    assert pool(tmp_path, 1, 0, [0] * 9, needed=[2, 3, 7]) == "[2, 3, 7]"
    two_at_a_time = pool(tmp_path, 2, 0, [0] * 9, needed=[2, 3, 7])  # 2 and 3 begin in either order
    assert sorted(json.loads(two_at_a_time)) == [2, 3, 7]
    assert pool(tmp_path, 1, 3, [0] * 9, needed=[]) == "[]"


def test_one_that_is_killed_while_it_is_held_is_told_of(tmp_path: Path) -> None:
    said = pool(tmp_path, 1, 3, [0, 0], killed=0, needed=[0, 1])
    assert "the worker of block 0 (frames 0-0) was killed by signal 9" in said


def test_one_that_is_killed_in_its_sleep_is_told_of(tmp_path: Path) -> None:
    said = pool(tmp_path, 1, 3, [0, 0, 0, 0], killed=2)
    assert "the worker of block 2 (frames 2-2) was killed by signal 9" in said


@pytest.mark.parametrize(
    ("blocks", "jobs", "numbers"),
    [(3, 2, [2]), (16, 2, []), (17, 4, [16]), (2, 4, []), (7, 4, [4, 5, 6]), (5, 1, []), (0, 2, [])],
)
def test_blocks_of_a_last_round_that_is_not_full(blocks: int, jobs: int, numbers: list[int]) -> None:
    assert list(_last_round(blocks, jobs)) == numbers


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_sleepers_end_with_the_one_who_forked_them(tmp_path: Path) -> None:
    source = POOL.replace("while pool.is_busy():\n        hear(True)", "print('forked', flush=True); time.sleep(60)")
    assert source != POOL
    process = subprocess.Popen(
        [sys.executable, "-c", source, json.dumps([1, 3, [0, 0, 0, 0], -1, None])],
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


HELD_AGAIN = """
import json, os, sys
from pathlib import Path
from incremental_parsave.model import Block
from incremental_parsave.pool.workers import WorkerPool, leave
from incremental_parsave.cache.store import Store

pool, now, forked = WorkerPool(2, Store(Path("cache"))), 0, []
for index, needed in enumerate(json.loads(sys.argv[1])):
    now, block = index, Block(index, index, index + 1)
    if not pool.hold_again(block, since=now - 3):
        assignment = pool.fork(block, held=True, born=now)
        if assignment is not None:
            leave(assignment.sending, {"born": now, "block": assignment.block.index})
        forked.append(index)
    pool.release(block) if needed else pool.dismiss(block, again=True)
came = []
while pool.is_busy():
    came += [[block.index, report["block"], report["born"]] for block, report in pool.reports(wait=True)]
if sys.argv[2:]:
    os.kill(*pool._workers, 9)
    assert list(pool.reports(wait=False)) == []
pool.dismiss_idle()
assert not pool._workers
pool.kill()
print(json.dumps([forked, sorted(came)]))
"""


@pytest.mark.parametrize("killed", [(), ("killed",)])
def test_one_that_was_not_needed_stands_in_for_a_later_block(tmp_path: Path, killed: tuple[str, ...]) -> None:
    """Not for one that is too far away."""
    needed = [False, False, True, False, True, False, False, False, False, False, False]
    done = subprocess.run(
        [sys.executable, "-c", HELD_AGAIN, json.dumps(needed), *killed],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert json.loads(done.stdout) == [[0, 3, 5, 9], [[2, 2, 0], [4, 4, 3]]]


INTERRUPTED_CREW = """
import os, signal, sys, time
from pathlib import Path
from incremental_parsave.model import Block
from incremental_parsave.cache.store import Store
from incremental_parsave.pool.workers import WorkerPool

os.register_at_fork(before=lambda: os.kill(os.getpid(), signal.SIGINT))
pool = WorkerPool(1, Store(Path("cache")))
try:
    if pool.fork(Block(0, 0, 1)) is not None:
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


def test_a_worker_is_known_before_an_interrupt_is_raised(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_CREW], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=30
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


def test_an_interrupt_while_it_forks_is_not_lost() -> None:
    done = subprocess.run([sys.executable, "-c", INTERRUPTED_FORK], capture_output=True, text=True, check=True)
    assert done.stdout == "interrupted\n"
    assert not done.stderr
