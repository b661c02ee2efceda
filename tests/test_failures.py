"""Bad input gets a clear error, and nothing is lost."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from .scenes import LINE, edited
from .space import Space, frames_of
from .watching import processes_in

BLOCKS = ("--block-size", "10")


def fails(space: Space, scene: str, *args: str, status: int = 1) -> str:
    """Build *scene* over an old movie; expect it to fail, the movie kept; return what was said."""
    space.write("out.mp4", "the old movie")
    space.write("scene.py", scene)
    built = space.try_build("scene.py", *BLOCKS, *args)
    assert built.status == status, built.errors
    assert built.targets == []
    assert space.path("out.mp4").read_text() == "the old movie"
    assert [path.name for path in space.folder.glob(".*tmp*")] == []
    assert list(space.path(".iparsave_cache/tmp").glob("*")) == []
    return built.errors


def test_scene_raises_while_loading(space: Space) -> None:
    said = fails(space, edited(LINE, "FRAMES = 40", "FRAMES = 40 / 0"))
    assert said.startswith("Traceback (most recent call last):\n")
    assert f'  File "{space.path("scene.py")}", line 5, in <module>' == said.splitlines()[1]
    assert said.endswith("ZeroDivisionError: division by zero\n")


def test_scene_raises_at_a_frame(space: Space) -> None:
    said = fails(space, edited(LINE, "    # edit here\n", "    if i == 25:\n        raise ValueError('bad data')\n"))
    assert "ValueError: bad data\nraised at frame 25 (block 2) of out.mp4; finished blocks are kept" in said
    lines = [line for line in said.splitlines() if line.startswith("  File")]
    assert all("scene.py" in line for line in lines), said
    space.write("scene.py", LINE)
    assert space.build("scene.py", *BLOCKS).rendered == [2, 3]


@pytest.mark.parametrize("draws", ["", "    fig.canvas.draw()\n"], ids=["fast", "plain"])
def test_blocks_are_not_reported_as_kept_without_a_cache(space: Space, draws: str) -> None:
    space.write("no_folder", "")
    bad = draws + "    if i == 15:\n        raise ValueError('bad data')\n"
    space.write("scene.py", edited(LINE, "    # edit here\n", bad))
    said = space.try_build("scene.py", *BLOCKS, "--cache-dir", "no_folder").errors
    assert "raised at frame 15 (block 1) of out.mp4\n" in said
    assert ("in one process" in said) == bool(draws)


def test_scene_raises_while_a_frame_is_drawn(space: Space) -> None:
    formatter = (
        "ax.set_xticks([1])\nax.xaxis.set_major_formatter(lambda v, p: str(1 / (title.get_text() != 'frame 14')))\n"
    )
    said = fails(space, edited(LINE, "anim = ", formatter + "anim = "))
    assert "ZeroDivisionError" in said
    assert "in the worker of block 1 (frames 10-19), at frame 14" in said
    assert "scene.py" in said


def test_script_may_catch_what_its_animation_raises(space: Space) -> None:
    scene = edited(LINE, "    # edit here\n", "    assert i < 25\n")
    scene = edited(
        scene, 'anim.save("out.mp4")\n', "try:\n    anim.save('out.mp4')\nexcept AssertionError:\n    print('caught')\n"
    )
    space.write("scene.py", scene)
    done = space.iparsave("build", "scene.py", *BLOCKS)
    assert (done.returncode, done.stdout) == (0, "caught\n")


def test_syntax_error(space: Space) -> None:
    said = fails(space, LINE + "this is no python\n")
    assert "scene.py" in said
    assert "this is no python" in said
    assert "SyntaxError" in said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("frames=FRAMES, ", "", "the animation has no end: frames=None and no save_count"),
        ("frames=FRAMES", "frames=0", "the animation has no frames"),
        ("frames=FRAMES", "frames=lambda: iter(()), save_count=5", "yields no frames"),
        ('"out.mp4"', '"out.mp4", writer="imagemagick_typo"', "no such movie writer: 'imagemagick_typo'"),
        ('"out.mp4"', '"missing/out.mp4"', "no such folder for out.mp4"),
        ('"out.mp4"', '"/proc/out.mp4"', "cannot write out.mp4 to the folder /proc"),
        ('"out.mp4"', '"out.mp4", fps=0', "invalid frame rate: 0"),
        ('"out.mp4"', '"out.mp4", codec="no_such_codec"', "Unknown encoder 'no_such_codec'"),
        ('"out.mp4"', '"out.mp4", extra_args=["-crf", "loud"]', "ffmpeg failed to encode"),
        ('anim.save("out.mp4")\n', "import os; os.mkdir('d.mp4'); anim.save('d.mp4')\n", "d.mp4: it is a folder"),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore")
def test_what_is_asked_for_cannot_be(space: Space, old: str, new: str, said: str) -> None:
    assert said in fails(space, edited(LINE, old, new))


def test_script_without_an_animation(space: Space) -> None:
    assert "scene.py creates no animation" in fails(space, LINE.split("anim = ")[0])


def test_message_names_the_line_of_the_script(space: Space) -> None:
    said = fails(space, edited(LINE, "frames=FRAMES, ", ""))
    assert "error: scene.py:23: the animation has no end" in said
    assert "help: pass frames=N or save_count=N" in said


def test_script_that_is_not_there(space: Space) -> None:
    built = space.try_build("nowhere.py")
    assert built.status == 2
    assert built.errors == "error: no such file: nowhere.py\n"


def test_stitcher_that_is_not_installed(space: Space) -> None:
    space.environment["IPARSAVE_FFMPEG"] = shutil.which("ffmpeg") or ""
    space.environment["PATH"] = ""
    said = fails(space, LINE, "--stitcher", "mencoder")
    assert "mencoder is not installed" in said
    assert "apt-get install mencoder" in said


@pytest.mark.rows(1)
@pytest.mark.parametrize("limits", ["-n 12", "-S -n 12", "-n 24"])
def test_few_files_may_be_open(space: Space, limits: str) -> None:
    space.write("scene.py", LINE)
    command = f'ulimit {limits}; "$0" -m incremental_parsave build scene.py -j 8 --block-size 5'
    done = space.run(["bash", "-c", command, sys.executable])
    if limits == "-n 12":
        assert (done.returncode, done.stderr.count("\n")) == (1, 2)
        assert "the limit of open files is 12, but a build needs 24" in done.stderr
    else:  # what is enough, and what may be raised
        assert done.returncode == 0, done.stderr
        assert "rendered 8 of 8 blocks" in done.stdout


def test_scene_that_exits_with_a_status(space: Space) -> None:
    assert "scene.py exited with status 3" in fails(
        space, edited(LINE, "anim = ", "raise SystemExit(3)\nanim = "), status=3
    )


def test_scene_that_crashes(space: Space) -> None:
    crash = "    import os, signal\n    os.kill(os.getpid(), signal.SIGSEGV)\n"
    assert "was killed by signal 11" in fails(
        space, edited(LINE, "    # edit here\n", "    if i == 25:\n    " + crash.replace("\n    ", "\n        "))
    )


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_encoders_that_outlive_a_crash_leave_nothing(space: Space) -> None:
    """An encoder that was started just before begins its file when nobody is there any more."""
    late = space.write("late", f'#!/bin/sh\nsleep 0.7\nexec {space.environment["IPARSAVE_FFMPEG"]} "$@"\n')
    late.chmod(0o755)
    space.environment["IPARSAVE_FFMPEG"] = str(late)
    test_scene_that_crashes(space)
    time.sleep(1)
    assert list(space.path(".iparsave_cache/tmp").glob("*")) == []


def test_worker_that_is_killed_is_named(space: Space) -> None:
    kill = (
        "ax.set_xticks([1])\n"
        "ax.xaxis.set_major_formatter(\n"
        "    lambda v, p: os.kill(os.getpid(), 9) if title.get_text() == 'frame 14' else '')\n"
    )
    said = fails(space, "import os\n" + edited(LINE, "anim = ", kill + "anim = "))
    assert "the worker of block 1 (frames 10-19) was killed by signal 9" in said


def test_scene_that_handles_sigchld(space: Space) -> None:
    space.write("scene.py", "import signal\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\n" + LINE)
    assert "handles SIGCHLD" in space.build("scene.py", *BLOCKS).way


SLOW = edited(
    edited(LINE, "    # edit here\n", "    time.sleep(0.12)\n"),
    "import numpy as np\n",
    "import numpy as np\nimport time\n",
)


LOSES_INTERRUPT = edited(
    edited(LINE, "    # edit here\n", "    Grave() if i == 12 else time.sleep(0.2 if i > 12 else 0)\n"),
    "import numpy as np\n",
    "import numpy as np\nimport time\n\n\nclass Grave:\n    def __del__(self):\n        time.sleep(20)\n",
)
"""What is raised in a `__del__` is lost."""


def started(space: Space, scene: str = SLOW) -> subprocess.Popen[bytes]:
    """Start a slow build in a process group of its own, and wait until some blocks are done."""
    space.write("out.mp4", "the old movie")
    space.write("scene.py", scene)
    command = [sys.executable, "-m", "incremental_parsave", "build", "-j2", "scene.py", *BLOCKS]
    process = subprocess.Popen(
        command, cwd=space.folder, env=space.environment, start_new_session=True, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 60
    while not list((space.path(".iparsave_cache") / "frames").rglob("*/*")):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return process


@pytest.mark.rows(1)
@pytest.mark.parametrize("scene", [LOSES_INTERRUPT, SLOW], ids=["loses it", "slow"])
def test_interrupt_keeps_what_was_finished_and_leaves_nothing(space: Space, scene: str) -> None:
    process = started(space, scene)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(30) == 130
    deadline = time.monotonic() + 10
    while processes_in(space) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert processes_in(space) == []
    assert space.path("out.mp4").read_text() == "the old movie"
    assert list(space.path(".iparsave_cache/tmp").glob("*")) == []
    assert [path.name for path in space.folder.glob(".*tmp*")] == []
    space.write("scene.py", scene.replace("time.sleep(20)", "pass"))
    assert 0 < len(space.build("scene.py", *BLOCKS).rendered) < 4


@pytest.mark.exhaustive
@pytest.mark.parametrize("delay", [0.0, 0.6])
def test_kill_anywhere_and_the_next_build_converges(space: Space, delay: float) -> None:
    process = started(space)
    time.sleep(delay)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(30)
    assert space.path("out.mp4").read_text() == "the old movie" or len(frames_of(space.path("out.mp4"))) == 40
    deadline = time.monotonic() + 20
    while processes_in(space) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert processes_in(space) == []
    built = space.build("scene.py", *BLOCKS)
    assert len(built.rendered) < 4
    made = space.path("out.mp4").read_bytes()
    space.build("scene.py", *BLOCKS, "--cache-dir", "clean")
    assert space.path("out.mp4").read_bytes() == made
