"""What a scene's process shares with others is kept apart while frames are stepped, and comes back."""

from __future__ import annotations

import mmap
import multiprocessing
import os
import re
import threading
import time

import pytest
from tqdm import tqdm

from incremental_parsave.recording.threads import Monitors, strangers
from incremental_parsave.scene.shared_memory import PrivateMemory, can_be_kept, shared_mappings

from .scenes import LINE, edited
from .space import Space

FORK = multiprocessing.get_context("fork")
REFUSED_LATE = "    if i == 25:\n        getattr(fig.canvas, 'dr' + 'aw')()\n"  # so that it is not foreseen


@pytest.fixture
def kept():
    memory = PrivateMemory()
    yield memory
    memory.give_back()


def in_a_child(work) -> int:
    """Return what *work* gives in a forked process."""
    process = os.fork()
    if process == 0:
        os._exit(work())
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def test_memory_is_copied_by_a_fork_while_it_is_kept(kept: PrivateMemory) -> None:
    value, semaphore = FORK.Value("i", 3), FORK.Semaphore(5)
    assert kept.keep() == ""
    value.value += 1

    def work() -> int:
        value.value += 10
        semaphore.acquire()
        return value.value * 10 + semaphore.get_value()

    assert in_a_child(work) == 144
    assert (value.value, semaphore.get_value()) == (4, 5)
    kept.give_back()
    assert (value.value, semaphore.get_value()) == (4, 5)
    assert in_a_child(work) == 144
    assert (value.value, semaphore.get_value()) == (14, 4)


def test_memory_that_was_made_or_let_go_of_meanwhile(kept: PrivateMemory) -> None:
    gone, stays = FORK.Semaphore(1), FORK.Semaphore(2)
    before = len(shared_mappings())
    assert kept.keep() == ""
    del gone
    new = FORK.Semaphore(7)
    others = [mmap.mmap(-1, mmap.PAGESIZE) for _ in range(3)]  # one may lie where that lay
    for other in others:
        other.write(b"x" * mmap.PAGESIZE)
    assert kept.keep() == ""
    assert in_a_child(new.acquire) == 1
    assert new.get_value() == 7
    kept.give_back()
    assert [other[:] for other in others] == [b"x" * mmap.PAGESIZE] * 3
    assert (stays.get_value(), new.get_value()) == (2, 7)
    for other in others:
        other.close()
    assert len(shared_mappings()) == before  # one less, and one more


def test_memory_that_somebody_else_has(tmp_path, kept: PrivateMemory) -> None:
    before = shared_mappings()
    assert can_be_kept(before)
    semaphore = FORK.Semaphore(0)
    process = os.fork()
    if process == 0:
        if os.fork() == 0:  # a child of nobody's
            semaphore.acquire(timeout=20)
        os._exit(0)
    os.waitpid(process, 0)
    assert "other processes" in kept.keep()
    semaphore.release()
    wait_until(lambda: can_be_kept(shared_mappings()))
    file = tmp_path / "file"
    file.write_bytes(bytes(mmap.PAGESIZE))
    with file.open("r+b") as opened, mmap.mmap(opened.fileno(), 0):
        assert "other processes" in kept.keep()
    assert kept.keep() == ""


def wait_until(is_so) -> None:
    deadline = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_monitor_of_bars_is_stopped_and_started() -> None:
    bar = tqdm(total=1, file=open(os.devnull, "w"))  # noqa: SIM115
    monitor = tqdm.monitor
    assert monitor.is_alive()
    assert strangers() == []
    monitors = Monitors()
    assert monitors.stop()
    assert threading.active_count() == 1
    more = tqdm(total=1, file=bar.fp)
    assert threading.active_count() == 1
    monitors.start()
    assert tqdm.monitor is not monitor
    assert tqdm.monitor.is_alive()
    assert tqdm.monitor_interval == 10
    for each in (bar, more):
        each.close()
    tqdm.monitor.exit()
    bar.fp.close()


def test_threads_like_the_monitor_are_strangers() -> None:
    class TMonitor(threading.Thread):
        pass

    stop = threading.Event()
    TMonitor.__module__ = "tqdm._monitor"
    thread = TMonitor(target=stop.wait, name="tqdm_monitor", daemon=True)
    thread.start()
    assert strangers() == [thread]
    stop.set()
    thread.join()


BAR = edited(
    edited(LINE, "import numpy as np\n", "import numpy as np\nfrom tqdm import tqdm\n"),
    'anim.save("out.mp4")',
    'with tqdm(total=FRAMES, desc="bar", mininterval=0) as bar:\n'
    '    anim.save("out.mp4", progress_callback=lambda i, n: bar.update())\n'
    'print("alive", tqdm.monitor.is_alive())',
)


