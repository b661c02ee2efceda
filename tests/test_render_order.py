"""Which blocks begin first, where somebody looks at the movie."""

from __future__ import annotations

import json

import pytest

from incremental_parsave.model import Block
from incremental_parsave.plan import Wanted

from .scenes import LINE
from .space import Space

BUILD = """\
import sys
from incremental_parsave import cli
from incremental_parsave.front.build import build_scene
from incremental_parsave.front.status import NORMAL, Status

options = cli._parser().parse_args(["build", "-j1", "--block-size", "5", "scene.py"])
config = {**cli._config("scene.py", options, []), **WANTED}
sys.exit(build_scene(config, Status("scene.py", NORMAL, json_lines=True, dry=False)))
"""


def order(space: Space, **wanted: object) -> list[int]:
    """Return the blocks of a build in the order in which they were done."""
    done = space.python("-c", BUILD.replace("WANTED", repr(wanted)))
    events = [json.loads(line) for line in done.stdout.splitlines()]
    return [event["block"] for event in events if event["event"] == "block"]


def test_near_the_playhead_and_what_changed_last(space: Space) -> None:
    space.write("scene.py", LINE)
    assert order(space) == [0, 1, 2, 3, 4, 5, 6, 7]
    # The first begins before the others are there.
    space.write("scene.py", LINE.replace("i / 5", "i / 6"))
    assert order(space, near=21)[:5] == [0, 4, 5, 6, 7]
    space.write("scene.py", LINE.replace("i / 5", "i / 7"))
    begun = order(space, near=36, changed=[10, 30])
    assert (begun[0], set(begun[1:3]), begun[3]) == (0, {2, 6}, 7)  # of two that are wanted alike, the longer


@pytest.mark.parametrize(
    ("start", "rank"), [(0, 0), (50, 5), (100, 4), (150, 3), (200, 2), (250, 1), (300, 0), (350, 0)]
)
def test_rank(start: int, rank: int) -> None:
    assert Wanted(near=80).rank(Block(start // 50, start, start + 50)) == rank
