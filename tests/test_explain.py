"""The reasons why a block is drawn, as `-v`, `--explain` and `--json` report them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from .scenes import ANNOTATED, LINE, edited
from .space import Space

BLOCKS = ("--block-size", "10")


def explained(space: Space, *args: str) -> tuple[list[str], list[Any], dict[int, Any]]:
    """Build; return the changes, the frames that differ, and the event of each block that was rendered."""
    built = space.build("scene.py", *BLOCKS, "--explain", *args)
    (event,) = (event for event in built.events if event["event"] == "explain")
    blocks = {event["block"]: event for event in built.events if event["event"] == "block"}
    return event["changed"], event["different"], {k: v for k, v in blocks.items() if v["rendered"]}


@pytest.mark.exhaustive
def test_verbose_build_prints_a_reason_for_each_block(space: Space) -> None:
    space.write("scene.py", LINE)
    assert lines_of(space, "-v") == [
        *(f"  block {i} (frames {10 * i}-{10 * i + 9}): new frames" for i in range(4)),
        "out.mp4: 40 frames, rendered 4 of 4 blocks",
    ]
    space.write("scene.py", edited(LINE, "    # edit here\n", '    if 25 <= i < 33:\n        title.set_text("x")\n'))
    same = ["  block 0 (frames 0-9): looks the same", "  block 1 (frames 10-19): looks the same"]
    different = [
        "  block 2 (frames 20-29): frames 25-29 look different (scene.py: `animate` changed)",
        "  block 3 (frames 30-39): frames 30-32 look different (scene.py: `animate` changed)",
    ]
    assert lines_of(space, "-n", "-v") == [*same, *different, "out.mp4: 40 frames, would render 2 of 4 blocks"]
    assert lines_of(space, "-v") == [*same, *different, "out.mp4: 40 frames, rendered 2 of 4 blocks"]
    space.write("scene.py", edited(LINE, "    # edit here\n", '    if i == 7:\n        title.set_text("x")\n'))
    assert lines_of(space, "-v") == [
        "  block 0 (frames 0-9): frame 7 looks different (scene.py: `animate` changed)", same[1],
        "  block 2 (frames 20-29): looks the same", "  block 3 (frames 30-39): looks the same",
        "out.mp4: 40 frames, rendered 1 of 4 blocks",
    ]  # fmt: skip


def test_dry_run_prints_no_duration(space: Space) -> None:
    """The duration of the build is not known, and that of the dry run would be mistaken for it."""
    space.write("scene.py", LINE)
    done = space.iparsave("build", "-n", "scene.py", *BLOCKS)
    assert done.stdout == "out.mp4: 40 frames, would render 4 of 4 blocks\n"


def lines_of(space: Space, *args: str) -> list[str]:
    """Return the lines that are printed, without times and sizes, and with the blocks in order."""
    done = space.iparsave("build", "scene.py", *BLOCKS, *args)
    assert done.returncode == 0, done.stderr
    text = re.sub(r", [\d.]+ s$", "", done.stdout, flags=re.MULTILINE)
    text = re.sub(r"[\d.]+ (kB|B)\b", "N B", text)
    text = re.sub(r"\d+ s ago", "N s ago", text)
    lines = text.splitlines()
    blocks = sorted(line for line in lines if line.startswith("  block"))
    return blocks + [line for line in lines if not line.startswith("  block")]


@pytest.mark.exhaustive
def test_explain_lists_blocks_with_sizes_and_ages(space: Space) -> None:
    space.write("scene.py", LINE)
    assert lines_of(space, "-n", "--explain") == [
        *(f"  block {i} (frames {10 * i}-{10 * i + 9}): new frames" for i in range(4)),
        "out.mp4 has not been built before",
        "out.mp4: 40 frames, would render 4 of 4 blocks",
    ]
    space.build("scene.py", *BLOCKS)
    for args in ((), ("-n",)):  # neither runs the scene
        assert lines_of(space, "--explain", *args) == [
            *(f"  block {i} (frames {10 * i}-{10 * i + 9}): inputs unchanged, N B, encoded N s ago" for i in range(4)),
            "no changes since out.mp4 was built N s ago",
            "out.mp4: up to date (40 frames, 4 blocks)",
        ]
    space.write("scene.py", ANNOTATED)
    expected = [
        *(f"  block {i} (frames {10 * i}-{10 * i + 9}): looks the same, N B, encoded N s ago" for i in (0, 1)),
        "  block 2 (frames 20-29): all frames look different (scene.py: `animate` changed){}",
        "  block 3 (frames 30-39): looks the same, N B, encoded N s ago",
        "changes since out.mp4 was built N s ago:",
        "  scene.py: `animate` changed",
    ]
    for args, size, last in (
        (("-n",), "", "out.mp4: 40 frames, would render 1 of 4 blocks"),
        ((), ", N B", "out.mp4: 40 frames, rendered 1 of 4 blocks"),
    ):
        assert lines_of(space, "--explain", *args) == [line.format(size) for line in [*expected, last]]


def test_changed_array_of_a_data_file_is_reported_by_its_first_row(space: Space) -> None:
    y = np.random.default_rng(0).random((800, 4))
    np.save(space.path("y.npy"), y)
    scene = edited(LINE, "FRAMES = 40\n", 'FRAMES = 40\ny = np.load("y.npy")\n')
    space.write("scene.py", edited(scene, "np.sin(x + i / 5)", "np.sin(x) + y[20 * i, 0]"))
    space.build("scene.py", *BLOCKS)
    y[412:] += 1
    np.save(space.path("y.npy"), y)
    changed, different, blocks = explained(space)
    assert changed == ["y.npy changed", "`y` changed (array (800, 4) float64, first difference at row 412)"]
    assert different == [[21, 40]]
    assert {k: v["different"] for k, v in blocks.items()} == {2: [[21, 30]], 3: [[30, 40]]}
    assert all(v["because"] == changed for v in blocks.values())


@pytest.mark.rows(1)
@pytest.mark.parametrize(
    ("old", "new", "expected", "looks_different"),
    [
        ('anim.save("out.mp4")', 'anim.save("out.mp4", dpi=90)',
         ["frame size 120x90 -> 216x162", "dpi None -> 90"], True),
        ('anim.save("out.mp4")', 'anim.save("out.mp4", fps=30)', ["frame rate 20 -> 30"], False),
        ('anim.save("out.mp4")', 'anim.save("out.mp4", bitrate=500)', ["-b 500k is new"], False),
        ("FRAMES =", 'plt.rcParams["axes.facecolor"] = "red"\nFRAMES =',
         ["rcParams['axes.facecolor'] 'white' -> 'red'"], True),
        ("FRAMES =", "np.random.seed(3)\nFRAMES =", ["the state of numpy.random untouched -> used"], False),
    ],
)  # fmt: skip
def test_changed_settings_are_reported(
    space: Space, old: str, new: str, expected: list[str], looks_different: bool
) -> None:
    scene = LINE
    if "rcParams" in new:  # before the axes are made
        scene = edited(LINE, "fig, ax", "FRAMES = 40\nfig, ax").replace("FRAMES = 40\n", "", 1)
    space.write("scene.py", scene)
    space.build("scene.py", *BLOCKS)
    space.write("scene.py", edited(scene, old, new))
    changed, different, _ = explained(space)
    assert [line for line in changed if not line.startswith("scene.py: ")] == expected
    assert different == ([[0, 40]] if looks_different else [])


def test_changed_number_of_frames_is_reported_for_new_blocks(space: Space) -> None:
    space.write("scene.py", LINE)
    space.build("scene.py", *BLOCKS)
    space.write("scene.py", edited(LINE, "FRAMES = 40", "FRAMES = 50"))
    changed, different, blocks = explained(space)
    assert (changed, different) == (["scene.py: `FRAMES` 40 -> 50"], [[40, 50]])
    assert {k: (v["reason"], v["because"], "different" in v) for k, v in blocks.items()} == {
        4: ("new frames", ["scene.py: `FRAMES` 40 -> 50"], False)
    }


@pytest.mark.exhaustive
def test_changed_helper_variable_argument_and_listing_are_reported(space: Space) -> None:
    space.write("helper.py", "SHIFT = 1\n\n\ndef shift(i):\n    return i * SHIFT\n")
    space.environment["LABEL"] = "a"
    scene = edited(LINE, "i / 5", "helper.shift(i)")
    head = 'import os, sys\nimport helper\nlabel = f\'{os.environ["LABEL"]} {sys.argv[1:]} {os.listdir("data")}\'\n'
    space.write("scene.py", head + edited(scene, 'f"frame {i}"', "label"))
    space.write("data/a.txt", "")
    space.build("scene.py", *BLOCKS)
    space.write("helper.py", "SHIFT = 1\n\n\ndef shift(i):\n    return i * SHIFT * 2\n")
    assert explained(space)[0] == ["helper.py: `shift` changed"]
    space.environment["LABEL"] = "b"
    assert explained(space)[0] == [
        "the environment variable LABEL changed",
        "`label` \"a [] ['a.txt']\" -> \"b [] ['a.txt']\"",
    ]
    space.write("data/b.txt", "")
    assert explained(space)[0][0] == "the list of files in data changed"
    assert explained(space, "--", "x")[0][0] == "arguments [] -> ['x']"


@pytest.mark.exhaustive
def test_changed_file_is_reported_from_the_block_that_reads_it_first(space: Space) -> None:
    """A file that is first read in block 1 is a reason for this block and later ones, not for earlier ones."""
    for i in range(40):
        space.write(f"data/{i}.txt", "5")
    scene = edited(LINE, "i / 5", 'i / float(open(f"data/{i}.txt").read())')
    space.write("scene.py", scene)
    space.build("scene.py", *BLOCKS)
    space.write("data/12.txt", "4")
    space.write("data/31.txt", "4")
    changed, different, blocks = explained(space)
    assert (changed, different) == (["data/12.txt changed", "data/31.txt changed"], [[12, 13], [31, 32]])
    assert {k: v["because"] for k, v in blocks.items()} == {
        1: ["data/12.txt changed"], 3: ["data/31.txt changed", "data/12.txt changed"]
    }  # fmt: skip


@pytest.mark.exhaustive
def test_reasons_are_complete_if_a_block_ends_before_the_previous_one(space: Space) -> None:
    for i in range(40):
        space.write(f"data/{i}.txt", "5")
    scene = edited(LINE, "i / 5", 'i / float(open(f"data/{i}.txt").read())')
    many = "    if 10 <= i < 20:\n        line.set_data(np.tile(x, 4000), np.tile(position(i), 4000))\n"
    space.write("scene.py", edited(scene, "    # edit here\n", many + "    else:\n        line.set_xdata(x)\n"))
    space.build("scene.py", *BLOCKS)
    space.write("data/12.txt", "4")
    space.write("data/31.txt", "4")
    _, _, blocks = explained(space)
    assert blocks[3]["because"] == ["data/31.txt changed", "data/12.txt changed"]


@pytest.mark.exhaustive
def test_serial_builds_and_unknown_values_are_explained(space: Space) -> None:
    scene = edited(LINE, "    # edit here\n", "    fig.canvas.draw()\n")
    space.write("scene.py", scene)
    assert space.build("scene.py", *BLOCKS).way != "fast"
    space.write("scene.py", edited(scene, "i / 5", "i / 4"))
    changed, _, blocks = explained(space)
    assert (changed, blocks.keys()) == (["scene.py: `position` changed"], {0, 1, 2, 3})
    assert blocks[0]["different"] == [[1, 10]]
    assert blocks[0]["because"] == changed

    unknown = edited(LINE, "    # edit here\n", "    next(numbers)\n")
    unknown = edited(unknown, "FRAMES = 40\n", "FRAMES = 40\nnumbers = (k for k in range(99))\n")
    space.write("scene.py", unknown)
    space.build("scene.py", *BLOCKS)
    space.write("scene.py", edited(unknown, "i / 5", "i / 4"))
    output = space.iparsave("build", "scene.py", *BLOCKS, "--explain").stdout
    assert "  scene.py: `position` changed\nall frames are compared in every build: values of type" in output


def test_explain_after_a_save_by_a_plain_script_reports_no_change(space: Space) -> None:
    space.write(
        "scene.py",
        edited(
            LINE, "anim.save(", "import incremental_parsave\nincremental_parsave.save(anim, block_size=10, filename="
        ),
    )
    space.python("scene.py")
    changed, different, blocks = explained(space)
    assert (changed, different, blocks) == ([], [], {})


def test_damaged_account_does_not_change_which_blocks_are_rendered(space: Space) -> None:
    space.write("scene.py", LINE)
    space.build("scene.py", *BLOCKS)
    (account,) = (path for path in Path(space.path(".iparsave_cache/accounts")).rglob("*") if path.is_file())
    account.write_text("broken")
    space.write("scene.py", ANNOTATED)
    built = space.build("scene.py", *BLOCKS)
    assert built.rendered == [2]
    assert "damaged" in built.errors
