"""Builds that leave out what has not changed: artists, and frames that workers step for themselves."""

from __future__ import annotations

from .scenes import LINE, edited
from .space import Space

BLOCKS = ("--block-size", "10", "-j2")
HIDDEN = edited(
    edited(LINE, 'title = ax.set_title("")', 'title = ax.set_title("")\nnote = ax.text(1, 0, "a")'),
    "    # edit here\n",
    "    vars(note)['_text'] = str(i // 5)\n",  # not assigned: put where no barrier sees it
)


def test_artist_that_was_missed_is_named_and_the_movie_is_right(space: Space) -> None:
    space.write("scene.py", HIDDEN)
    built = space.build("scene.py", *BLOCKS)
    assert "taken for unchanged" in built.way
    assert "Text(" in built.way
    movie = space.path("out.mp4").read_bytes()
    exact = space.build("scene.py", *BLOCKS, "--exact", "--cache-dir", "exact")
    assert exact.way == "fast"
    assert exact.rendered == [0, 1, 2, 3]
    assert space.path("out.mp4").read_bytes() == movie


def test_same_movie_with_nothing_left_out(space: Space) -> None:
    space.write("scene.py", LINE)
    assert space.build("scene.py", *BLOCKS).rendered == [0, 1, 2, 3]
    movie = space.path("out.mp4").read_bytes()
    assert space.build("scene.py", *BLOCKS, "--exact", past_manifest=True).rendered == []
    space.build("scene.py", *BLOCKS, "--exact", "--force")
    assert space.path("out.mp4").read_bytes() == movie


SLOW = edited(LINE, "    # edit here\n", "    sum(range(600_000))\n    # edit here\n")
CALLED = edited(SLOW, "FRAMES =", "import sys\nFRAMES =")
COUNTED = "    setattr(sys, f'STEPPED_{i}', '')\n"


def stepped(space: Space, scene: str) -> int:
    """Build; return how many frames the process that runs the script has stepped."""
    tail = "\nprint(sum(name.startswith('STEPPED_') for name in vars(sys)))\n"
    space.write("scene.py", edited(scene, "    # edit here\n", COUNTED) + tail)
    done = space.iparsave("build", "-q", "scene.py", *BLOCKS)
    return int(done.stdout.split()[-1])


def test_slow_frames_without_a_trace_are_stepped_by_workers(space: Space) -> None:
    assert stepped(space, CALLED) == 5  # four to see that, and the one that is left standing
    movie = space.path("out.mp4").read_bytes()
    assert space.build("scene.py", *BLOCKS, "--cache-dir", "clean", "--stepping", "sequential").way == "fast"
    assert space.path("out.mp4").read_bytes() == movie


def test_slow_frames_that_change_the_environment_are_stepped_in_order(space: Space) -> None:
    setting = "    os.environ['N'] = str(i)\n    # edit here\n"
    assert stepped(space, edited(CALLED, "    # edit here\n", setting).replace("import sys", "import os, sys")) == 40


def test_frames_that_are_quick_or_speak_are_stepped_in_order(space: Space) -> None:
    assert stepped(space, edited(CALLED, "600_000", "6")) == 40
    assert stepped(space, edited(CALLED, "    # edit here\n", "    print('frame', i)\n    # edit here\n")) == 40


def test_one_frame_that_is_held_up_does_not_make_stepping_slow(space: Space) -> None:
    held_up = "    if i == 2:\n        __import__('time').sleep(0.1)\n    line.set_lw(line.get_lw() + 0.1)\n"
    space.write("scene.py", edited(LINE, "    # edit here\n", held_up))
    assert space.build("scene.py", *BLOCKS).way == "fast"


def test_state_in_an_artist_is_noticed_and_remembered(space: Space) -> None:
    scene = edited(CALLED, "    # edit here\n", "    line.set_lw(line.get_lw() + 0.1)\n    # edit here\n")
    space.write("scene.py", scene)
    first = space.build("scene.py", *BLOCKS)
    assert "depends on" in first.way
    movie = space.path("out.mp4").read_bytes()
    again = space.build("scene.py", *BLOCKS, past_manifest=True)
    assert again.way == "fast"
    assert space.path("out.mp4").read_bytes() == movie
