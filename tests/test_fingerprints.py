"""Blocks that are found by their frame fingerprints: none of their frames is drawn."""

from __future__ import annotations

import shutil
from pathlib import Path

import matplotlib
import pytest

from incremental_parsave.cache import records

from .scenes import ANNOTATED, LINE, edited
from .space import Built, Space

BLOCKS = ("--block-size", "10", "-j2")
FONTS = Path(matplotlib.get_data_path(), "fonts", "ttf")


def built(space: Space, scene: str, *args: str) -> Built:
    space.write("scene.py", scene)
    return space.build("scene.py", *BLOCKS, *args)


def equals_clean_build(space: Space) -> bool:
    """Whether the movie is that of a build from an empty cache, in which every artist is recorded in every frame."""
    movie = space.path("out.mp4").read_bytes()
    shutil.rmtree(space.path("clean"), ignore_errors=True)
    space.build("scene.py", *BLOCKS, "--exact", "--cache-dir", "clean")
    return space.path("out.mp4").read_bytes() == movie


def test_added_function_that_is_not_called_draws_no_block(space: Space) -> None:
    assert built(space, LINE).drawn == [0, 1, 2, 3]
    movie = space.path("out.mp4").read_bytes()
    again = built(space, LINE + "\n\ndef unreached():\n    return 1\n")
    assert (again.drawn, again.rendered) == ([], [])
    assert set(again.reasons.values()) == {"looks the same"}
    assert again.up_to_date
    assert space.path("out.mp4").read_bytes() == movie


@pytest.mark.exhaustive
def test_blocks_are_found_if_the_first_worker_ended_before_frame_1(space: Space) -> None:
    # Its first recording prepares the later workers, and the fingerprints begin with the same frame.
    slow = edited(
        LINE, "anim.save(", "import time\nanim.save(progress_callback=lambda i, n: time.sleep(i == 0), filename="
    )
    built(space, slow)
    again = built(space, slow + "\n\ndef unreached():\n    return 1\n")
    assert (again.drawn, again.rendered) == ([], [])


@pytest.mark.exhaustive
def test_changed_block_and_the_block_with_its_seam_are_drawn(space: Space) -> None:
    built(space, LINE)
    again = built(space, ANNOTATED)
    assert (again.drawn, again.rendered) == ([1, 2], [2])
    assert equals_clean_build(space)
    back = built(space, LINE + "\n# and back, by another way\nx = 1\n")
    assert (back.drawn, back.rendered) == ([], [])
    assert equals_clean_build(space)


@pytest.mark.exhaustive
def test_changed_writer_settings_render_every_block(space: Space) -> None:
    built(space, LINE)
    again = built(space, edited(LINE, '"out.mp4"', '"out.mp4", bitrate=300'))
    assert (again.drawn, again.rendered) == ([0, 1, 2, 3], [0, 1, 2, 3])
    assert equals_clean_build(space)
    assert built(space, LINE + "x = 1\n").drawn == []


@pytest.mark.exhaustive
def test_changed_rcparams_render_every_block(space: Space) -> None:
    scene = edited(LINE, "FRAMES =", "plt.rcParams['lines.antialiased'] = True\nFRAMES =")
    built(space, scene)
    again = built(space, edited(scene, "= True", "= False"))
    assert again.rendered == [0, 1, 2, 3]
    assert equals_clean_build(space)


@pytest.mark.exhaustive
def test_frames_of_a_generator_have_fingerprints(space: Space) -> None:
    scene = edited(LINE, "frames=FRAMES", "frames=lambda: iter(range(FRAMES)), save_count=FRAMES")
    assert len(built(space, scene).rendered) == 4
    again = built(space, edited(scene, "frame {i}", "{'frame'} {i}"))
    assert (again.drawn, again.rendered) == ([], [])
    longer = built(space, edited(edited(scene, "frame {i}", "{'frame'} {i}"), "FRAMES = 40", "FRAMES = 45"))
    assert longer.rendered == [4]
    assert equals_clean_build(space)


