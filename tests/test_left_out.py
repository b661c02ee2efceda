"""Builds that leave out artists that have not changed."""

from __future__ import annotations

from .scenes import LINE, edited
from .space import Space

BLOCKS = ("--block-size", "10", "-j2")
HIDDEN = edited(
    edited(LINE, 'title = ax.set_title("")', 'title = ax.set_title("")\nnote = ax.text(1, 0, "a")'),
    "    # edit here\n",
    "    vars(note)['_text'] = str(i // 5)\n",  # not assigned: put where no barrier sees it
)


def test_what_is_written_past_the_barrier_is_drawn(space: Space) -> None:
    space.write("scene.py", HIDDEN)
    built = space.build("scene.py", *BLOCKS)
    assert built.way == "fast"
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
