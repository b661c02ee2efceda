"""What a scene's process shares with others, and the threads that it runs."""

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

REFUSED_LATE = "    if i == 25:\n        getattr(fig.canvas, 'dr' + 'aw')()\n"  # so that it is not foreseen


def shares_more() -> bool:
    """Whether there is shared memory besides tqdm's lock, which another test may have made."""
    return shares_memory(tqdm_lock_address())


@pytest.mark.parametrize("how", ["fork", "spawn", "forkserver"])
def test_memory_of_pools_counts_until_they_have_ended(how: str) -> None:
    assert not shares_more()
    pool = multiprocessing.get_context(how).Pool(1)
    assert shares_more()
    pool.terminate()
    pool.join()
    assert writable_mappings()
    assert not shares_more()


@pytest.mark.parametrize("make", ["Value", "RawArray", "Lock", "SimpleQueue"])
def test_memory_that_is_shared(make: str) -> None:
    done = subprocess.run(  # what multiprocessing takes for values it keeps for the next
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


def test_file_that_is_mapped(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(bytes(mmap.PAGESIZE))
    with file.open("r+b") as opened, mmap.mmap(opened.fileno(), 0):
        assert shares_more()
    assert not shares_more()


def test_monitor_of_bars_is_stopped_and_started() -> None:
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


def test_threads_like_the_monitor_are_strangers() -> None:
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
def test_thread_that_the_animation_starts_is_refused(by: str) -> None:
    """A process forked later would never get a lock that the thread holds by then."""
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
    assert ("in one process" in built.stderr) == late
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
    assert ("in one process" in done.stderr) == late, done.stderr


def indented(scene: str) -> str:
    return "".join(f"    {line}\n" if line else "\n" for line in scene.splitlines())


def test_process_that_lives_on(space: Space) -> None:
    scene = edited(
        LINE, "FRAMES = 40\n", "import subprocess\n\nsleeper = subprocess.Popen(['sleep', '60'])\nFRAMES = 40\n"
    )
    space.write("scene.py", scene + "\nsleeper.kill()\nsleeper.wait()\n")
    assert space.build("scene.py").way == "the script has child processes"


def test_pipe_from_which_frames_are_read(space: Space) -> None:
    scene = edited(LINE, "FRAMES = 40\n", "import os\n\nreading, writing = os.pipe()\nFRAMES = 40\n")
    scene = edited(scene, "anim.save(", "os.write(writing, bytes(range(50)))\nos.close(writing)\nanim.save(")
    scene = edited(scene, "    # edit here\n", "    title.set_text(str(os.read(reading, 1)))\n")
    space.write("scene.py", scene)
    assert space.build("scene.py", "--block-size", "10").way == "the script has an open pipe"
    # Into it, many may write; and what is read within a frame is nobody else's.
    space.write(
        "scene.py",
        edited(scene, "    title.set_text(str(os.read(reading, 1)))\n", "    pass\n").replace(
            "os.close(writing)", "os.close(reading)"
        ),
    )
    assert space.build("scene.py", "--block-size", "10").way == "fast"


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
def test_named_pipe_from_which_frames_are_read(where: str, why: str, space: Space) -> None:
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
