"""Movies that differ on every run: blocks of two runs are never mixed, and the user is warned once."""

from __future__ import annotations

from typing import Any

import pytest

from incremental_parsave.keys.canonical import Unknown
from incremental_parsave.keys.values.chance import reject_nondeterminism

from .scenes import LINE, TICKLESS, edited
from .space import Space, frames_of

BLOCKS = ("--block-size", "10")
DIFFERS = "differs on every run: "


def scene(head: str, label: str = 'f"{noise}"') -> str:
    return edited(edited(LINE, "x = np", f"{head}\nx = np"), 'f"frame {i}"', label)


@pytest.mark.rows(1)
@pytest.mark.parametrize(
    ("head", "reason"),
    [
        ("import random\nnoise = random.random()", "random is not seeded"),
        ("noise = np.random.rand(2000)[-1]", "numpy.random is not seeded"),
        (
            "import random\nnoise = random.random() + np.random.rand()",
            "random and numpy.random are not seeded",
        ),
    ],
)  # fmt: skip
def test_unseeded_generator_is_reported_once(space: Space, head: str, reason: str) -> None:
    space.write("scene.py", scene(head))
    built = space.build("scene.py", *BLOCKS)
    assert f"out.mp4 {DIFFERS}{reason}" in built.errors
    again = space.build("scene.py", *BLOCKS, skip_manifest=True)
    assert (DIFFERS in again.errors, again.rendered) == (False, [0, 1, 2, 3])


@pytest.mark.rows(1)
@pytest.mark.parametrize(
    "head", ["np.random.seed(3)\nnoise = np.random.rand()", "import random\nrandom.seed(3)\nnoise = 1"]
)
def test_seeded_generator_is_not_reported(space: Space, head: str) -> None:
    space.write("scene.py", scene(head))
    assert DIFFERS not in space.build("scene.py", *BLOCKS).errors
    again = space.build("scene.py", *BLOCKS, skip_manifest=True)
    assert (DIFFERS in again.errors, set(again.reasons.values())) == (False, {"inputs unchanged"})


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (scene("noise = np.random.default_rng().random(40)"), "`noise` changed (array (40,) float64"),
        (scene("ax.plot(np.random.default_rng().random(40))", '""'), "frames 0-39 look different"),
        (scene("import time", 'time.time() if 12 < i < 15 else ""'), "frames 13-14 look different"),
        (scene("import time\nnoise = time.time()"), "`noise` "),
    ],
    ids=["random value in a variable", "random line drawn once", "clock in some frames", "clock at the start"],
)  # fmt: skip
def test_nondeterminism_is_reported_once(space: Space, text: str, reason: str) -> None:
    space.write("scene.py", text)
    assert DIFFERS not in space.build("scene.py", *BLOCKS).errors
    first = frames_of(space.path("out.mp4"))
    again = space.build("scene.py", *BLOCKS, skip_manifest=True)
    assert f"out.mp4 {DIFFERS}no input has changed; " in again.errors
    assert reason in again.errors
    assert again.rendered == ([1] if "12 < i" in text else [0, 1, 2, 3])
    assert frames_of(space.path("out.mp4")) != first
    assert DIFFERS not in space.build("scene.py", *BLOCKS, skip_manifest=True).errors


def test_blocks_of_two_runs_are_not_mixed(space: Space) -> None:
    """A file that only block 2 reads changes; the random line of the first run is not the same in the second."""
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
def test_layout_that_settles_over_several_draws_is_not_reported_as_nondeterministic(space: Space, layout: str) -> None:
    space.write("scene.py", edited(LINE, TICKLESS, f", layout={layout}"))
    assert space.build("scene.py", *BLOCKS).way == "fast"
    again = space.build("scene.py", *BLOCKS, skip_manifest=True)
    assert (again.way, set(again.reasons.values())) == ("fast", {"inputs unchanged"})


def test_scene_that_runs_a_command_with_varying_output_is_rendered_again(space: Space) -> None:
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
def test_function_whose_result_varies_is_rejected(call: str) -> None:
    names: dict[str, Any] = {}
    exec(f"import datetime, os, random, secrets, time, uuid\ndef animate(i):\n    return {call}\n", names)
    with pytest.raises(Unknown):
        reject_nondeterminism(names["animate"])
