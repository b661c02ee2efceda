"""The artist cache: builds that do not draw unchanged artists again."""

from __future__ import annotations

import pytest

from .scenes import LINE, edited
from .space import Space

BLOCKS = ("--block-size", "10", "-j2")
BYPASSES_BARRIER = edited(
    edited(LINE, 'title = ax.set_title("")', 'title = ax.set_title("")\nnote = ax.text(1, 0, "a")'),
    "    # edit here\n",
    "    vars(note)['_text'] = str(i // 5)\n",  # no attribute assignment, so the barrier does not see it
)


def test_change_that_bypasses_the_barrier_is_drawn(space: Space) -> None:
    space.write("scene.py", BYPASSES_BARRIER)
    built = space.build("scene.py", *BLOCKS)
    assert built.way == "fast"
    movie = space.path("out.mp4").read_bytes()
    exact = space.build("scene.py", *BLOCKS, "--exact", "--cache-dir", "exact")
    assert exact.way == "fast"
    assert exact.rendered == [0, 1, 2, 3]
    assert space.path("out.mp4").read_bytes() == movie


@pytest.mark.exhaustive
def test_exact_build_makes_the_same_movie(space: Space) -> None:
    space.write("scene.py", LINE)
    assert space.build("scene.py", *BLOCKS).rendered == [0, 1, 2, 3]
    movie = space.path("out.mp4").read_bytes()
    assert space.build("scene.py", *BLOCKS, "--exact", skip_manifest=True).rendered == []
    space.build("scene.py", *BLOCKS, "--exact", "--force")
    assert space.path("out.mp4").read_bytes() == movie
