"""The order in which blocks begin while the movie is shown in the preview."""

from __future__ import annotations

import json
import os
from types import SimpleNamespace
from typing import Any

import pytest

from incremental_parsave.blocks.layout import BlockLayout, Priorities
from incremental_parsave.blocks.states import BlockStates, Fork
from incremental_parsave.model import Block, Outcome, Reason, SeamState
from incremental_parsave.pool.accepted_blocks import AcceptedBlocks
from incremental_parsave.pool.stepper import Stepper
from incremental_parsave.pool.worker import FastForward, Report
from incremental_parsave.pool.workers import Assignment

from .scenes import LINE, edited
from .space import Space

BUILD = """\
import json, sys
from incremental_parsave import cli
from incremental_parsave.supervisor.scene_build import build_scene
from incremental_parsave.display.status import NORMAL, Status
from incremental_parsave.frames import stepping

stepping.SLOW = float("inf")  # the scene process is a fork of this one; a busy machine must not change what is tested
options = cli._parser().parse_args(["build", *sys.argv[1:], "scene.py"])
config = {**cli._config("scene.py", options, []), **WANTED}


class PrintingStatus(Status):
    def on_event(self, event):
        if event is not None:
            print(json.dumps(event))


sys.exit(build_scene(config, PrintingStatus("scene.py", NORMAL, json_lines=True, dry=False)))
"""


def events(space: Space, *args: str, **priorities: object) -> list[dict[str, Any]]:
    """Return the events of a build with the given priorities."""
    done = space.python("-c", BUILD.replace("WANTED", repr(priorities)), *args)
    return [json.loads(line) for line in done.stdout.splitlines()]


def blocks(printed: list[dict[str, Any]], what: str = "block") -> list[int]:
    """Return the blocks of the events named *what*, in order."""
    return [event["block"] for event in printed if event["event"] == what]


def order(space: Space, **priorities: object) -> list[int]:
    """Return the blocks of a build in the order in which they were done."""
    return blocks(events(space, "-j1", "--block-size", "5", **priorities))


@pytest.mark.exhaustive
def test_blocks_near_the_playhead_and_the_last_edit_start_first(space: Space) -> None:
    space.write("scene.py", LINE)
    assert order(space) == [0, 1, 2, 3, 4, 5, 6, 7]
    # Block 0 begins before the others are known.
    space.write("scene.py", LINE.replace("i / 5", "i / 6"))
    assert order(space, near=21)[:5] == [0, 4, 5, 6, 7]
    space.write("scene.py", LINE.replace("i / 5", "i / 7"))
    begun = order(space, near=36, changed=[10, 30])
    assert (begun[0], set(begun[1:3]), begun[3]) == (0, {2, 6}, 7)  # of two blocks with the same rank, the longer


RANDOM_WALK = edited(
    edited(LINE, "FRAMES = 40", "FRAMES = 200\nchance = np.random.default_rng(7)\nplace = [0.0]"),
    "    # edit here\n",
    "    place[0] += chance.normal()\n    line.set_alpha(0.5 + 0.4 * np.sin(place[0]))\n    # edit here\n",
)
"""A scene in which every frame depends on all earlier frames."""


def with_annotation(scene: str, word: str) -> str:
    return edited(scene, "    # edit here\n", f"    if 180 <= i < 185:\n        title.set_text('{word}')\n")


BLOCKS_OF_20 = ("-j2", "--block-size", "20")


@pytest.mark.exhaustive
def test_worker_is_sent_ahead_to_the_last_edit(space: Space) -> None:
    space.write("scene.py", RANDOM_WALK)
    events(space, *BLOCKS_OF_20)
    space.write("scene.py", with_annotation(RANDOM_WALK, "look"))
    printed = events(space, *BLOCKS_OF_20, changed=[180])
    assert blocks(printed, "drawing") == [9, 8]  # block 8 because of the frame after it, which is in block 9
    movie = space.path("out.mp4").read_bytes()
    assert sorted(blocks([each for each in printed if each.get("rendered")])) == [9]
    space.build("scene.py", *BLOCKS_OF_20, "--exact", "--cache-dir", "clean")
    assert space.path("out.mp4").read_bytes() == movie


