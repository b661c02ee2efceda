"""Which blocks are rendered: every test checks that, and not only that there is a movie."""

from __future__ import annotations

import os
import shutil
from fractions import Fraction

import pytest

from .scenes import ANNOTATED, LINE, edited
from .space import Space, frames_of, times_of

BLOCKS = ("--block-size", "10")


@pytest.mark.quick
def test_first_build_renders_every_block(space: Space) -> None:
    space.write("scene.py", LINE)
    built = space.build("scene.py", *BLOCKS)
    assert built.rendered == [0, 1, 2, 3]
    assert built.target["frames"] == 40
    assert not built.up_to_date
    assert times_of(space.path("out.mp4")) == [Fraction(k, 20) for k in range(40)]


@pytest.mark.quick
def test_second_build_has_nothing_to_do(space: Space) -> None:
    space.write("scene.py", LINE)
    space.build("scene.py", *BLOCKS)
    before = space.path("out.mp4").stat()
    built = space.build("scene.py", *BLOCKS)
    assert (built.rendered, built.reasons) == ([], {})  # the scene was not run
    assert built.up_to_date
    built = space.build("scene.py", *BLOCKS, skip_manifest=True)
    assert built.rendered == []
    assert set(built.reasons.values()) == {"inputs unchanged"}
    assert built.up_to_date
    assert space.path("out.mp4").stat().st_mtime_ns == before.st_mtime_ns


@pytest.mark.quick
def test_edit_of_one_block_renders_that_block(space: Space) -> None:
    space.write("scene.py", LINE)
    space.build("scene.py", *BLOCKS)
    space.write("scene.py", ANNOTATED)
    built = space.build("scene.py", *BLOCKS)
    assert built.rendered == [2]
    assert built.reasons == {0: "looks the same", 1: "looks the same", 2: "new frames", 3: "looks the same"}


def test_edit_renders_exactly_the_blocks_that_look_different(space: Space) -> None:
    space.write("scene.py", LINE)
    space.build("scene.py", *BLOCKS)
    for new, rendered, reason in (
        ("    # only a comment\n", [], None),
        ("    # a comment\n\n    pass\n", [], "looks the same"),
        ('    line.set_color("C3")\n', [0, 1, 2, 3], "new frames"),
        ("    if i == 30:\n        line.set_lw(9)\n", [3], "new frames"),
        ("    if i == 9:\n        ax.set_ylim(-3, 3)\n", [0, 1, 2, 3], "new frames"),
    ):
        space.write("scene.py", edited(LINE, "    # edit here\n", new))
        built = space.build("scene.py", *BLOCKS)
        assert built.rendered == rendered, new
        assert built.reasons.get(3) == reason, new


@pytest.mark.quick
def test_incremental_build_equals_clean_build(space: Space) -> None:
    space.write("scene.py", LINE)
    space.build("scene.py", *BLOCKS)
    space.write("scene.py", ANNOTATED)
    space.build("scene.py", *BLOCKS)
    incremental = space.path("out.mp4").read_bytes()
    space.path("out.mp4").unlink()
    clean = space.build("scene.py", *BLOCKS, "-j1", "--cache-dir", "other")
    assert clean.rendered == [0, 1, 2, 3]
    assert space.path("out.mp4").read_bytes() == incremental


def test_longer_movie_keeps_its_first_blocks(space: Space) -> None:
    space.write("scene.py", LINE)
    space.build("scene.py", *BLOCKS)
    space.write("scene.py", edited(LINE, "FRAMES = 40", "FRAMES = 60"))
    assert space.build("scene.py", *BLOCKS).rendered == [4, 5]


def test_short_last_block_is_joined_to_the_previous_one(space: Space) -> None:
    space.write("scene.py", edited(LINE, "FRAMES = 40", "FRAMES = 42"))
    built = space.build("scene.py", *BLOCKS)
    assert [e["frames"] for e in built.events if e["event"] == "block" and e["block"] == 3] == [[30, 42]]
    assert len(frames_of(space.path("out.mp4"))) == 42


