"""A real ``iparsave watch`` that is interrupted, terminated or killed."""

from __future__ import annotations

import signal
import time

import pytest

from .scenes import SIMULATED, SLOW, edited
from .space import Space
from .watching import PATIENCE, no_process_is_left, processes_in, watched

BLOCKS = ("--block-size", "10")


@pytest.mark.rows(1)
@pytest.mark.parametrize("more", [(), ("--rerun",)])
def test_repeated_ctrl_c(space: Space, more: tuple[str, ...]) -> None:
    """Further Ctrl-C during the shutdown do not change how it exits."""
    space.write("scene.py", SLOW)
    with watched(space, "scene.py", *BLOCKS, *more) as watching:
        watching.until("simulating")
        for _ in range(40):
            watching.process.send_signal(signal.SIGINT)
            time.sleep(0.01)
        assert watching.process.wait(PATIENCE) == 130
        assert no_process_is_left(space)
    assert not any("Traceback" in line for line in watching.printed + watching.quiet(0.2))


@pytest.mark.rows(1)
@pytest.mark.parametrize("when", ["idle", "building", "starting"])
def test_ctrl_c_leaves_no_processes_or_files(space: Space, when: str) -> None:
    space.write("scene.py", SLOW)
    with watched(space, "scene.py", *BLOCKS) as watching:
        watching.until("watching")
        if when == "idle":
            watching.built()
        elif when == "building":
            watching.until("simulating")
            time.sleep(1)
        assert watching.interrupt() == 130
        assert no_process_is_left(space), processes_in(space)
        assert list(space.path(".iparsave_cache").glob("tmp/*")) == []
        assert [path.name for path in space.folder.glob(".*tmp*")] == []


def test_killed_watch_leaves_no_process(space: Space) -> None:
    space.write("scene.py", SIMULATED)
    with watched(space, "scene.py", *BLOCKS) as watching:
        watching.built()
        watching.process.kill()
        assert no_process_is_left(space), processes_in(space)


@pytest.mark.rows(1)
@pytest.mark.parametrize("warm", [(), ("--rerun",)], ids=["warm", "rerun"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_watch_terminated_during_a_build(space: Space, number: signal.Signals, warm: tuple[str, ...]) -> None:
    space.write("out.mp4", "the old movie")
    space.write("scene.py", edited(SLOW, "time.sleep(0.05)", "time.sleep(120 if i == 12 else 0)"))
    with watched(space, "scene.py", *BLOCKS, *warm) as watching:
        watching.until("simulating")
        deadline = time.monotonic() + PATIENCE
        while not any(space.path(".iparsave_cache/frames").rglob("*/*")):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        watching.process.send_signal(number)
        status = watching.process.wait(PATIENCE)
        assert status == (-number if number == signal.SIGKILL else 128 + number)
        assert no_process_is_left(space), processes_in(space)
    assert space.path("out.mp4").read_text() == "the old movie"
