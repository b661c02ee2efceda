"""Bad input causes a clear error, and no finished work is lost."""

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
    """Build *scene* over an old movie; expect failure, with the movie kept; return the errors."""
    space.write("out.mp4", "the old movie")
    space.write("scene.py", scene)
    built = space.try_build("scene.py", *BLOCKS, *args)
    assert built.status == status, built.errors
    assert built.targets == []
    assert space.path("out.mp4").read_text() == "the old movie"
    assert [path.name for path in space.folder.glob(".*tmp*")] == []
    assert list(space.path(".iparsave_cache/tmp").glob("*")) == []
    return built.errors


def test_exception_of_the_script_is_shown_as_in_python(space: Space) -> None:
    errors = fails(space, edited(LINE, "FRAMES = 40", "FRAMES = 40 / 0"))
    assert errors.startswith("Traceback (most recent call last):\n")
    assert f'  File "{space.path("scene.py")}", line 5, in <module>' == errors.splitlines()[1]
    assert errors.endswith("ZeroDivisionError: division by zero\n")


def test_exception_in_a_frame_names_the_frame_and_keeps_finished_blocks(space: Space) -> None:
    errors = fails(space, edited(LINE, "    # edit here\n", "    if i == 25:\n        raise ValueError('bad data')\n"))
    assert "ValueError: bad data\nraised at frame 25 (block 2) of out.mp4; finished blocks are kept" in errors
    lines = [line for line in errors.splitlines() if line.startswith("  File")]
    assert all("scene.py" in line for line in lines), errors
    space.write("scene.py", LINE)
    assert space.build("scene.py", *BLOCKS).rendered == [2, 3]


@pytest.mark.parametrize("draws", ["", "    fig.canvas.draw()\n"], ids=["in parallel", "in one process"])
def test_blocks_are_not_reported_as_kept_without_a_cache(space: Space, draws: str) -> None:
    space.write("no_folder", "")
    bad = draws + "    if i == 15:\n        raise ValueError('bad data')\n"
    space.write("scene.py", edited(LINE, "    # edit here\n", bad))
    errors = space.try_build("scene.py", *BLOCKS, "--cache-dir", "no_folder").errors
    assert "raised at frame 15 (block 1) of out.mp4\n" in errors
    assert ("in one process" in errors) == bool(draws)


def test_exception_while_a_frame_is_drawn_names_block_and_frame(space: Space) -> None:
    formatter = (
        "ax.set_xticks([1])\nax.xaxis.set_major_formatter(lambda v, p: str(1 / (title.get_text() != 'frame 14')))\n"
    )
    errors = fails(space, edited(LINE, "anim = ", formatter + "anim = "))
    assert "ZeroDivisionError" in errors
    assert "in the worker of block 1 (frames 10-19), at frame 14" in errors
    assert "scene.py" in errors


def test_script_can_catch_exceptions_of_its_animation(space: Space) -> None:
    scene = edited(LINE, "    # edit here\n", "    assert i < 25\n")
    scene = edited(
        scene, 'anim.save("out.mp4")\n', "try:\n    anim.save('out.mp4')\nexcept AssertionError:\n    print('caught')\n"
    )
    space.write("scene.py", scene)
    done = space.iparsave("build", "scene.py", *BLOCKS)
    assert (done.returncode, done.stdout) == (0, "caught\n")


def test_syntax_error_is_shown(space: Space) -> None:
    errors = fails(space, LINE + "this is no python\n")
    assert "scene.py" in errors
    assert "this is no python" in errors
    assert "SyntaxError" in errors