@pytest.mark.quick
def test_edit_of_helper_module_or_data_file_renders_changed_blocks(space: Space) -> None:
    space.write("helper.py", "def shift(i):\n    return i / 5\n")
    space.write("data/shift.txt", "0.0")
    scene = edited(LINE, "import numpy as np\n", "import numpy as np\nimport helper\n")
    scene = edited(scene, "np.sin(x + i / 5)", "np.sin(x + helper.shift(i) + np.loadtxt('data/shift.txt'))")
    space.write("scene.py", scene)
    space.build("scene.py", *BLOCKS)
    assert space.build("scene.py", *BLOCKS).up_to_date
    space.write("helper.py", "# moved\ndef shift(i):\n    return i / 5\n")
    assert space.build("scene.py", *BLOCKS).reasons == {}
    built = space.build("scene.py", *BLOCKS, skip_manifest=True)
    assert set(built.reasons.values()) == {"inputs unchanged"}
    space.write("helper.py", "def shift(i):\n    return i / 5 + (i == 15)\n")
    assert space.build("scene.py", *BLOCKS).rendered == [1]
    space.write("data/shift.txt", "0.5")
    assert space.build("scene.py", *BLOCKS).rendered == [0, 1, 2, 3]


def test_edit_that_keeps_size_and_time_is_rendered(space: Space) -> None:
    scene = edited(LINE, "import numpy as np\n", "import numpy as np\nimport helper\n")
    space.write("scene.py", edited(scene, "i / 5", "i / helper.PACE"))
    helper = space.write("helper.py", "PACE = 5\n")
    os.utime(helper, (10**9, 10**9))
    space.python("-c", "import helper")  # leaves a .pyc
    space.build("scene.py", *BLOCKS)
    helper.write_text("PACE = 4\n")
    os.utime(helper, (10**9, 10**9))
    assert space.build("scene.py", *BLOCKS).rendered == [0, 1, 2, 3]


@pytest.mark.exhaustive
def test_changed_file_of_one_frame_renders_its_block(space: Space) -> None:
    for i in range(40):
        space.write(f"shift{i}.txt", f"{i / 5}")
    space.write("scene.py", edited(LINE, "np.sin(x + i / 5)", "np.sin(x + np.loadtxt(f'shift{i}.txt'))"))
    space.build("scene.py", *BLOCKS)
    space.write("shift20.txt", "7.5")
    built = space.build("scene.py", *BLOCKS)
    assert built.rendered == [2]
    assert built.reasons[0] == "inputs unchanged"
    assert built.reasons[1] == "looks the same"  # frame 20 is the seam of block 1
    assert built.reasons[3] == "looks the same"  # a file that was read before it has changed


def test_overwritten_or_deleted_movie_is_stitched_again(space: Space) -> None:
    space.write("scene.py", LINE)
    space.build("scene.py", *BLOCKS)
    whole = space.path("out.mp4").read_bytes()
    space.path("out.mp4").write_bytes(b"not a movie")
    built = space.build("scene.py", *BLOCKS)
    assert built.rendered == []
    assert not built.up_to_date
    assert space.path("out.mp4").read_bytes() == whole
    space.path("out.mp4").unlink()
    assert space.build("scene.py", *BLOCKS).rendered == []
    assert space.path("out.mp4").read_bytes() == whole


def test_changed_option_renders_every_block(space: Space) -> None:
    space.write("scene.py", LINE)
    space.build("scene.py", *BLOCKS)
    for setting in (("--dpi", "60"), ("--fps", "25"), ("--codec", "mpeg4"), ("--bitrate", "900")):
        assert space.build("scene.py", *BLOCKS, *setting).rendered == [0, 1, 2, 3], setting
    assert space.build("scene.py", *BLOCKS).rendered == []


@pytest.mark.rows(2)
@pytest.mark.parametrize(
    ("name", "options", "again"),
    [
        ("out.gif", [], []),
        ("out.webm", ["-pix_fmt", "yuv420p", "-deadline", "realtime"], []),
        ("out.mp4", ["-vf", "fade=in:0:9"], []),
        ("out.mp4", ["-vf", "scale=64:-2", "-r", "10"], []),
        ("out.mp4", ["-vf", "curves=psfile=curve.acv"], [0]),  # the files that it reads are not known
        ("out.mp4", ["-metadata:g", "title=x"], [0]),
    ],
)
def test_movie_that_cannot_be_cut_is_one_block(space: Space, name: str, options: list[str], again: list[int]) -> None:
    space.write("curve.acv", "")
    space.path("curve.acv").write_bytes(bytes.fromhex("0001000100020000000000ff00ff"))
    space.write("scene.py", edited(LINE, '"out.mp4"', f'"{name}", writer="ffmpeg", extra_args={options}'))
    built = space.build("scene.py", *BLOCKS)
    assert built.rendered == [0]
    assert "any change encodes all of it" in built.errors
    assert space.path(name).stat().st_size > 500
    assert space.build("scene.py", *BLOCKS).rendered == again
    space.write("scene.py", space.path("scene.py").read_text().replace("    # edit here", "    pass"))
    assert space.build("scene.py", *BLOCKS).rendered == again


