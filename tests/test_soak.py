"""Many random edits, some wrong, some in the middle of a build: then the movie is right, and nothing has grown."""

from __future__ import annotations

import os
import random
import time

import pytest

from .scenes import LINE, edited
from .space import Space
from .watching import Watched, is_as_clean, living, watched

BLOCKS = ("--block-size", "10")
SCENE = edited(
    LINE,
    "FRAMES = 40\n",
    "import time\n\nimport helper\n\ntime.sleep(0.15)\nLABEL = open('label.txt').read()\nFRAMES = 40\n",
)
SCENE = edited(SCENE, 'f"frame {i}"', 'f"{LABEL} {helper.N} {i}"')


def look(chance: random.Random) -> tuple[str, str]:
    """Return a file and what is written into it."""
    n = chance.randrange(5)
    kind = chance.choice(["frames", "frames", "colour", "simulation", "helper", "label", "comment", "same"])
    wrong = chance.choice(["", "", "", "syntax", "raises", "name"])
    if wrong == "syntax":
        return "scene.py", edited(SCENE, "def animate(i):", f"def animate(i{'(' * (n + 1)}:")
    if wrong == "raises":
        return "scene.py", edited(SCENE, "    # edit here\n", f"    assert i < {n + 20}\n")
    if wrong == "name":
        return chance.choice(["scene.py", "helper.py"]), "N = nobody_knows\n" + SCENE
    match kind:
        case "frames":
            return "scene.py", edited(
                SCENE, "    # edit here\n", f"    if 10 <= i < {12 + n}:\n        title.set_text('look')\n"
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


def held(watching: Watched) -> tuple[int, int, int]:
    """Return how many processes, open files and bytes of memory the watch has."""
    pid = watching.process.pid
    with open(f"/proc/{pid}/statm") as file:
        pages = int(file.read().split()[1])
    return len(living(watching.space)), len(os.listdir(f"/proc/{pid}/fd")), pages * os.sysconf("SC_PAGESIZE")


@pytest.mark.parametrize("edits", [pytest.param(200, marks=pytest.mark.soak), 12])
def test_random_edits(space: Space, edits: int) -> None:
    chance = random.Random(edits)
    for name, text in (("scene.py", SCENE), ("helper.py", "N = 0\n"), ("label.txt", "label")):
        space.write(name, text)
    with watched(space, "scene.py", *BLOCKS) as watching:
        watching.built()
        at_first = (0, 0, 0)
        for n in range(edits):
            name, text = look(chance)
            if chance.random() < 0.2:
                space.path(name).unlink()
                time.sleep(chance.choice([0, 0.1]))
            space.write(name, text)
            time.sleep(chance.choice([0.02, 0.2, 0.5, 1.5]))
            if n == edits // 5:
                at_first = settled(space, watching, n)
        processes, files, memory = settled(space, watching, edits)
        assert processes <= at_first[0] + 1
        assert files <= at_first[1] + 2
        assert memory < at_first[2] * 1.2 + 4e6
        watching.interrupt()
    assert is_as_clean(space, *BLOCKS)


def settled(space: Space, watching: Watched, n: int) -> tuple[int, int, int]:
    """End with a movie that nobody has seen; return what the watch then holds."""
    space.write("helper.py", "N = 0\n")
    space.write("label.txt", "label")
    space.write("scene.py", edited(SCENE, "i / 5", f"i / {7 + n}"))
    assert "done in" in watching.quiet()[-1]
    return held(watching)
