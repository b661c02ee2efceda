"""Two concurrent builds of one movie: whichever is paused, ended or killed, the movie is that of the newest."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from .scenes import LINE, edited
from .space import Space
from .watching import no_process_is_left, processes_in

BLOCKS = ("--block-size", "10")
PATIENCE = 60.0  # seconds until a wait fails; generous, because tests do not measure time

SCENE_ONE = edited(LINE, '    title.set_text(f"frame {i}")\n', '    title.set_text("one")\n')
SCENE_TWO = SCENE_ONE.replace('"one"', '"two"')
ONE_PROCESS_SCENE = edited(SCENE_ONE, "    # edit here\n", "    # edit here\n    fig.canvas.draw()\n")


def endless(scene: str) -> str:
    """Return a scene that makes the same frames, but hangs in its last block."""
    slow = edited(scene, "    # edit here\n", "    # edit here\n    time.sleep(120 if i == 35 else 0)\n")
    return edited(slow, "import numpy as np\n", "import numpy as np\nimport time\n")


def started(space: Space, *command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=space.folder,
        env=space.environment,
        start_new_session=True,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )


def build(space: Space, *args: str) -> subprocess.Popen[str]:
    return started(space, "-m", "incremental_parsave", "build", "scene.py", *BLOCKS, *args)


def until(happened: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def has_blocks(space: Space) -> bool:
    """Whether some blocks of a build are done."""
    return any((space.path(".iparsave_cache") / "frames").rglob("*/*"))


def clean(space: Space, name: str, scene: str) -> bytes:
    """Return the movie that *scene* makes, built elsewhere from nothing."""
    folder = Space(space.folder / "elsewhere")
    folder.write("scene.py", scene)
    folder.build("scene.py", *BLOCKS)
    return folder.path(name).read_bytes()


# -- orphaned processes ---------------------------------------------------------


@pytest.mark.rows(2)
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("scene", [SCENE_ONE, ONE_PROCESS_SCENE], ids=["fast", "plain"])
@pytest.mark.parametrize(
    ("number", "ends"),
    [
        (signal.SIGTERM, os.kill),
        (signal.SIGTERM, os.killpg),
        (signal.SIGHUP, os.killpg),
        (signal.SIGINT, os.kill),
        (signal.SIGKILL, os.kill),
    ],
    ids=["term", "terms", "hups", "int", "kill"],
)
def test_orphaned_processes_exit(
    space: Space, number: signal.Signals, ends: Callable[[int, int], None], scene: str
) -> None:
    """The command is terminated, as by ``kill`` or a closed terminal, alone or with its process group."""
    space.write("out.mp4", "the old movie")
    space.write("scene.py", endless(scene))
    process = build(space, "-j2")
    until(lambda: has_blocks(space))
    ends(process.pid, number)
    _, said = process.communicate(timeout=PATIENCE)
    status = process.returncode
    assert no_process_is_left(space), processes_in(space)
    assert space.path("out.mp4").read_text() == "the old movie"
    if number == signal.SIGKILL:
        assert status == -number
    else:
        assert status == 128 + number
        assert "interrupted (finished blocks are kept)" in said
        assert list(space.path(".iparsave_cache/tmp").glob("*")) == []
    assert [path.name for path in space.folder.glob(".*tmp*")] == []
    space.write("scene.py", scene)
    assert len(space.build("scene.py", *BLOCKS).rendered) < 4


SCRIPT = """\
import os, signal, sys, time
import matplotlib.pyplot as plt
from matplotlib.animation import FuncAnimation
import incremental_parsave

fig, ax = plt.subplots(figsize=(2.4, 1.8), dpi=50, subplot_kw={"xticks": [], "yticks": []})
(line,) = ax.plot([0, 1], [0, 1])
ax.yaxis.set_major_formatter(lambda v, p: time.sleep(120) or "")


def animate(i):
    line.set_ydata([0, i])
    if i >= 20:
        ax.set_yticks([0.5])  # drawing these frames calls the formatter


