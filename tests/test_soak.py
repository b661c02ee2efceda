"""Many random edits, some invalid, some during a build: the final movie is correct, and no resource leaks."""

from __future__ import annotations

import os
import random
import time

import pytest

from .scenes import LINE, edited
from .space import Space
from .watching import Watched, equals_clean_build, processes_in, watched

BLOCKS = ("--block-size", "10")
SCENE = edited(
    LINE,
    "FRAMES = 40\n",
    "import time\n\nimport helper\n\ntime.sleep(0.15)\nLABEL = open('label.txt').read()\nFRAMES = 40\n",
)
SCENE = edited(SCENE, 'f"frame {i}"', 'f"{LABEL} {helper.N} {i}"')


def random_edit(chance: random.Random) -> tuple[str, str]:
    """Return the name of a file and its new content."""
    n = chance.randrange(5)
    kind = chance.choice(["frames", "frames", "colour", "simulation", "helper", "label", "comment", "same"])
    wrong = chance.choice(["", "", "", "syntax", "raises", "name"])
    if wrong == "syntax":
        return "scene.py", edited(SCENE, "def animate(i):", f"def animate(i{'(' * (n + 1)}:")
    if wrong == "raises":
        return "scene.py", edited(SCENE, "    # edit here\n", f"    assert i < {n + 20}\n")
    if wrong == "name":
        return chance.choice(["scene.py", "helper.py"]), "N = undefined_name\n" + SCENE
    match kind:
        case "frames":
            return "scene.py", edited(
                SCENE, "    # edit here\n", f"    if 10 <= i < {12 + n}:\n        title.set_text('random_edit')\n"
            )
        case "colour":
            return "scene.py", edited(SCENE, "np.sin(x))", f"np.sin(x), color='C{n}')")
        case "simulation":
            return "scene.py", edited(SCENE, "sleep(0.15)", f"sleep(0.1{n})")
        case "helper":
            return "helper.py", f"N = {n}\n"
        case "label":
            return "label.txt", f"label {n}"
        case "comment":
            return "scene.py", SCENE + f"# {chance.random()}\n"
    return "scene.py", SCENE


def resource_usage(watching: Watched) -> tuple[int, int, int]:
    """Return how many processes, open files and bytes of memory the watch has."""
    pid = watching.process.pid
    with open(f"/proc/{pid}/statm") as file:
        pages = int(file.read().split()[1])
    return len(processes_in(watching.space)), len(os.listdir(f"/proc/{pid}/fd")), pages * os.sysconf("SC_PAGESIZE")


@pytest.mark.parametrize("edits", [pytest.param(200, marks=pytest.mark.soak), 12])
def test_random_edits(space: Space, edits: int) -> None:
    chance = random.Random(edits)
    for name, text in (("scene.py", SCENE), ("helper.py", "N = 0\n"), ("label.txt", "label")):
        space.write(name, text)
    with watched(space, "scene.py", *BLOCKS) as watching:
        watching.built()
        baseline = (0, 0, 0)
        for n in range(edits):
            name, text = random_edit(chance)
            if chance.random() < 0.2:
                space.path(name).unlink()
                time.sleep(chance.choice([0, 0.1]))
            space.write(name, text)
            time.sleep(chance.choice([0.02, 0.2, 0.5, 1.5]))
            if n == edits // 5:
                baseline = usage_after_edit(space, watching, n)
        processes, files, memory = usage_after_edit(space, watching, edits)
        assert processes <= baseline[0] + 1
        assert files <= baseline[1] + 2
        assert memory < baseline[2] * 1.2 + 4e6
        watching.interrupt()
    assert equals_clean_build(space, *BLOCKS)


def usage_after_edit(space: Space, watching: Watched, n: int) -> tuple[int, int, int]:
    """Make an edit that was not built before; return the resource usage after it."""
    space.write("helper.py", "N = 0\n")
    space.write("label.txt", "label")
    space.write("scene.py", edited(SCENE, "i / 5", f"i / {7 + n}"))
    assert "done in" in watching.quiet()[-1]
    return resource_usage(watching)
