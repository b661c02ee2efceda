"""Resources that a scene process shares with other processes, and its threads."""

from __future__ import annotations

import _thread
import mmap
import multiprocessing
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tqdm import tqdm

from incremental_parsave.processes.proc import writable_mappings
from incremental_parsave.tracing.threads import Monitors, tqdm_lock_address, unknown_threads
from incremental_parsave.trust.guard import Guard, Refused
from incremental_parsave.trust.shared_memory import shares_memory

from .scenes import LINE, edited
from .space import Space, frames_of

UNFORESEEN_DRAW = "    if i == 25:\n        getattr(fig.canvas, 'dr' + 'aw')()\n"  # spelled so that no draw is foreseen


def shares_memory_besides_tqdm() -> bool:
    """Whether there is shared memory besides tqdm's lock, which another test may have made."""
    return shares_memory(tqdm_lock_address())


@pytest.mark.parametrize("how", ["fork", "spawn", "forkserver"])
def test_pool_shares_memory_until_it_is_terminated(how: str) -> None:
    assert not shares_memory_besides_tqdm()
    pool = multiprocessing.get_context(how).Pool(1)
    assert shares_memory_besides_tqdm()
    pool.terminate()
    pool.join()
    assert writable_mappings()
    assert not shares_memory_besides_tqdm()


