"""`iparsave diff`: which frames an edit changed, and how they looked before."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import shutil
from pathlib import Path

import pytest
from PIL import Image

from incremental_parsave.cache import history
from incremental_parsave.cache.change import compare
from incremental_parsave.cache.store import Store
from incremental_parsave.display.sheet import sample
from incremental_parsave.model import Segment

from .scenes import ANNOTATED, LINE, edited
from .space import Space, frames_of

BLOCKS = ("--block-size", "10")


def diff_lines(space: Space, *args: str, status: int = 0) -> list[str]:
    done = space.iparsave("diff", *args)
    assert done.returncode == status, done.stderr
    return (done.stderr + done.stdout).splitlines()


def pictures(page: Path) -> dict[str, Image.Image]:
    """Return the pictures of an HTML sheet by their alternative texts."""
    found = re.findall(r'alt="([^"]*)" src="data:image/png;base64,([^"]*)"', page.read_text())
    return {name: Image.open(io.BytesIO(base64.b64decode(data))) for name, data in found}


def test_frames_that_an_edit_changed_are_listed_and_shown(space: Space) -> None:
    space.write("scene.py", LINE)
    space.build("scene.py", *BLOCKS)
    assert diff_lines(space, "scene.py") == ["out.mp4: no frame changed"]
    assert diff_lines(space, "scene.py", "--sheet", "s.png")[0] == "warning: s.png was not written: no frame changed"
    old = frames_of(space.path("out.mp4"))

    space.write("scene.py", ANNOTATED)
    changed = "warning: the last build of scene.py is out of date: scene.py changed"
    assert diff_lines(space, "scene.py")[0] == changed
    space.build("scene.py", *BLOCKS)
    assert diff_lines(space, "scene.py") == ["out.mp4: frames 20-29 of 40 changed"]
    space.path("out.mp4").unlink()
    assert space.build("scene.py", *BLOCKS).rendered == []
    assert diff_lines(space, "scene.py") == ["out.mp4: frames 20-29 of 40 changed"]

    lines = diff_lines(space, "scene.py", "--json", "--sheet", "s.html", "--most", "4")
    event, sheet = (json.loads(line) for line in lines)
    assert (event["changed"], event["added"], event["removed"]) == ([[20, 30]], [], [])
    assert sheet["shown"] == [["out.mp4", k] for k in (20, 23, 26, 29)]
    new, shown = frames_of(space.path("out.mp4")), pictures(space.path("s.html"))
    assert len(shown) == 12
    for k in (20, 23, 26, 29):
        for when, frames in (("before", old), ("after", new)):
            assert hashlib.md5(shown[f"frame {k}, {when}"].tobytes()).hexdigest() == frames[k]
        red, green, _ = shown[f"frame {k}, difference"].crop((0, 0, 120, 15)).split()
        assert any(r > g + 100 for r, g in zip(red.tobytes(), green.tobytes(), strict=True)), (
            "the changed title is not marked"
        )
        red, green, _ = shown[f"frame {k}, difference"].crop((0, 15, 120, 90)).split()
        assert all(r < g + 60 for r, g in zip(red.tobytes(), green.tobytes(), strict=True)), "equal pixels are marked"

    assert diff_lines(space, "scene.py", "--sheet", "s.png")[1] == "s.png: 10 of 10 frames, before and after"
    with Image.open(space.path("s.png")) as image:
        assert image.width > 3 * 240
        assert image.height > 10 * 90

    code = (
        "import sys\nfrom incremental_parsave.cli import main\nmain(['diff', 'scene.py'])\n"
        "print(sorted({'numpy', 'matplotlib', 'PIL'} & sys.modules.keys()))"
    )
    space.cold = True
    assert space.python("-c", code).stdout.splitlines()[1] == "[]"
    space.cold = False

    for path in space.path(".iparsave_cache/segments").rglob("*.mp4"):
        path.unlink()  # as if a user had removed them
    lines = diff_lines(space, "scene.py", "--sheet", "s.html", "--most", "1")
    assert lines[:2] == [
        f"warning: block 2 (frames 20-29) of out.mp4 in {whose} is not shown: its segment is missing from the cache"
        for whose in ("the previous build", "the last build")
    ]
    assert space.path("s.html").read_text().count("<td>not in the cache") == 2


@pytest.mark.exhaustive
def test_frames_of_another_size_are_all_different(space: Space) -> None:
    space.write("scene.py", LINE)
    space.build("scene.py", *BLOCKS)
    space.build("scene.py", *BLOCKS, "--dpi", "60")
    event = json.loads(diff_lines(space, "scene.py", "--json")[0])
    assert event["changed"] == [[0, 40]]
    assert space.build("scene.py", *BLOCKS).errors == ""
    back = json.loads(diff_lines(space, "scene.py", "--json")[0])
    assert back["when"][0] == event["when"][1]
    lines = diff_lines(space, "scene.py", "--sheet", "s.html", "--most", "1")
    assert lines[0] == "out.mp4: all 40 frames changed"
    assert "<td>144 x 108 before, 120 x 90 now" in space.path("s.html").read_text()


def test_diff_depends_on_arguments_and_folder_and_names_unrecorded_movies(space: Space) -> None:
    space.write("pyproject.toml", '[tool.iparsave]\nscenes = ["sub/scene.py"]\n')
    scene = edited(LINE, "FRAMES = 40", "FRAMES = 5") + 'anim.save("out.gif", writer="pillow")\n'
    space.write("sub/scene.py", "import sys\nLABEL = sys.argv[1]\n" + scene)
    space.build("--", "one")
    here = ["out.mp4: no frame changed"]
    unrecorded = "warning: the frames of out.gif are not recorded (written by PillowWriter)"
    assert diff_lines(space) == diff_lines(space, "--", "one") == [unrecorded, *here]
    assert diff_lines(space, "--", "two", status=1)[0] == (
        "error: sub/scene.py has not been built yet with the arguments two"
    )
    space.folder = space.folder / "sub"
    assert diff_lines(space, "scene.py")[1] == "../out.mp4: no frame changed"


def test_missing_build_and_wrong_usage_are_errors(space: Space) -> None:
    space.write("scene.py", LINE)
    assert diff_lines(space, "scene.py", status=1) == [
        "error: scene.py has not been built yet", "help: build it first: iparsave build scene.py"
    ]  # fmt: skip
    assert "(expected .png or .html)" in diff_lines(space, "scene.py", "--sheet", "s.pdf", status=2)[-1]
    assert diff_lines(space, status=2)[0] == "error: no scene was given, and pyproject.toml lists none"


def record_version(
    store: Store, movie: str, frames: str, block: int = 4, earlier: list[history.Name] | None = None
) -> None:
    """Record a version of a movie; equal letters in *frames* are equal frames."""
    digests = [letter * 32 for letter in frames]
    segments = [
        Segment("".join(digests[i : i + block]), ".mp4", len(digests[i : i + block]), "", 1)
        for i in range(0, len(digests), block)
    ]
    name = history.keep(store, 0, digests, segments)
    history.note(store, movie, name, history.names(store, movie) if earlier is None else earlier)


@pytest.mark.parametrize(
    ("before", "now", "line"),
    [
        ("aaaaaa", "aabbba", "frames 2-4 of 6 changed"),
        ("aaaaaa", "aabaaa", "frame 2 of 6 changed"),
        ("aaaaaa", "bbbbbb", "all 6 frames changed"),
        ("aaaa", "aabaaa", "frame 2 of 6 changed, frames 4-5 added"),
        ("aaaaaa", "aaaa", "frames 4-5 removed"),
        ("a" * 12, "ba" * 6, "frames 0, 2, 4, 6, 2 more ranges of 12 changed"),
    ],
)
def test_changed_frames_are_described_in_one_line(tmp_path: Path, before: str, now: str, line: str) -> None:
    store = Store(tmp_path)
    record_version(store, "m.mp4", before)
    record_version(store, "m.mp4", now)
    assert compare("m.mp4", "m.mp4", store).line() == line


def test_versions_are_distinguished_by_their_frames(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for frames, block in (("aaaa", 4), ("abaa", 4), ("abaa", 2), ("abaa", 2)):
        record_version(store, "m.mp4", frames, block)
    change = compare("m.mp4", "m.mp4", store)
    assert (change.changed, len(change.now.segments) if change.now else 0) == ([1], 2)
    earlier = history.names(store, "m.mp4")
    for frames in ("cccc", "abab"):  # two movies that one run saves at the same place
        record_version(store, "m.mp4", frames, earlier=earlier)
    assert compare("m.mp4", "m.mp4", store).changed == [3]
    shutil.rmtree(tmp_path / "versions")
    assert compare("m.mp4", "m.mp4", store).line() == "no record of its frames"


def test_sample_is_evenly_spaced() -> None:
    assert sample(range(5), 12) == [0, 1, 2, 3, 4]
    assert sample(range(100, 200), 4) == [100, 133, 166, 199]
    assert sample(range(9), 1) == [0]