@pytest.mark.parametrize(
    ("k", "jobs", "is_slow", "reads", "sent"),
    [
        (1, 2, False, False, [2, 7]),
        (4, 2, False, False, [2, 7]),
        (30, 2, False, False, [7, 9]),
        (1, 1, False, False, []),
        (1, 2, True, False, []),  # it would come too late
        (1, 2, False, True, []),  # and its reads would be attributed to the stepper
    ],
)
def test_blocks_that_workers_are_sent_ahead_to(k: int, jobs: int, is_slow: bool, reads: bool, sent: list[int]) -> None:
    """As many blocks as there are jobs, of those that have not begun yet."""
    stepper: Any = Stepper.__new__(Stepper)
    stepper._context, stepper._stepping = SimpleNamespace(jobs=jobs), SimpleNamespace(is_slow=is_slow, seconds=0.0)
    stepper._layout, stepper._priorities, stepper._k = BlockLayout(100, 10), Priorities(changed=(20, 75, 99)), k
    stepper._has_sent_ahead, stepper._isolation = False, SimpleNamespace(before_fork=lambda: None)
    stepper._account = SimpleNamespace(has_reads_within_blocks=reads, expected=lambda block: 0.0)
    stepper._states, forked = BlockStates(jobs), []
    stepper._do = lambda decisions: forked.extend(each.block.index for each in decisions if isinstance(each, Fork))
    for _ in range(2):  # once is enough
        stepper._send_ahead()
    assert forked == sent


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("then", "drawn"),
    [
        (RANDOM_WALK, [9]),  # the edit is reverted
        (edited(RANDOM_WALK, "i / 5", "i / 6"), list(range(10))),
        (edited(RANDOM_WALK, "FRAMES = 200", "FRAMES = 90"), [4]),  # the block no longer exists
        (edited(RANDOM_WALK, "FRAMES = 200", "FRAMES = 190"), [9]),
        (edited(RANDOM_WALK, "frames=FRAMES", "frames=iter(range(FRAMES)), save_count=900"), list(range(10))),
    ],
)
def test_worker_sent_ahead_to_a_block_that_is_not_needed(space: Space, then: str, drawn: list[int]) -> None:
    for scene in (RANDOM_WALK, with_annotation(RANDOM_WALK, "look")):
        space.write("scene.py", scene)
        events(space, *BLOCKS_OF_20)
    space.write("scene.py", then)
    printed = events(space, *BLOCKS_OF_20, changed=[180])
    assert sorted(blocks([each for each in printed if each.get("drawn")])) == drawn
    movie = space.path("out.mp4").read_bytes()
    space.build("scene.py", *BLOCKS_OF_20, "--exact", "--cache-dir", "clean")
    assert space.path("out.mp4").read_bytes() == movie


@pytest.mark.exhaustive
@pytest.mark.parametrize("frame", [50, 185])
def test_error_of_a_worker_sent_ahead_is_reported_once(space: Space, frame: int) -> None:
    space.write("scene.py", RANDOM_WALK)
    events(space, *BLOCKS_OF_20)
    space.write("scene.py", edited(RANDOM_WALK, "    # edit here\n", f"    assert i != {frame}, 'no'\n"))
    failed = space.try_python("-c", BUILD.replace("WANTED", repr({"changed": [180]})), *BLOCKS_OF_20)
    assert failed.returncode == 1
    (said,) = (event["text"] for event in map(json.loads, failed.stdout.splitlines()) if event["event"] == "failed")
    assert f"raised at frame {frame} " in said
    assert "no\n" in said


@pytest.mark.parametrize(
    ("start", "rank"), [(0, 0), (50, 5), (100, 4), (150, 3), (200, 2), (250, 1), (300, 0), (350, 0)]
)
def test_rank(start: int, rank: int) -> None:
    assert Priorities(near=80).rank(Block(start // 50, start, start + 50)) == rank


def test_finished_block_is_reported_only_when_it_begins() -> None:
    """Which inputs were read before it, and therefore why it has changed, is not known earlier."""
    stepper: Any = Stepper.__new__(Stepper)
    block, printed = Block(2, 20, 30), []
    report = Report(
        Outcome(block, Reason.NEW_FRAMES, None, ("a",), SeamState("first"), SeamState("after")),
        "state",
        [],
        seconds=1.5,
    )
    stepper._states, stepper._accepted = BlockStates(2), AcceptedBlocks(None, SimpleNamespace())
    stepper._states.send_ahead(block, 0.0, 0, now=0.0)
    stepper._pool = SimpleNamespace(reports=lambda wait: iter([(0, report.to_json())]))
    stepper._account = SimpleNamespace(
        block_done=lambda outcome, reads, seconds: printed.append((outcome.block, seconds)),
        expected=lambda block: 0.0,
        has_timings=False,
    )
    stepper._inputs, stepper._stepped, stepper._over = None, 5, False
    stepper._priorities, stepper._stepping = Priorities(), SimpleNamespace(seconds=0.0)
    stepper._fingerprints, stepper._exact = SimpleNamespace(is_asked=False), False
    stepper._warm_up = lambda outcome: None
    stepper._process_reports(wait=False)
    assert not printed
    stepper._begin(block)
    assert printed == [(block, 1.5)]


@pytest.mark.parametrize("is_orphan", [False, True])
def test_worker_sent_ahead_exits_if_orphaned(monkeypatch: pytest.MonkeyPatch, is_orphan: bool) -> None:
    context: Any = SimpleNamespace(loop=None, inputs=None)
    guard: Any = SimpleNamespace(disarm=lambda: None, arm=lambda: None)
    left: list[int] = []
    capture: Any = None
    ahead = FastForward(
        context, Assignment(Block(2, 20, 30), 7), capture, guard, 1, lambda: pytest.fail("it is not there yet")
    )
    monkeypatch.setattr("incremental_parsave.pool.worker.leave", lambda sending, report: left.append(sending))
    if is_orphan:
        monkeypatch.setattr(os, "getppid", lambda: 1 << 30)
    assert ahead.before(2)
    assert left == [7] * is_orphan