@pytest.mark.parametrize(
    ("old", "new", "errors"),
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
def test_impossible_request_is_an_error(space: Space, old: str, new: str, errors: str) -> None:
    assert errors in fails(space, edited(LINE, old, new))


def test_script_without_an_animation_is_an_error(space: Space) -> None:
    assert "scene.py creates no animation" in fails(space, LINE.split("anim = ")[0])


def test_message_names_the_line_of_the_script(space: Space) -> None:
    errors = fails(space, edited(LINE, "frames=FRAMES, ", ""))
    assert "error: scene.py:23: the animation has no end" in errors
    assert "help: pass frames=N or save_count=N" in errors


def test_missing_script_is_a_usage_error(space: Space) -> None:
    built = space.try_build("nowhere.py")
    assert built.status == 2
    assert built.errors == "error: no such file: nowhere.py\n"


def test_missing_stitcher_is_an_error(space: Space) -> None:
    space.environment["IPARSAVE_FFMPEG"] = shutil.which("ffmpeg") or ""
    space.environment["PATH"] = ""
    errors = fails(space, LINE, "--stitcher", "mencoder")
    assert "mencoder is not installed" in errors
    assert "apt-get install mencoder" in errors


@pytest.mark.rows(1)
@pytest.mark.parametrize("limits", ["-n 12", "-S -n 12", "-n 24"])
def test_low_limit_of_open_files_is_raised_or_reported(space: Space, limits: str) -> None:
    space.write("scene.py", LINE)
    command = f'ulimit {limits}; "$0" -m incremental_parsave build scene.py -j 8 --block-size 5'
    done = space.run(["bash", "-c", command, sys.executable])
    if limits == "-n 12":
        assert (done.returncode, done.stderr.count("\n")) == (1, 2)
        assert "the limit of open files is 12, but a build needs 24" in done.stderr
    else:  # a limit that is sufficient, or may be raised
        assert done.returncode == 0, done.stderr
        assert "rendered 8 of 8 blocks" in done.stdout


def test_exit_status_of_the_scene_is_returned(space: Space) -> None:
    assert "scene.py exited with status 3" in fails(
        space, edited(LINE, "anim = ", "raise SystemExit(3)\nanim = "), status=3
    )


def test_crash_of_the_scene_is_reported_with_its_signal(space: Space) -> None:
    crash = "    import os, signal\n    os.kill(os.getpid(), signal.SIGSEGV)\n"
    assert "was killed by signal 11" in fails(
        space, edited(LINE, "    # edit here\n", "    if i == 25:\n    " + crash.replace("\n    ", "\n        "))
    )


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_encoders_that_outlive_a_crash_leave_no_files(space: Space) -> None:
    """An encoder that was started just before the crash creates its file after the build has ended."""
    late = space.write("late", f'#!/bin/sh\nsleep 0.7\nexec {space.environment["IPARSAVE_FFMPEG"]} "$@"\n')
    late.chmod(0o755)
    space.environment["IPARSAVE_FFMPEG"] = str(late)
    test_crash_of_the_scene_is_reported_with_its_signal(space)
    time.sleep(1)
    assert list(space.path(".iparsave_cache/tmp").glob("*")) == []


def test_killed_worker_is_named(space: Space) -> None:
    kill = (
        "ax.set_xticks([1])\n"
        "ax.xaxis.set_major_formatter(\n"
        "    lambda v, p: os.kill(os.getpid(), 9) if title.get_text() == 'frame 14' else '')\n"
    )
    errors = fails(space, "import os\n" + edited(LINE, "anim = ", kill + "anim = "))
    assert "the worker of block 1 (frames 10-19) was killed by signal 9" in errors


def test_scene_that_handles_sigchld_is_built_in_one_process(space: Space) -> None:
    space.write("scene.py", "import signal\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\n" + LINE)
    assert "handles SIGCHLD" in space.build("scene.py", *BLOCKS).way


SLOW = edited(
    edited(LINE, "    # edit here\n", "    time.sleep(0.12)\n"),
    "import numpy as np\n",
    "import numpy as np\nimport time\n",
)


LOSES_INTERRUPT = edited(
    edited(LINE, "    # edit here\n", "    SleepsWhenDeleted() if i == 12 else time.sleep(0.2 if i > 12 else 0)\n"),
    "import numpy as np\n",
    "import numpy as np\nimport time\n\n\nclass SleepsWhenDeleted:\n    def __del__(self):\n        time.sleep(20)\n",
)
"""Python ignores an exception that is raised in a `__del__` method."""


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
@pytest.mark.parametrize("scene", [SLOW, LOSES_INTERRUPT], ids=["slow frames", "interrupt lost in __del__"])
def test_interrupt_keeps_finished_blocks_and_leaves_no_process_or_file(space: Space, scene: str) -> None:
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
def test_build_after_a_kill_reuses_finished_blocks(space: Space, delay: float) -> None:
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