@pytest.mark.parametrize("make", ["Value", "RawArray", "Lock", "SimpleQueue"])
def test_multiprocessing_objects_share_memory(make: str) -> None:
    done = subprocess.run(  # in a new process, because multiprocessing reuses shared memory
        [sys.executable, "-c", SHARED.format(make=make)], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False True\n"


SHARED = """\
import multiprocessing
from incremental_parsave.trust.shared_memory import shares_memory

FORK = multiprocessing.get_context("fork")
with FORK.Pool(1) as pool:
    pass
before = shares_memory()
made = FORK.{make}(*{{"Value": "i", "RawArray": ("i", 3)}}.get("{make}", ()))
print(before, shares_memory())
"""


def test_mapped_file_is_shared_memory(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(bytes(mmap.PAGESIZE))
    with file.open("r+b") as opened, mmap.mmap(opened.fileno(), 0):
        assert shares_memory_besides_tqdm()
    assert not shares_memory_besides_tqdm()


def test_tqdm_monitor_is_stopped_and_restarted() -> None:
    bar = tqdm(total=1, file=open(os.devnull, "w"))  # noqa: SIM115
    monitor = tqdm.monitor
    assert monitor.is_alive()
    assert unknown_threads() == []
    monitors, locks = Monitors(), tqdm.get_lock().locks
    assert shares_memory()
    assert not shares_memory(tqdm_lock_address())
    assert monitors.stop()
    assert threading.active_count() == 1
    assert len(tqdm.get_lock().locks) == len(locks) - 1
    more = tqdm(total=1, file=bar.fp)
    assert threading.active_count() == 1
    monitors.start()
    assert tqdm.monitor is not monitor
    assert tqdm.monitor.is_alive()
    assert tqdm.monitor_interval == 10
    assert tqdm.get_lock().locks == locks
    for each in (bar, more):
        each.close()
    tqdm.monitor.exit()
    bar.fp.close()


def test_thread_resembling_the_tqdm_monitor_is_unknown() -> None:
    class TMonitor(threading.Thread):
        pass

    stop = threading.Event()
    TMonitor.__module__ = "tqdm._monitor"
    thread = TMonitor(target=stop.wait, name="tqdm_monitor", daemon=True)
    thread.start()
    assert unknown_threads() == [thread]
    stop.set()
    thread.join()


@pytest.mark.parametrize("by", ["threading", "_thread"])
def test_thread_started_by_the_animation_is_refused(by: str) -> None:
    """A process that is forked later would deadlock on any lock that the thread holds."""
    guard, ran = Guard(), threading.Event()
    thread = threading.Thread(target=ran.set)
    with guard.installed():
        guard.arm()
        with pytest.raises(Refused, match="the animation starts a thread"):
            thread.start() if by == "threading" else _thread.start_new_thread(ran.set, ())
        guard.disarm()
    threading._limbo.pop(thread, None)  # `start` handles only an Exception
    assert not ran.wait(0.01)
    assert unknown_threads() == []


PROGRESS_BAR = edited(
    edited(LINE, "import numpy as np\n", "import numpy as np\nfrom tqdm import tqdm\n"),
    'anim.save("out.mp4")',
    'with tqdm(total=FRAMES, desc="bar", mininterval=0) as bar:\n'
    '    anim.save("out.mp4", progress_callback=lambda i, n: bar.update())\n'
    'print("alive", tqdm.monitor.is_alive())',
)


@pytest.mark.rows(1)
@pytest.mark.parametrize("late", [False, True])
def test_progress_bar_counts_every_frame_once(space: Space, late: bool) -> None:
    space.write("scene.py", edited(PROGRESS_BAR, "    # edit here\n", UNFORESEEN_DRAW if late else ""))
    built = space.iparsave("build", "--block-size", "10", "-j2", "scene.py")
    assert built.returncode == 0, built.stderr
    counts = [int(count) for count in re.findall(r"bar: .*? (\d+)/40", built.stderr)]
    assert counts[-1] == 40
    # After a fallback to one process, frames are counted again; counts of workers are not shown.
    assert len([k for k, count in enumerate(counts[1:]) if count < counts[k]]) == late
    assert "alive True" in built.stdout
    assert ("in one process" in built.stderr) == late
    assert space.iparsave("build", "-n", "--block-size", "10", "scene.py").stdout.startswith("out.mp4: up to date")


POOL_BEFORE_SAVE = """\
import multiprocessing

from work import twice

context = multiprocessing.get_context({how!r})
with context.Pool(1) as pool:
    FRAMES = pool.map(twice, [20])[0]
    pool.close()
    pool.join()
"""
POOL_AFTER_SAVE = """\

with context.Pool(1) as pool:
    print(pool.map(twice, [4]))
    pool.close()
    pool.join()
"""


@pytest.mark.rows(1)
@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("how", ["fork", "spawn", "forkserver"])
def test_pools_before_and_after_the_save(space: Space, how: str, late: bool) -> None:
    space.write("work.py", "def twice(n):\n    return 2 * n\n")
    scene = edited(LINE, "FRAMES = 40\n", POOL_BEFORE_SAVE.format(how=how))
    scene = edited(scene, "    # edit here\n", UNFORESEEN_DRAW if late else "") + POOL_AFTER_SAVE
    space.write("scene.py", f"if __name__ == '__main__':\n{indented(scene)}")
    done = space.iparsave("build", "--block-size", "10", "-j2", "scene.py")
    assert done.returncode == 0, done.stderr
    assert "[8]" in done.stdout
    expected = "draws or reads pixels" if late else ""
    assert expected in done.stderr
    assert ("in one process" in done.stderr) == late, done.stderr


def indented(scene: str) -> str:
    return "".join(f"    {line}\n" if line else "\n" for line in scene.splitlines())


def test_running_child_process_forces_one_process(space: Space) -> None:
    scene = edited(
        LINE, "FRAMES = 40\n", "import subprocess\n\nsleeper = subprocess.Popen(['sleep', '60'])\nFRAMES = 40\n"
    )
    space.write("scene.py", scene + "\nsleeper.kill()\nsleeper.wait()\n")
    assert space.build("scene.py").way == "the script has child processes"


@pytest.mark.exhaustive
def test_open_pipe_forces_one_process(space: Space) -> None:
    scene = edited(LINE, "FRAMES = 40\n", "import os\n\nreading, writing = os.pipe()\nFRAMES = 40\n")
    scene = edited(scene, "anim.save(", "os.write(writing, bytes(range(50)))\nos.close(writing)\nanim.save(")
    scene = edited(scene, "    # edit here\n", "    title.set_text(str(os.read(reading, 1)))\n")
    space.write("scene.py", scene)
    assert space.build("scene.py", "--block-size", "10").way == "the script has an open pipe"
    # A pipe that is only written to can be shared.
    space.write(
        "scene.py",
        edited(scene, "    title.set_text(str(os.read(reading, 1)))\n", "    pass\n").replace(
            "os.close(writing)", "os.close(reading)"
        ),
    )
    assert space.build("scene.py", "--block-size", "10").way == "fast"


@pytest.mark.rows(1)
@pytest.mark.parametrize(
    ("where", "why"),
    [
        ("", "the script has {}/pipe open, which can be read only once"),
        (
            "    global file\n    file = file or open('pipe')\n",
            "the animation opens {}/pipe, which can be read only once",
        ),
    ],
)
def test_open_named_pipe_forces_one_process(where: str, why: str, space: Space) -> None:
    os.mkfifo(space.path("pipe"))
    begin = "file = None\n" if where else "file = open('pipe')\n"
    scene = edited(LINE, "FRAMES = 40\n", f"{begin}FRAMES = 40\n")
    space.write("scene.py", edited(scene, "    # edit here\n", f"{where}    title.set_text(file.readline()[:3])\n"))
    feed = "import signal\nsignal.signal(signal.SIGPIPE, signal.SIG_DFL)\nwith open('pipe', 'w') as pipe:\n"
    feed += "    for i in range(60):\n        pipe.write(f'{i:<999}\\n')"  # more than is read at once
    with subprocess.Popen([sys.executable, "-c", feed], cwd=space.folder) as feeding:
        built = space.build("scene.py", "--block-size", "10", "-o", "out.mkv", "--codec", "ffv1")
        feeding.kill()
    assert built.way == why.format(space.folder)
    with subprocess.Popen([sys.executable, "-c", feed], cwd=space.folder) as feeding:
        space.write("scene.py", edited(space.path("scene.py").read_text(), '"out.mp4"', '"python.mkv", codec="ffv1"'))
        space.python("scene.py")
        feeding.kill()
    assert frames_of(space.path("out.mkv")) == frames_of(space.path("python.mkv"))


STILL = edited(LINE, "    # edit here\n", '    if i == 35:\n        fig.savefig("still.png")\n    # edit here\n')
TITLE_EDIT = '    if 20 <= i < 30:\n        title.set_text("look")\n'
REPORT_FORKS = "import os, sys\n\nos.register_at_fork(after_in_parent=lambda: print('forked', file=sys.stderr))\n"


STILL_IN_A_METHOD = edited(
    edited(LINE, "    # edit here\n", "    show.step(i)\n"),
    "def animate(i):\n",
    "class Show:\n    def step(self, i):\n        if i == 35:\n            self.keep()\n\n"
    '    def keep(self):\n        fig.savefig("still.png")\n\n\nshow = Show()\n\n\ndef animate(i):\n',
)


@pytest.mark.parametrize(("scene", "fast"), [
    (STILL, False),
    (edited(STILL_IN_A_METHOD, "(fig, animate,", "(fig, show.step,"), False),
    (edited(STILL, "i == 35", "i == 99"), True),
])  # fmt: skip
@pytest.mark.rows(1)
def test_scene_that_may_draw_is_stepped_before_any_frame_is_drawn(space: Space, scene: str, fast: bool) -> None:
    space.write("scene.py", REPORT_FORKS + scene)
    built = space.build("scene.py", "--block-size", "10", "-j2")
    assert (built.way == "fast") == fast
    if fast:  # the next build knows that it does not draw
        forks = built.errors.count("forked\n")
        space.write("scene.py", REPORT_FORKS + scene + "\nunused = 1\n")
        assert space.build("scene.py", "--block-size", "10", "-j2", "--force").errors.count("forked\n") == forks - 1
    else:
        assert built.drawn == [0, 1, 2, 3]  # each once
        assert built.errors.count("forked\n") == 2


@pytest.mark.exhaustive
def test_refused_scene_is_not_tried_again(space: Space) -> None:
    def built(scene: str) -> tuple[list[int], bool, int]:
        space.write("scene.py", REPORT_FORKS + scene)
        built = space.build("scene.py", "--block-size", "10", "-j2")
        return sorted(set(built.rendered)), built.way == "fast", built.errors.count("forked\n")

    hidden = edited(STILL, "fig.savefig(", 'getattr(fig, "save" + "fig")(')
    rendered, fast, forks = built(hidden)
    assert (rendered, fast) == ([0, 1, 2, 3], False)
    assert forks > 2
    look = edited(STILL, "    # edit here\n", TITLE_EDIT)
    assert built(look) == ([2], False, 2)  # the fallback process, and one that steps ahead
    mended = edited(look, "fig.savefig", "str")
    _, fast, forks = built(mended)  # blocks are known only as far as the first build got
    assert fast
    assert forks > 2
    assert built(edited(mended, "look", "there"))[:2] == ([2], True)