anim = FuncAnimation(fig, animate, frames=40)
print("begins", flush=True)
incremental_parsave.save(anim, "out.mp4", jobs=2, block_size=10)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_workers_of_a_killed_script_exit(space: Space) -> None:
    """A plain script has no command; its workers are orphaned when the script itself is killed."""
    space.write("scene.py", SCRIPT)
    process = started(space, "scene.py")
    until(lambda: has_blocks(space))
    until(lambda: len(processes_in(space)) > 2)
    process.kill()
    process.communicate()
    assert no_process_is_left(space), processes_in(space)


# -- which movie is in place ------------------------------------------------------

PAUSING_MODULE = """\
import os
import time

from incremental_parsave.cache import places
from incremental_parsave.tracing import audit

replace = places.os.replace  # internal to the package, so a scene cannot replace it


def held(source, target):
    replace(source, target)
    if os.path.basename(target) in ("out.mp4", "out.gif") and not os.path.exists("held"):
        open("held", "w").close()
        while not os.path.exists("go"):
            time.sleep(0.01)


def hold(source, target):
    with audit.unrecorded():
        held(source, target)


places.os.replace = hold
"""
"""The first build pauses after it has published its movie, until the file ``go`` exists."""


def by(writer: str, scene: str) -> str:
    return edited(scene, '"out.mp4"', '"out.gif", writer="pillow"') if writer == "pillow" else scene


def waits_for_lock(pid: int) -> bool:
    """Whether some process of the session of *pid* waits for a lock."""
    waiting = [line.split()[5] for line in Path("/proc/locks").read_text().splitlines() if line.split()[1] == "->"]
    return any(pid == os.getsid(int(each)) for each in waiting if os.path.isdir(f"/proc/{each}"))


@pytest.mark.rows(1)
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("writer", ["ffmpeg", "pillow"])
def test_movie_is_not_mistaken_for_that_of_another_build(space: Space, writer: str) -> None:
    space.write("held.py", PAUSING_MODULE)
    one, two = by(writer, SCENE_ONE), by(writer, SCENE_TWO)
    name = "out.mp4" if writer == "ffmpeg" else "out.gif"
    one, two = "import held\n" + one, "import held\n" + two
    space.write("scene.py", one)
    first = build(space)
    until(space.path("held").exists)
    space.write("scene.py", two)
    second = build(space)
    until(lambda: second.poll() is not None or waits_for_lock(second.pid))
    space.write("go", "")
    for process in (first, second):
        _, said = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, said
    assert space.path(name).read_bytes() == clean(space, name, by(writer, SCENE_TWO))
    space.write("scene.py", one)
    space.build("scene.py", *BLOCKS)
    assert space.path(name).read_bytes() == clean(space, name, by(writer, SCENE_ONE))


@pytest.mark.rows(1)
@pytest.mark.parametrize("writer", ["ffmpeg", "pillow"])
@pytest.mark.parametrize("again", [False, True], ids=["built", "up to date"])
def test_older_build_does_not_replace_the_movie_of_a_newer_one(space: Space, writer: str, *, again: bool) -> None:
    name = "out.mp4" if writer == "ffmpeg" else "out.gif"
    waits = "import os, time\nopen('begun', 'w').close()\nwhile not os.path.exists('go'):\n    time.sleep(0.01)\n"
    one, two = by(writer, SCENE_ONE), by(writer, SCENE_TWO)
    space.write("scene.py", two)
    if again:
        space.build("scene.py", *BLOCKS)
    space.write("scene.py", waits + one)
    first = build(space)
    until(space.path("begun").exists)
    space.write("scene.py", two)
    space.build("scene.py", *BLOCKS)
    made = space.path(name).read_bytes()
    space.write("go", "")
    _, said = first.communicate(timeout=PATIENCE)
    assert first.returncode == 0
    assert f"{name} was not replaced: a build that began later has written it" in said
    assert space.path(name).read_bytes() == made
    assert not space.build("scene.py", *BLOCKS).rendered
    assert space.path(name).read_bytes() == made


def test_pool_of_a_scene_terminates_silently(space: Space) -> None:
    """A pool ends its processes by SIGTERM."""
    pool = (
        "import multiprocessing\nwith multiprocessing.get_context('fork').Pool(2) as pool:\n    pool.map(abs, [1, 2])\n"
    )
    space.write("scene.py", pool + SCENE_ONE)
    built = space.build("scene.py", *BLOCKS)
    assert "Traceback" not in built.errors
    assert "Ended" not in built.errors
