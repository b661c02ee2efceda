"""Question 0: an up-to-date movie is detected quickly, and only if it is up to date."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from incremental_parsave.cache.records import called, pack, unpack

from .scenes import LINE, edited
from .space import LIGHT_FFMPEG, Space

BLOCKS = ("--block-size", "10")
PRINTING_SCENE = "import sys\nprint('the scene runs', file=sys.stderr)\n" + LINE


def test_up_to_date_without_running_the_scene(space: Space) -> None:
    space.write("scene.py", PRINTING_SCENE)
    assert "the scene runs" in space.build("scene.py", *BLOCKS).errors
    built = space.build("scene.py", *BLOCKS)
    assert built.errors == ""
    assert built.target == {
        "event": "target", "output": "out.mp4", "frames": 40, "blocks": {"total": 4, "rendered": 0, "reused": 4},
        "up_to_date": True, "seconds": built.target["seconds"], "way": "fast",
    }  # fmt: skip


def test_no_slow_library_is_imported(space: Space) -> None:
    space.write("scene.py", PRINTING_SCENE)
    space.write("pyproject.toml", "[tool.iparsave]\n")
    space.build("scene.py", *BLOCKS)
    heavy = {"numpy", "matplotlib", "rich", "dataclasses", "pathlib", "subprocess", "logging", "typing", "tempfile"}
    light = heavy - {"typing"}  # tomllib needs it
    code = (
        "import sys\nfrom incremental_parsave.cli import main\n"
        f"main(['build', '-q', 'scene.py', '--block-size', '10'])\nprint(sorted({light} & sys.modules.keys()))"
    )
    space.cold = True
    assert space.python("-c", code).stdout == "[]\n"
    space.path("pyproject.toml").write_text("")
    assert space.python("-c", code.replace(repr(light), repr(heavy))).stdout == "[]\n"


@pytest.mark.rows(1)
@pytest.mark.parametrize("harm", ["delete", "alter", "replace"])
def test_altered_movie_is_joined_again_from_the_cache(space: Space, harm: str) -> None:
    space.write("scene.py", PRINTING_SCENE)
    space.build("scene.py", *BLOCKS)
    movie = space.path("out.mp4")
    whole = movie.read_bytes()
    if harm == "delete":
        movie.unlink()
    elif harm == "alter":
        movie.write_bytes(whole[:-1] + b"\0")
    else:
        os.replace(space.write("other.mp4", "another movie"), movie)
    built = space.build("scene.py", *BLOCKS)
    assert (built.errors, built.reasons, built.up_to_date) == ("", {}, False)
    assert movie.read_bytes() == whole
    assert space.build("scene.py", *BLOCKS).up_to_date


def test_missing_segment_runs_the_scene(space: Space) -> None:
    space.write("scene.py", PRINTING_SCENE)
    space.build("scene.py", *BLOCKS)
    space.path("out.mp4").unlink()
    next(path for path in space.path(".iparsave_cache/segments").rglob("*.mp4")).unlink()
    built = space.build("scene.py", *BLOCKS)
    assert "the scene runs" in built.errors
    assert len(built.rendered) == 1


def test_dry_run_reports_and_writes_nothing(space: Space) -> None:
    space.write("scene.py", PRINTING_SCENE)
    space.build("scene.py", *BLOCKS)
    space.path("out.mp4").unlink()
    done = space.iparsave("build", "-n", "scene.py", *BLOCKS)
    assert done.stdout == "out.mp4: 40 frames, would render 0 of 4 blocks\n"
    assert not space.path("out.mp4").exists()


def test_touched_files_are_compared_by_content_once(space: Space) -> None:
    space.write("helper.py", "PACE = 5\n")
    space.write("shift.txt", "0.5")
    scene = "import helper\nSHIFT = float(open('shift.txt').read())\n" + PRINTING_SCENE
    space.write("scene.py", edited(scene, "i / 5", "i / helper.PACE + SHIFT"))
    space.build("scene.py", *BLOCKS)
    for name in ("scene.py", "helper.py", "shift.txt"):
        os.utime(space.path(name), (10**9, 10**9))
    assert space.build("scene.py", *BLOCKS).errors == ""


def test_any_change_runs_the_scene_and_is_reported(space: Space, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/ffmpeg").symlink_to(LIGHT_FFMPEG)
    space.write("shift.txt", "0.5")
    space.write("data/one", "")
    head = "import os\nopen('shift.txt').close() if os.path.exists('shift.txt') else 0\nos.environ.get('LABEL')\n"
    scene = head + "os.listdir('data')\n" + PRINTING_SCENE
    space.write("scene.py", scene)
    space.build("scene.py", *BLOCKS)
    changes: list[tuple[Callable[[], object], str]] = [
        (lambda: space.write("scene.py", scene + "x = 1\n"), "running scene.py: it changed"),
        (lambda: space.write("shift.txt", "0.6"), "shift.txt changed"),
        (lambda: space.path("shift.txt").unlink(), "shift.txt changed"),
        (lambda: space.environment.update(LABEL="x"), "the environment variable LABEL changed"),
        (lambda: space.write("data/two", ""), "the list of files in data changed"),
        (lambda: space.environment.update(TZ="Asia/Tokyo"), "time zone"),
        (
            lambda: (
                space.environment.pop("IPARSAVE_FFMPEG"),
                space.environment.update(PATH=f"{tmp_path / 'bin'}{os.pathsep}{space.environment['PATH']}"),
            ),
            "IPARSAVE_FFMPEG changed",
        ),
        (lambda: (tmp_path / "bin/ffmpeg").unlink(), "the program ffmpeg changed"),
    ]
    for change, why in changes:
        change()
        done = space.iparsave("build", "-v", "scene.py", *BLOCKS)
        assert "the scene runs" in done.stderr, why
        assert why in done.stderr.splitlines()[0], done.stderr
        assert space.build("scene.py", *BLOCKS).errors == "", why
    assert "the scene runs" in space.build("scene.py", *BLOCKS, "--dpi", "60").errors


def test_deleted_movie_of_another_writer_runs_the_scene(space: Space) -> None:
    space.write("scene.py", edited(PRINTING_SCENE, '"out.mp4"', '"out.gif", writer="pillow"'))
    space.build("scene.py")
    assert space.build("scene.py").up_to_date
    whole = space.path("out.gif").read_bytes()
    space.path("out.gif").unlink()
    assert "the scene runs" in space.build("scene.py").errors
    assert space.path("out.gif").read_bytes() == whole


def test_failed_build_leaves_no_manifest(space: Space) -> None:
    space.write("scene.py", PRINTING_SCENE + "raise ValueError\n")
    assert space.try_build("scene.py", *BLOCKS).status == 1
    assert "the scene runs" in space.try_build("scene.py", *BLOCKS).errors


@pytest.mark.exhaustive
def test_manifest_of_a_build_in_one_process(space: Space) -> None:
    """The fallback process, which takes over in the middle of the run, knows all earlier reads."""
    draws = edited(PRINTING_SCENE, "    # edit here\n", "    if i == 15:\n        fig.canvas.draw()\n")
    space.write("shift.txt", "0.5")
    space.write("scene.py", "SHIFT = float(open('shift.txt').read())\n" + edited(draws, "i / 5", "i / 5 + SHIFT"))
    assert "draws" in space.build("scene.py", *BLOCKS).way
    built = space.build("scene.py", *BLOCKS)
    assert (built.errors, built.reasons) == ("", {})
    space.write("shift.txt", "0.7")
    assert space.build("scene.py", *BLOCKS).rendered == [0, 1, 2, 3]


def test_unchanged_inputs_are_not_read_again(space: Space) -> None:
    data = space.write("data.txt", "5")
    head = "DATA = float(open('data.txt').read())\n"
    space.write("scene.py", head + edited(LINE, "i / 5", "i / DATA"))
    space.build("scene.py", *BLOCKS)
    time.sleep(max(0.0, data.stat().st_ctime + 2.1 - time.time()))  # younger files are always read
    space.build("scene.py", *BLOCKS, "--force")
    (path,) = (path for path in space.path(".iparsave_cache/manifests").rglob("*") if path.is_file())
    body = unpack(path.read_bytes())
    (row,) = (row for row in body["reads"] if row[:2] == ["file", "data.txt"])
    row[2] = "as it was remembered"
    path.write_bytes(pack(body, called(str(path))))
    space.build("scene.py", *BLOCKS, "--force")
    assert row in unpack(path.read_bytes())["reads"]
    data.write_text("6")
    assert space.build("scene.py", *BLOCKS).rendered == [0, 1, 2, 3]


def test_another_output_reuses_all_blocks(space: Space) -> None:
    space.write("scene.py", LINE)
    space.build("scene.py", *BLOCKS)
    for _ in range(2):
        built = space.build("scene.py", *BLOCKS, "-o", "other.mp4", skip_manifest=True)
        assert built.reasons == dict.fromkeys(range(4), "inputs unchanged")
    assert space.path("other.mp4").read_bytes() == space.path("out.mp4").read_bytes()