def test_changed_metadata_is_stitched_in_without_rendering(space: Space) -> None:
    space.write("scene.py", LINE)
    space.build("scene.py", *BLOCKS)
    space.write("scene.py", edited(LINE, '"out.mp4"', '"out.mp4", metadata={"title": "A title"}'))
    built = space.build("scene.py", *BLOCKS)
    assert built.rendered == []
    assert not built.up_to_date
    assert b"A title" in space.path("out.mp4").read_bytes()


def test_force_renders_every_block(space: Space) -> None:
    space.write("scene.py", LINE)
    space.build("scene.py", *BLOCKS)
    built = space.build("scene.py", *BLOCKS, "--force")
    assert built.rendered == [0, 1, 2, 3]
    assert set(built.reasons.values()) == {"forced"}
    assert space.build("scene.py", *BLOCKS).up_to_date


@pytest.mark.exhaustive
def test_dry_run_writes_nothing(space: Space) -> None:
    space.write("scene.py", LINE)
    built = space.build("scene.py", *BLOCKS, "-n")
    assert built.rendered == [0, 1, 2, 3]
    assert sorted(path.name for path in space.folder.iterdir()) == ["scene.py"]
    space.build("scene.py", *BLOCKS)
    whole = {path: path.read_bytes() for path in space.folder.rglob("*") if path.is_file()}
    space.write("scene.py", ANNOTATED)
    assert space.build("scene.py", *BLOCKS, "-n").rendered == [2]
    space.write("scene.py", LINE)
    assert {path: path.read_bytes() for path in space.folder.rglob("*") if path.is_file()} == whole


def test_frames_option_builds_a_part_of_the_movie(space: Space) -> None:
    space.write("scene.py", LINE)
    space.build("scene.py", *BLOCKS)
    whole = frames_of(space.path("out.mp4"))
    before = space.path("out.mp4").stat().st_mtime_ns
    built = space.build("scene.py", *BLOCKS, "--frames", "10:25")
    assert built.target["output"] == "out-10-25.mp4"
    assert built.target["frames"] == 15
    assert built.reasons[0] == "inputs unchanged"  # block 1 of the whole movie
    assert built.rendered == [1]
    assert frames_of(space.path("out-10-25.mp4"))[:10] == whole[10:20]
    assert space.path("out.mp4").stat().st_mtime_ns == before


def test_two_saves_share_their_segments(space: Space) -> None:
    scene = LINE + 'anim.save("again.mp4")\n'
    space.write("scene.py", scene)
    built = space.build("scene.py", *BLOCKS)
    assert [target["blocks"]["rendered"] for target in built.targets] == [4, 0]
    assert space.path("out.mp4").read_bytes() == space.path("again.mp4").read_bytes()


def test_segments_are_reused_in_another_folder_and_environment(space: Space) -> None:
    """With another folder, hash seed, umask and number of jobs, nothing is rendered again."""
    space.write("scene.py", LINE)
    space.build("scene.py", *BLOCKS, "-j2")
    other = Space(space.folder.parent / "elsewhere" / "project")
    other.folder.mkdir(parents=True)
    shutil.copytree(space.path(".iparsave_cache"), other.path(".iparsave_cache"))
    other.write("scene.py", LINE)
    other.environment["PYTHONHASHSEED"] = "99"
    before = os.umask(0o077)
    try:
        built = other.build("scene.py", *BLOCKS, "-j1", skip_manifest=True)
    finally:
        os.umask(before)
    assert built.rendered == []
    assert set(built.reasons.values()) == {"inputs unchanged"}
    assert other.path("out.mp4").read_bytes() == space.path("out.mp4").read_bytes()


