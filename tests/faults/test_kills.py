"""Kill any process of a build at a random time: the next build makes the movie, and no process or file is left."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from ..watching import processes_in
from .place import SCENE, Place

SLOW = SCENE.replace("import matplotlib.pyplot", "import time\n\nimport matplotlib.pyplot").replace(
    "    # edit here\n", "    time.sleep(0.02)\n"
)
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
VICTIMS = ("command", "scene", "worker", "encoder", "group")


def processes(place: Place) -> dict[str, list[int]]:
    """Return the processes of a build by kind.  A worker leads a process group of its own."""
    found: dict[str, list[int]] = {name: [] for name in VICTIMS}
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError, IndexError):
            if not folder.name.isdigit() or not os.readlink(folder / "cwd").startswith(str(place.folder)):
                continue
            pid, words = int(folder.name), (folder / "cmdline").read_bytes()
            if b"ffmpeg" in words.split(b"\0")[0]:
                found["encoder"].append(pid)
            elif b"child_main" in words:
                found["worker" if os.getpgid(pid) == pid else "scene"].append(pid)
            elif b"incremental_parsave" in words:
                found["command"].append(pid)
    return found


def kill(place: Place, process: subprocess.Popen[str], victim: str, number: int, delay: float) -> None:
    """After *delay* seconds, send a signal to a process of the build, or to its whole group; wait for its end."""
    deadline = time.monotonic() + delay
    while process.poll() is None and (time.monotonic() < deadline or victim not in ("command", "group")):
        victims = processes(place)[victim] if victim != "group" else []
        if time.monotonic() >= deadline and victims:
            with contextlib.suppress(ProcessLookupError):
                os.kill(victims[-1], number)
            break
        time.sleep(0.002)
    else:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, number) if victim == "command" else os.killpg(process.pid, number)
    process.communicate(timeout=60)


def none_left(place: Place) -> bool:
    """Wait until no process is left in *place*; return False if some still run after 10 seconds."""
    deadline = time.monotonic() + 10
    while processes_in(place) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not processes_in(place)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("kills") / "project"
    folder.mkdir()
    made = Place(folder)
    made.write("scene.py", SLOW)
    made.finish(made.start())
    return made


@pytest.mark.rows(1)
@pytest.mark.parametrize(
    ("victim", "number", "seed"),
    [
        *(
            pytest.param(victim, number, seed, marks=pytest.mark.soak)
            for victim in VICTIMS
            for number in SIGNALS
            for seed in range(1, 15)
        ),
        ("command", signal.SIGKILL, 0),
        ("scene", signal.SIGKILL, 0),
        ("worker", signal.SIGKILL, 0),
        ("encoder", signal.SIGTERM, 0),
        ("group", signal.SIGTERM, 0),
        ("group", signal.SIGINT, 0),
    ],
)
def test_build_after_a_kill_makes_the_movie_and_leaves_no_process_or_file(
    place: Place, victim: str, number: int, seed: int
) -> None:
    movie = place.path("out.mp4").read_bytes()
    place.clear()
    place.path("out.mp4").unlink()
    chance = random.Random(f"{victim} {number} {seed}")
    kill(place, place.start(), victim, number, chance.uniform(0, 1.5))
    assert none_left(place), processes_in(place)
    if place.path("out.mp4").exists():
        assert place.path("out.mp4").read_bytes() == movie
    place.finish(place.start())
    assert place.errors == ""
    assert place.path("out.mp4").read_bytes() == movie
    assert none_left(place), processes_in(place)
    assert list((place.cache / "tmp").iterdir()) == []
    assert sorted(path.name for path in place.folder.iterdir()) == [".iparsave_cache", "out.mp4", "scene.py"]
    done = place.iparsave("verify")
    assert done.returncode == 0, done.stdout
