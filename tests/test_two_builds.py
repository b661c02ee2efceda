"""Two builds of one movie at once: whatever is paused, ended or killed when, the movie is that of the newest."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from .scenes import LINE, edited
from .space import Space, frames_of
from .watching import living, none_living

BLOCKS = ("--block-size", "10")
PATIENCE = 60.0  # seconds; to wait in vain is a failure, not a measurement

SAYS = edited(LINE, '    title.set_text(f"frame {i}")\n', '    title.set_text("one")\n')
TWO = SAYS.replace('"one"', '"two"')
PLAIN = edited(SAYS, "    # edit here\n", "    # edit here\n    fig.canvas.draw()\n")


def endless(scene: str) -> str:
    """Return a scene that makes the same frames, but does not come to the end of its last block."""
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
    """Whether a build is in the midst of it: some blocks are done."""
    return any((space.path(".iparsave_cache") / "frames").rglob("*/*"))


def clean(space: Space, scene: str) -> list[str]:
    """Return the frames of the movie that *scene* makes, built elsewhere from nothing."""
    folder = Space(space.folder / "elsewhere")
    folder.write("scene.py", scene)
    folder.build("scene.py", *BLOCKS)
    return frames_of(folder.path("out.mp4"))


# -- who has lost the command ---------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("scene", [SAYS, PLAIN], ids=["fast", "plain"])
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
def test_who_has_lost_the_command_ends(
    space: Space, number: signal.Signals, ends: Callable[[int, int], None], scene: str
) -> None:
    """The command is ended, as by ``kill`` or a terminal that goes away, alone or with its process group."""
    space.write("out.mp4", "the old movie")
    space.write("scene.py", endless(scene))
    process = build(space, "-j2")
    until(lambda: has_blocks(space))
    ends(process.pid, number)
    _, said = process.communicate(timeout=PATIENCE)
    status = process.returncode
    assert none_living(space), living(space)
    assert space.path("out.mp4").read_text() == "the old movie"
    if number == signal.SIGKILL:
        assert status == -number
    else:
        assert status == 128 + number
        assert "interrupted; the blocks that were finished are kept" in said
        assert list(space.path(".iparsave_cache/tmp").glob("*")) == []
    assert [path.name for path in space.folder.glob(".*tmp*")] == []
    space.write("scene.py", scene)
    assert len(space.build("scene.py", *BLOCKS).rendered) < 4