@pytest.mark.exhaustive
def test_damaged_or_missing_cache_entries_do_not_change_the_movie(space: Space) -> None:
    space.write("scene.py", LINE)
    space.build("scene.py", *BLOCKS)
    movie, cache, good = space.path("out.mp4"), space.path(".iparsave_cache"), space.path("good")
    whole = movie.read_bytes()
    cache.rename(good)
    kinds = ("segments", "frames", "inputs", "encoders", "manifests", "movies", "accounts")
    for number, kind in enumerate(kinds):
        for damage in ("truncated", ("foreign", "missing")[number % 2]):
            shutil.copytree(good, cache)
            movie.unlink()
            for path in (cache / kind).rglob("*"):
                if path.is_file():
                    data = path.read_bytes()
                    path.write_bytes(
                        {"truncated": data[: len(data) // 2], "foreign": b"{}\n{}", "missing": b""}[damage]
                    )
                    if damage == "missing":
                        path.unlink()
            built = space.build("scene.py", *BLOCKS, skip_manifest=kind != "manifests")
            assert movie.read_bytes() == whole, (kind, damage)
            assert built.rendered == ([0, 1, 2, 3] if kind in ("segments", "frames") else []), (kind, damage)
            is_reported = "damaged" in built.errors or "another version" in built.errors
            assert is_reported == (damage != "missing"), (kind, damage)
            shutil.rmtree(cache)


def test_unseeded_randomness_never_mixes_two_runs(space: Space) -> None:
    scene = edited(LINE, "    # edit here\n", "    line.set_lw(1 + 3 * np.random.random())\n")
    space.write("scene.py", scene)
    space.build("scene.py", *BLOCKS)
    assert space.build("scene.py", *BLOCKS).up_to_date  # nothing has changed
    assert space.build("scene.py", *BLOCKS, skip_manifest=True).rendered == [0, 1, 2, 3]
    seeded = edited(scene, "FRAMES = 40", "np.random.seed(1)\nFRAMES = 40")
    space.write("scene.py", seeded)
    space.build("scene.py", *BLOCKS)
    built = space.build("scene.py", *BLOCKS, skip_manifest=True)
    assert set(built.reasons.values()) == {"inputs unchanged"}


def test_independent_frames_are_stepped_by_their_workers(space: Space) -> None:
    space.write("scene.py", edited(LINE, "    # edit here\n", "    print(i)\n"))
    done = space.iparsave("build", "-q", "scene.py", *BLOCKS, "--stepping", "independent")
    assert done.stdout.split() == ["0", "0", "39"]  # the initial draw, the first and the last frame
    independent = space.path("out.mp4").read_bytes()
    assert space.build("scene.py", *BLOCKS).rendered == []
    space.build("scene.py", *BLOCKS, "--cache-dir", "clean")
    assert space.path("out.mp4").read_bytes() == independent


@pytest.mark.rows(1)
@pytest.mark.parametrize(
    "dependence",
    ["    line.set_lw(line.get_lw() + 0.1)\n", "    seen.append(i)\n", "    line.set_lw(1 + np.random.random())\n"],
)
@pytest.mark.quick
def test_frames_that_depend_on_each_other_are_noticed(space: Space, dependence: str) -> None:
    space.write("scene.py", edited(edited(LINE, "FRAMES =", "seen = []\nFRAMES ="), "    # edit here\n", dependence))
    space.environment["PYTHONHASHSEED"] = "0"
    built = space.build("scene.py", *BLOCKS, "--stepping", "independent")
    assert "depends on" in built.way or "affects later frames" in built.way


@pytest.mark.exhaustive
def test_progress_callback_is_called_for_reused_blocks(space: Space) -> None:
    space.write("scene.py", edited(LINE, '"out.mp4"', '"out.mp4", progress_callback=lambda i, n: print(i, n)'))
    for options in ([], [], ["--stepping", "independent", "--force"]):
        shutil.rmtree(space.path(".iparsave_cache/manifests"), ignore_errors=True)
        done = space.iparsave("build", "-q", "scene.py", *BLOCKS, *options)
        assert done.stdout.splitlines() == [f"{i} 40" for i in range(40)]


@pytest.mark.rows(1)
@pytest.mark.parametrize("name", ["out.mkv", "out.webm", "out.mp4", "out.gif"])
def test_movie_of_one_block_has_the_same_bytes_each_time(space: Space, name: str) -> None:
    options = 'extra_args=["-pix_fmt", "yuv420p"]' if name == "out.webm" else "fps=9"
    space.write("scene.py", edited(edited(LINE, "= 40", "= 8"), '"out.mp4"', f'"{name}", writer="ffmpeg", {options}'))
    space.build("scene.py")
    first = space.path(name).read_bytes()
    assert space.build("scene.py", "--force").rendered == [0]
    assert space.path(name).read_bytes() == first
