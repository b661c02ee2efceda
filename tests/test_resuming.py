"""After an edit, the script resumes from a sleeping copy of the scene process."""

from __future__ import annotations

import time

import pytest

from .scenes import LINE, SIMULATED, SLOW, annotation, edited
from .space import Space
from .watching import equals_clean_build, is_resumed, no_process_is_left, processes_in, rendered, watched

BLOCKS = ("--block-size", "10")


def test_resumed_run_has_the_same_state(space: Space) -> None:
    """Random generators, file positions and the state of standard modules are as in a run from the top."""
    space.write("numbers.txt", "".join(f"{n}\n" for n in range(100)))
    scene = edited(
        SIMULATED,
        "FRAMES = 40\n",
        "import random\nrandom.seed(3)\nnp.random.seed(4)\nrandom.random()\n"
        "numbers = open('numbers.txt')\nfirst = next(numbers)\ntime.sleep(0.2)\nFRAMES = 40\n",
    )
    scene = edited(
        scene,
        "    # edit here\n",
        "    line.set_linewidth(1 + random.random() + np.random.rand())\n    title.set_text(next(numbers).strip())\n",
    )
    space.write("scene.py", scene)
    with watched(space, "scene.py", *BLOCKS) as watching:
        watching.built()
        for color in ("r", "g"):
            heard = watching.edit("scene.py", edited(scene, "np.sin(x))", f"np.sin(x), color={color!r})"))
            assert is_resumed(heard)
            assert rendered(heard) == "4 of 4"
        watching.interrupt()
    assert equals_clean_build(space, *BLOCKS)


@pytest.mark.exhaustive
def test_main_guard_is_split_and_line_numbers_are_updated(space: Space) -> None:
    body = SIMULATED.partition("fig, ax")[2].replace("\n", "\n    ")
    scene = (
        SIMULATED.partition("fig, ax")[0]
        + "def fail(i):\n    return 1 / (i - i)\n\n\n"
        + 'if __name__ == "__main__":\n    time.sleep(0.2)\n    fig, ax'
        + body
    ).rstrip() + "\n"
    space.write("scene.py", scene)
    with watched(space, "scene.py", *BLOCKS) as watching:
        assert rendered(watching.built()) == "4 of 4"
        failing = edited(scene, "# edit here", "fail(i)")
        heard = watching.edit("scene.py", "# moved\n# down\n" + failing)
        number = next(n for n, line in enumerate(failing.splitlines(), 3) if "1 / (i - i)" in line)
        assert any(f'scene.py", line {number}, in fail' in line for line in heard), heard
        assert "    return 1 / (i - i)" in heard
        assert "simulating" not in heard
        heard = watching.edit("scene.py", scene)
        assert is_resumed(heard)


@pytest.mark.exhaustive
def test_copies_are_dropped_when_their_inputs_change(space: Space) -> None:
    space.write("scene.py", edited(SIMULATED, "import time\n", "import helper\nimport time\n"))
    space.write("helper.py", "N = 1\n")
    with watched(space, "scene.py", *BLOCKS) as watching:
        assert "simulating" in watching.built()
        heard = watching.edit("helper.py", "N = 2\n")
        assert "simulating" in heard
        assert rendered(heard) == "0 of 4"
        scene = edited(SIMULATED, "import time\n", "import helper\nimport time\nopen('left.txt', 'w').write('x')\n")
        assert "simulating" in watching.edit("scene.py", scene)
        space.path("left.txt").write_text("meddled with")
        heard = watching.edit("scene.py", edited(scene, "i / 5", "i / 6"))
        assert "simulating" in heard
        watching.interrupt()
    assert equals_clean_build(space, *BLOCKS)


@pytest.mark.rows(1)
@pytest.mark.parametrize("imports", ["import matplotlib.pyplot as plt", "from matplotlib import pyplot as plt", ""])
def test_matplotlib_is_imported_once(space: Space, imports: str) -> None:
    """A run from the top finds slow modules already imported, but only those that the script imports."""
    scene = "import sys\n\nprint('there:', 'matplotlib.pyplot' in sys.modules, 1)\n" + edited(
        LINE,
        "import matplotlib.pyplot as plt",
        imports or "from importlib import import_module\nplt = import_module('matplotlib.pyplot')",
    )
    space.write("scene.py", scene)
    with watched(space, "scene.py", *BLOCKS) as watching:
        assert f"there: {bool(imports)} 1" in watching.built()
        heard = watching.edit("scene.py", scene.replace(", 1)", ", 2)"))
        assert f"there: {bool(imports)} 2" in heard
        assert not is_resumed(heard)
        assert watching.interrupt() == 130
    assert space.build("scene.py", *BLOCKS).up_to_date


@pytest.mark.exhaustive
def test_number_of_copies_is_limited(space: Space) -> None:
    naps = "".join(f"nap_{n} = time.sleep(0.12)\n" for n in range(12))
    space.write("scene.py", edited(LINE, "FRAMES = 40\n", f"import time\n{naps}FRAMES = 8\n"))
    with watched(space, "scene.py", *BLOCKS) as watching:
        watching.built()
        assert len(processes_in(space)) == 1 + 6
        heard = watching.edit("scene.py", space.path("scene.py").read_text().replace("i / 5", "i / 6"))
        assert is_resumed(heard)
        assert len(processes_in(space)) == 1 + 6


@pytest.mark.exhaustive
def test_reverted_edit_resumes_from_an_earlier_copy(space: Space) -> None:
    """The sleeping copies of an earlier version are used when it returns, even after a half-written version."""
    space.write("scene.py", SIMULATED)
    with watched(space, "scene.py", *BLOCKS) as watching:
        watching.built()
        half = SIMULATED[: SIMULATED.index("time.sleep")] + "tim"
        for other, says in ((half, "NameError"), (edited(SIMULATED, "time.sleep(0.3)", "time.sleep(0.4)"), "done in")):
            assert any(says in line for line in watching.edit("scene.py", other))
            heard = watching.edit("scene.py", SIMULATED)
            assert is_resumed(heard)
            assert "simulating" not in heard
        assert watching.interrupt() == 130
    assert equals_clean_build(space, *BLOCKS)


@pytest.mark.exhaustive
def test_rerun_runs_from_the_beginning(space: Space) -> None:
    space.write("scene.py", SIMULATED)
    with watched(space, "scene.py", *BLOCKS, "--rerun") as watching:
        assert rendered(watching.built()) == "4 of 4"
        heard = watching.edit("scene.py", annotation(1))
        assert rendered(heard) == "1 of 4"
        assert "simulating" in heard
        assert not is_resumed(heard)
        heard = watching.edit("scene.py", edited(SIMULATED, "    # edit here\n", "    assert i < 25, 'too far'\n"))
        assert "AssertionError: too far" in heard
        space.write("scene.py", SLOW)
        watching.until("changed")
        time.sleep(1)
        space.write("scene.py", annotation(2))
        watching.until("edited again: restarting")
        watching.built()
        assert watching.interrupt() == 130
        assert no_process_is_left(space)
    assert equals_clean_build(space, *BLOCKS)