PLACED = {
    "tight_layout": "fig.tight_layout()",
    "none": 'fig.set_layout_engine("constrained")\nfig.canvas.draw()\nfig.set_layout_engine("none")',
}


@pytest.mark.exhaustive
@pytest.mark.parametrize("how", PLACED)
def test_frames_have_fingerprints_if_the_layout_was_made_before_the_animation(space: Space, how: str) -> None:
    placed = edited(LINE, "\n\ndef position", f"\n{PLACED[how]}\nfig.subplots_adjust(left=0.2)\n\n\ndef position")
    assert built(space, placed).way == "fast"
    again = built(space, edited(placed, "    # edit here\n", '    if 20 <= i < 30:\n        title.set_text("look")\n'))
    assert (again.drawn, again.rendered) == ([1, 2], [2])
    assert equals_clean_build(space)


@pytest.mark.exhaustive
def test_exact_draws_every_block(space: Space) -> None:
    built(space, LINE)
    again = built(space, LINE + "x = 1\n", "--exact")
    assert (again.drawn, again.rendered) == ([0, 1, 2, 3], [])


def test_force_draws_every_block(space: Space) -> None:
    built(space, LINE)
    again = built(space, LINE + "x = 1\n", "--force")
    assert (again.drawn, again.rendered) == ([0, 1, 2, 3], [0, 1, 2, 3])


NOTE = edited(LINE, 'title = ax.set_title("")', 'title = ax.set_title("")\nnote = ax.text(1, 0, "a")')


@pytest.mark.exhaustive
def test_edit_that_bypasses_the_barrier_is_rendered(space: Space) -> None:
    built(space, NOTE)
    hidden = edited(NOTE, "    # edit here\n", "    if i == 15:\n        vars(note)['_text'] = 'b'\n")
    again = built(space, hidden)
    assert (again.way, again.rendered) == ("fast", [1, 2, 3])
    assert equals_clean_build(space)


@pytest.mark.exhaustive
def test_edit_of_a_value_in_matplotlib_renders_every_block(space: Space) -> None:
    scene = edited(NOTE, "    # edit here\n", "    if i >= 15:\n        note.set_text('$x_2$')\n")
    scene = edited(scene, "FRAMES =", "import matplotlib._mathtext\nmatplotlib._mathtext.SHRINK_FACTOR = 0.7\nFRAMES =")
    built(space, scene)
    again = built(space, edited(scene, "= 0.7", "= 0.3"))
    assert (again.way, again.rendered) == ("fast", [0, 1, 2, 3])  # it is in the key of every text
    assert equals_clean_build(space)
    back = built(space, scene + "x = 1\n")
    assert back.rendered == []
    assert equals_clean_build(space)


@pytest.mark.exhaustive
def test_changed_font_renders_the_blocks_that_use_it(space: Space) -> None:
    """The worker that draws with the font reads its file."""
    shutil.copy(FONTS / "DejaVuSans.ttf", space.path("own.ttf"))
    given = "    if i >= 15:\n        note.set(text='own', fontproperties=FontProperties(fname='own.ttf'))\n"
    scene = edited(NOTE, "    # edit here\n", given).replace(
        "import numpy", "from matplotlib.font_manager import FontProperties\nimport numpy"
    )
    built(space, scene)
    assert built(space, scene + "x = 1\n").drawn == []
    shutil.copy(FONTS / "DejaVuSerif.ttf", space.path("own.ttf"))
    again = built(space, scene + "x = 2\n")
    assert again.rendered == [1, 2, 3]
    assert equals_clean_build(space)


@pytest.mark.exhaustive
def test_edit_of_one_frame_renders_later_frames_that_depend_on_it(space: Space) -> None:
    """Later frames continue from the state that the edited frame leaves."""
    walk = edited(LINE, "    line.set_ydata(position(i))\n", "    line.set_ydata(line.get_ydata() + 0.01 * STEP(i))\n")
    walk = edited(walk, "FRAMES =", "STEP = lambda i: 1\nFRAMES =")
    built(space, walk)
    again = built(space, edited(walk, "lambda i: 1", "lambda i: 2 if i == 25 else 1"))
    assert again.rendered == [2, 3]
    assert equals_clean_build(space)


