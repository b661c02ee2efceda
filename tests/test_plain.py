"""Builds in one process: an edit of some frames encodes only their block, and no unused pixels are drawn."""

from __future__ import annotations

import pytest

from .scenes import LINE, edited
from .space import Space

EDIT = '    ax.set_facecolor("0.9" if 20 <= i < 30 else "1")\n'
EDIT_HERE = "    # edit here\n"
SCENES = {
    "saves a still": edited(LINE, EDIT_HERE, '    if i == 15:\n        fig.savefig("still.png")\n' + EDIT_HERE),
    "draws every frame": edited(LINE, EDIT_HERE, EDIT_HERE + "    fig.canvas.draw()\n"),
    "draws once, cleared axes": edited(
        edited(LINE, "    line.set_ydata(position(i))\n", "    ax.clear()\n    ax.bar(range(9), position(i)[:9])\n"),
        EDIT_HERE,
        EDIT_HERE + "    if i == 0:\n        fig.canvas.draw()\n",
    ),
}


@pytest.mark.exhaustive
@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_edit_encodes_one_block(space: Space, scene: str) -> None:
    def built(scene: str) -> tuple[list[int], list[int], str]:
        space.write("scene.py", scene)
        built = space.build("scene.py", "--block-size", "10", "-j2")
        return built.rendered, built.drawn, built.way

    draws = "the animation draws or reads pixels"
    changed = edited(scene, EDIT_HERE, EDIT)
    assert built(scene) == ([0, 1, 2, 3], [0, 1, 2, 3], draws)
    assert built(changed) == ([2], [0, 1, 2, 3], draws)
    assert built(changed + "\n# a comment\n") == ([], [], draws)
    assert built(scene) == ([], [0, 1, 2, 3], draws)  # the blocks of the first build are cached
    space.write("scene.py", edited(scene, EDIT_HERE, EDIT.replace("0.9", "0.8")))
    said = space.iparsave("build", "scene.py", "--block-size", "10", "-j2")
    assert "40 frames, rendered 1 of 4 blocks" in said.stdout


COUNTING = """\
import contextlib
import sys

from incremental_parsave.frames import loop

markless, count = loop.markless, []


@contextlib.contextmanager
def counted(canvas):
    count.append(canvas)
    with markless(canvas):
        yield


loop.markless = counted
"""


@pytest.mark.exhaustive
def test_draw_that_the_save_repeats_makes_no_pixels(space: Space) -> None:
    def without_pixels(scene: str) -> int:
        space.write("scene.py", COUNTING + scene + "\nprint('without pixels', len(count), file=sys.stderr)\n")
        built = space.build("scene.py", "--block-size", "10", "--force")
        assert built.way == "the animation draws or reads pixels"
        return int(built.errors.rpartition("without pixels ")[2])

    for scene in SCENES.values():
        assert without_pixels(scene) == 40
    drawn = SCENES["draws every frame"]
    assert without_pixels(edited(drawn, "canvas.draw()", "canvas.draw_idle(); fig.canvas.buffer_rgba()")) == 40
    seen = edited(drawn, '.save("out.mp4"', '.save("out.mp4", progress_callback=lambda i, n: None')
    assert without_pixels(seen) == 0
    with_callback = "    fig.canvas.draw()\n    if i == 10:\n        fig.canvas.mpl_connect('draw_event', repr)\n"
    assert without_pixels(edited(drawn, "    fig.canvas.draw()\n", with_callback)) == 10