@pytest.mark.parametrize("late", [False, True])
def test_bar_counts_every_frame_once(space: Space, late: bool) -> None:
    space.write("scene.py", edited(BAR, "    # edit here\n", REFUSED_LATE if late else ""))
    built = space.iparsave("build", "--block-size", "10", "-j2", "scene.py")
    assert built.returncode == 0, built.stderr
    counts = [int(count) for count in re.findall(r"bar: .*? (\d+)/40", built.stderr)]
    # What was counted until the fast way was given up is counted again.
    assert counts[-1] == 40
    # What was counted until the fast way was given up is counted again; nothing of what the workers count shows.
    assert len([k for k, count in enumerate(counts[1:]) if count < counts[k]]) == late
    assert "alive True" in built.stdout
    assert ("the plain way" in built.stderr) == late
    assert space.iparsave("build", "-n", "--block-size", "10", "scene.py").stdout.startswith("out.mp4: up to date")


AFTER_POOLS = """\
import multiprocessing

from work import twice

context = multiprocessing.get_context({how!r})
with context.Pool(1) as pool:
    FRAMES = pool.map(twice, [20])[0]
    pool.close()
    pool.join()
"""
AND_AGAIN = """\

with context.Pool(1) as pool:
    print(pool.map(twice, [4]))
    pool.close()
    pool.join()
"""


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("how", ["fork", "spawn", "forkserver"])
def test_pools_before_and_after(space: Space, how: str, late: bool) -> None:
    space.write("work.py", "def twice(n):\n    return 2 * n\n")
    scene = edited(LINE, "FRAMES = 40\n", AFTER_POOLS.format(how=how))
    scene = edited(scene, "    # edit here\n", REFUSED_LATE if late else "") + AND_AGAIN
    space.write("scene.py", f"if __name__ == '__main__':\n{indented(scene)}")
    done = space.iparsave("build", "--block-size", "10", "-j2", "scene.py")
    assert done.returncode == 0, done.stderr
    assert "[8]" in done.stdout
    expected = "draws or reads pixels" if late else ""
    assert expected in done.stderr
    assert ("the plain way" in done.stderr) == late, done.stderr


def indented(scene: str) -> str:
    return "".join(f"    {line}\n" if line else "\n" for line in scene.splitlines())


def test_process_that_lives_on(space: Space) -> None:
    scene = edited(
        LINE, "FRAMES = 40\n", "import subprocess\n\nsleeper = subprocess.Popen(['sleep', '60'])\nFRAMES = 40\n"
    )
    space.write("scene.py", scene + "\nsleeper.kill()\nsleeper.wait()\n")
    assert space.build("scene.py").way == "the scene has child processes"


STILL = edited(LINE, "    # edit here\n", '    if i == 35:\n        fig.savefig("still.png")\n    # edit here\n')
LOOK = '    if 20 <= i < 30:\n        title.set_text("look")\n'
FORKS = "import os, sys\n\nos.register_at_fork(after_in_parent=lambda: print('forked', file=sys.stderr))\n"


IN_A_METHOD = edited(
    edited(LINE, "    # edit here\n", "    show.step(i)\n"),
    "def animate(i):\n",
    "class Show:\n    def step(self, i):\n        if i == 35:\n            self.keep()\n\n"
    '    def keep(self):\n        fig.savefig("still.png")\n\n\nshow = Show()\n\n\ndef animate(i):\n',
)


@pytest.mark.parametrize(("scene", "fast"), [
    (STILL, False),
    (edited(IN_A_METHOD, "(fig, animate,", "(fig, show.step,"), False),
    (edited(STILL, "i == 35", "i == 99"), True),
])  # fmt: skip
def test_what_looks_as_if_it_drew_is_stepped_before_any_frame_is_drawn(space: Space, scene: str, fast: bool) -> None:
    space.write("scene.py", FORKS + scene)
    built = space.build("scene.py", "--block-size", "10", "-j2")
    assert (built.way == "fast") == fast
    if fast:  # which is known from then on
        forks = built.errors.count("forked\n")
        space.write("scene.py", FORKS + scene + "\nnobody_asks = 1\n")
        assert space.build("scene.py", "--block-size", "10", "-j2", "--force").errors.count("forked\n") == forks - 1
    else:
        assert built.drawn == [0, 1, 2, 3]  # each once
        assert built.errors.count("forked\n") == 2


def test_what_was_refused_is_not_tried_in_vain(space: Space) -> None:
    def built(scene: str) -> tuple[list[int], bool, int]:
        space.write("scene.py", FORKS + scene)
        built = space.build("scene.py", "--block-size", "10", "-j2")
        return sorted(set(built.rendered)), built.way == "fast", built.errors.count("forked\n")

    hidden = edited(STILL, "fig.savefig(", 'getattr(fig, "save" + "fig")(')
    rendered, fast, forks = built(hidden)
    assert (rendered, fast) == ([0, 1, 2, 3], False)
    assert forks > 2
    look = edited(STILL, "    # edit here\n", LOOK)
    assert built(look) == ([2], False, 2)  # a process for the plain way, and one that looks ahead
    mended = edited(look, "fig.savefig", "str")
    _, fast, forks = built(mended)  # which blocks are known by their calls is as far as the first build came
    assert fast
    assert forks > 2
    assert built(edited(mended, "look", "there"))[:2] == ([2], True)