@pytest.mark.exhaustive
def test_slow_frames_have_fingerprints(space: Space) -> None:
    slow = edited(LINE, "    # edit here\n", "    sum(range(300_000))\n    # edit here\n")
    built(space, slow)
    again = built(space, edited(slow, "    # edit here\n", "    if i == 35: title.set_text('!')\n"))
    assert (again.drawn, again.rendered) == ([3], [3])
    assert equals_clean_build(space)


@pytest.mark.exhaustive
def test_last_frame_is_recorded_although_its_fingerprint_is_known(space: Space) -> None:
    """The record of another movie is stored in its place, as if equal fingerprints could look different."""
    one = ("--block-size", "40")
    space.write("scene.py", LINE)
    space.build("scene.py", *one)
    fingerprints = space.path(".iparsave_cache/fingerprints")
    (own,) = (path for path in fingerprints.rglob("*") if path.is_file())
    space.write("scene.py", edited(LINE, "    # edit here\n", '    if i >= 20:\n        title.set_text("look")\n'))
    space.build("scene.py", *one)
    (other,) = (path for path in fingerprints.rglob("*") if path.is_file() and path != own)
    content = records.unpack(other.read_bytes())
    assert content is not None
    own.write_bytes(records.pack(content, records.called(str(own))))
    space.write("scene.py", LINE + "x = 1\n")
    again = space.build("scene.py", *one)
    assert "undetected change" in again.way
    movie = space.path("out.mp4").read_bytes()
    space.build("scene.py", *one, "--exact", "--cache-dir", "clean")
    assert space.path("out.mp4").read_bytes() == movie


@pytest.mark.exhaustive
def test_damaged_segment_of_a_known_block_is_rendered_again(space: Space) -> None:
    built(space, LINE)
    (segment, *_) = sorted(space.path(".iparsave_cache/segments").rglob("*.mp4"))
    segment.write_bytes(b"damaged")
    again = built(space, LINE + "x = 1\n")
    assert len(again.rendered) == 1
    assert "damaged" in again.errors
    assert equals_clean_build(space)


@pytest.mark.exhaustive
def test_dry_run_keeps_no_fingerprint(space: Space) -> None:
    built(space, LINE, "-n")
    assert not space.path(".iparsave_cache/fingerprints").exists()
    built(space, LINE)
    assert built(space, LINE + "x = 1\n", "-n").drawn == []


CATEGORIES = """\
import matplotlib.pyplot as plt
from matplotlib.animation import FuncAnimation

fig = plt.figure(figsize=(2, 1), dpi=60)
ax = fig.add_axes([0, 0, 1, 1])
(line,) = ax.plot(["a", "b"], [0, 0], "o", ms=8, color="k")
ax.set(xlim=(-0.5, 3.5), ylim=(-1, 1))
ax.set_axis_off()
AT = {23: ["a", "c"], 24: ["a", "b"], 35: ["a", "d"], 36: ["a", "b"]}


def animate(i):
    if i in AT:
        line.set_xdata(AT[i])
    return [line]


anim = FuncAnimation(fig, animate, frames=40)
anim.save("out.mp4", fps=10, dpi=60)
"""


@pytest.mark.exhaustive
def test_categories_are_numbered_in_the_order_of_the_frames(space: Space) -> None:
    """The draw of a frame numbers new categories, in every process; no seam shows their order."""
    built(space, CATEGORIES)
    assert equals_clean_build(space)
    again = built(space, edited(CATEGORIES, '36: ["a", "b"]}', '36: ["a", "b"], 37: ["b", "b"]}'))
    assert again.rendered == [3]
    assert equals_clean_build(space)
