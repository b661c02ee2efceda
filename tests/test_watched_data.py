"""Watching files that a scene reads: whenever they are written, the final movie is made from their last content."""

from __future__ import annotations

import time

import pytest

from .scenes import SIMULATED, edited
from .space import Space
from .watching import equals_clean_build, rendered, watched

BLOCKS = ("--block-size", "10")

READS_THEN_SLEEPS = edited(SIMULATED, "time.sleep(0.3)\n", "LEVEL = float(open('level.txt').read())\ntime.sleep(1)\n")
READS_THEN_SLEEPS = edited(READS_THEN_SLEEPS, "    # edit here\n", "    line.set_alpha(LEVEL)\n")


@pytest.mark.exhaustive
@pytest.mark.parametrize("more", [(), ("--rerun",)])
def test_data_written_after_it_was_read(space: Space, more: tuple[str, ...]) -> None:
    space.write("scene.py", READS_THEN_SLEEPS)
    space.write("level.txt", "0.2")
    with watched(space, "scene.py", *BLOCKS, *more) as watching:
        watching.until("simulating")
        time.sleep(0.5)
        space.write("level.txt", "0.4")  # the first build uses the old content
        watching.until("level.txt changed")
        watching.built()
        space.write("level.txt", "0.6")
        watching.until("level.txt changed")
        time.sleep(0.3)
        space.write("level.txt", "0.8")  # during a run
        watching.until("level.txt changed")
        watching.built()
        assert rendered(watching.edit("level.txt", "1")) == "4 of 4"
        watching.interrupt()
    assert equals_clean_build(space, *BLOCKS)


READ_BY_C = edited(
    READS_THEN_SLEEPS,
    "open('level.txt').read()",
    "c_reads()",
)
READ_BY_C = edited(
    READ_BY_C,
    "import time\n",
    """import ctypes
import time


def c_reads():
    libc, text = ctypes.CDLL(None), ctypes.create_string_buffer(16)
    libc.fopen.restype = ctypes.c_void_p
    file = ctypes.c_void_p(libc.fopen(b"level.txt", b"r"))
    libc.fread(text, 1, 15, file)
    libc.fclose(file)
    return text.value
""",
)


@pytest.mark.exhaustive
def test_data_read_by_a_c_library(space: Space) -> None:
    space.write("scene.py", READ_BY_C)
    space.write("level.txt", "0.2")
    with watched(space, "scene.py", *BLOCKS) as watching:
        watching.until("simulating")
        time.sleep(0.5)
        space.write("level.txt", "0.4")
        watching.until("level.txt changed")
        watching.built()
        for level in ("0.6", "0.8", "1"):  # each is detected, however long the process has run
            assert rendered(watching.edit("level.txt", level)) == "4 of 4"
        watching.edit("scene.py", edited(READ_BY_C, "i / 5", "i / 6"))
        watching.interrupt()
    assert equals_clean_build(space, *BLOCKS)
