"""Movies that are another one in each run: never mixed from two of them, and told of once."""

from __future__ import annotations

from typing import Any

import pytest

from incremental_parsave.keys.canonical import Unknown
from incremental_parsave.keys.values.chance import reject_nondeterminism

from .scenes import LINE, TICKLESS, edited
from .space import Space, frames_of

BLOCKS = ("--block-size", "10")
TOLD = "differs on every run: "


def scene(head: str, label: str = 'f"{noise}"') -> str:
    return edited(edited(LINE, "x = np", f"{head}\nx = np"), 'f"frame {i}"', label)


@pytest.mark.rows(1)
@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("import random\nnoise = random.random()", "random is not seeded"),
        ("noise = np.random.rand(2000)[-1]", "numpy.random is not seeded"),
        (
            "import random\nnoise = random.random() + np.random.rand()",
            "random and numpy.random are not seeded",
        ),
    ],
)  # fmt: skip
def test_unseeded_generator_is_reported_once(space: Space, head: str, said: str) -> None:
    space.write("scene.py", scene(head))
    built = space.build("scene.py", *BLOCKS)
    assert f"out.mp4 {TOLD}{said}" in built.errors
    again = space.build("scene.py", *BLOCKS, skip_manifest=True)
    assert (TOLD in again.errors, again.rendered) == (False, [0, 1, 2, 3])


@pytest.mark.rows(1)
@pytest.mark.parametrize(
    "head", ["np.random.seed(3)\nnoise = np.random.rand()", "import random\nrandom.seed(3)\nnoise = 1"]
)
def test_seeded_generator_is_not_reported(space: Space, head: str) -> None:
    space.write("scene.py", scene(head))
    assert TOLD not in space.build("scene.py", *BLOCKS).errors
    again = space.build("scene.py", *BLOCKS, skip_manifest=True)
    assert (TOLD in again.errors, set(again.reasons.values())) == (False, {"inputs unchanged"})


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (scene("noise = np.random.default_rng().random(40)"), "`noise` changed (array (40,) float64"),
        (scene("ax.plot(np.random.default_rng().random(40))", '""'), "frames 0-39 look different"),
        (scene("import time", 'time.time() if 12 < i < 15 else ""'), "frames 13-14 look different"),
        (scene("import time\nnoise = time.time()"), "`noise` "),
    ],
    ids=["captured", "drawn once", "clock in some frames", "clock at the start"],
)  # fmt: skip
def test_nondeterminism_is_reported_once(space: Space, text: str, said: str) -> None:
    space.write("scene.py", text)
    assert TOLD not in space.build("scene.py", *BLOCKS).errors
    first = frames_of(space.path("out.mp4"))
    again = space.build("scene.py", *BLOCKS, skip_manifest=True)
    assert f"out.mp4 {TOLD}no input has changed; " in again.errors
    assert said in again.errors
    assert again.rendered == ([1] if "12 < i" in text else [0, 1, 2, 3])
    assert frames_of(space.path("out.mp4")) != first
    assert TOLD not in space.build("scene.py", *BLOCKS, skip_manifest=True).errors


def test_blocks_of_two_runs_are_not_mixed(space: Space) -> None:
    """A file that is read in block 2 alone changes; the line that is drawn once is another one by then."""
    space.write("data.txt", "5")
    text = scene("ax.plot(np.random.default_rng().random(40))", 'open("data.txt").read() if i == 25 else ""')
    space.write("scene.py", text)
    space.build("scene.py", *BLOCKS)
    first = frames_of(space.path("out.mp4"))
    space.write("data.txt", "6")
    built = space.build("scene.py", *BLOCKS)
    assert built.rendered == [0, 1, 2, 3]
    assert built.way == "frame 0 looks different from an earlier build with the same inputs"
    assert not set(first) & set(frames_of(space.path("out.mp4")))


@pytest.mark.exhaustive
@pytest.mark.parametrize("layout", ['"constrained"', '"tight"'])
def test_layout_that_settles_over_draws_is_not_taken_for_chance(space: Space, layout: str) -> None:
    space.write("scene.py", edited(LINE, TICKLESS, f", layout={layout}"))
    assert space.build("scene.py", *BLOCKS).way == "fast"
    again = space.build("scene.py", *BLOCKS, skip_manifest=True)
    assert (again.way, set(again.reasons.values())) == ("fast", {"inputs unchanged"})


def test_commands_that_differ_by_themselves_are_left_to_the_user(space: Space) -> None:
    space.write("scene.py", scene("import subprocess\nnoise = subprocess.check_output(['date', '+%N'])"))
    space.build("scene.py", *BLOCKS)
    again = space.build("scene.py", *BLOCKS)
    assert "declare files that cannot be tracked (inputs)" in again.errors
    assert again.rendered == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "call",
    [
        "time.time()", "time.thread_time_ns()", "time.clock_gettime(0)", "time.clock_gettime_ns(0)", "time.localtime()",
        "time.gmtime()", "time.ctime()", "time.asctime()", "time.strftime('%H')", "random.SystemRandom().random()",
        "datetime.datetime.now()", "uuid.uuid4()", "os.urandom(1)", "secrets.token_hex()",
    ],
)  # fmt: skip
def test_values_that_differ_in_each_call_are_no_inputs(call: str) -> None:
    names: dict[str, Any] = {}
    exec(f"import datetime, os, random, secrets, time, uuid\ndef animate(i):\n    return {call}\n", names)
    with pytest.raises(Unknown):
        reject_nondeterminism(names["animate"])
