"""The movie of a build equals that of `Animation.save`, frame by frame.

Every scene is an ordinary script that writes lossless video.  Python alone runs
it first, so that `Animation.save` writes its movies; then it is built: with one
job in small blocks, or with two jobs in larger ones.  Every sixth scene is built
with the command, the ffmpeg and the threads that a user has; every tenth is also
built as one block.  The soak builds every scene in every way.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..scenes import edited
from ..space import Space, frames_of
from .reference import Reference

SCENES = sorted((Path(__file__).parent / "scenes").glob("*.py"))
ORDINARY = sorted((Path(__file__).parent.parent / "benchmarks/scenes/ordinary").glob("*.py"))

# Scenes that must not be built in parallel, and a part of the reason that the build gives.
PLAIN = {
    "canvas_draw_inside": "draws or reads pixels",
    "clip_path_in_place": "was modified in place",
    "draw_callback": "draw_event callback",
    "draw_idle_inside": "draws or reads pixels",
    "formatter_reads_pixels": "draws or reads pixels",
    "mathtext_back_and_forth": "text settings",
    "new_canvas_clip_path": "was modified in place",
    "noise_while_drawing": "runs while frames are drawn, and may keep state",
    "own_draw_method": "overrides draw()",
    "patched_before": "the script has replaced matplotlib.patches.Rectangle.get_path",
    "patched_while_it_runs": "the animation changes",
    "progress_reads_pixels": "draws or reads pixels",
    "reads_pixels": "draws or reads pixels",
    "remembers_while_drawn": "runs while frames are drawn, and may keep state",
    "pool_inside": "starts a",
    "pool_that_lives_on": "threads",
    "semaphore_counted_down": "shares memory",
    "shared_memory": "shares memory",
    "shared_memory_with_a_name": "shares memory",
    "stdin_line_by_line": "reads standard input",
    "threads": "threads",
    "tight_layout_inside": "draws or reads pixels",
    "writes_a_file": "writes",
}

# Scenes whose layout settles differently in different versions of matplotlib: both ways to build are right.
EITHER_WAY = {"constrained_colorbar", "inset_zoom"}

ARGUMENTS = {"reads_stdin_and_args": ("1", "2")}
STDIN = "0.5\n1\n2\n3\n5\n8\n4\n7\n1\n0\n2\n6\n3\n"


WAYS_TO_BUILD = [["-j1", "--block-size", "4"], ["-j2", "--block-size", "7"], ["-j2", "--block-size", "all"]]


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reference]:
    server = Reference(Space(tmp_path_factory.mktemp("server")).environment)
    yield server
    server.close()


@pytest.mark.rows(14)
@pytest.mark.parametrize(
    "scene", [pytest.param(scene, marks=[] if n % 12 else [pytest.mark.quick]) for n, scene in enumerate(SCENES)],
    ids=lambda path: path.stem,
)  # fmt: skip
def test_movie_has_the_same_frames_as_animation_save(scene: Path, space: Space, reference: Reference) -> None:
    number = SCENES.index(scene)
    ways = [WAYS_TO_BUILD[number % 2], *(WAYS_TO_BUILD[2:] if number % 10 == 0 else [])]
    check(scene, space, reference, ways, as_installed=number % 6 == 1)


@pytest.mark.rows(1)
@pytest.mark.parametrize(
    "scene", [pytest.param(scene, marks=[pytest.mark.soak] if n % 12 else []) for n, scene in enumerate(SCENES)],
    ids=lambda path: path.stem,
)  # fmt: skip
def test_workers_that_step_to_their_blocks_make_the_same_frames(
    scene: Path, space: Space, reference: Reference
) -> None:
    """A watch draws the blocks of the last edit first, with such workers; then all blocks are in the cache."""
    args = ARGUMENTS.get(scene.stem, ())
    expected = frames_by_python_alone(scene, space, reference)
    for more, options in (("", ["--force"]), ("\nunused = 1\n", [])):
        for path in space.folder.glob("[!.]*"):
            path.unlink()  # a scene may read what it wrote
        space.write("scene.py", scene.read_text() + more)
        space.python("-c", BUILD_WITH_CHANGED_FRAMES, *options, "scene.py", *args, stdin=STDIN)
        for name, frames in expected.items():
            assert frames_of(space.path(name)) == frames, (name, options)


BUILD_WITH_CHANGED_FRAMES = """\
import sys
from incremental_parsave import cli
from incremental_parsave.supervisor.scene_build import build_scene
from incremental_parsave.display.status import NORMAL, Status

at = sys.argv.index("scene.py")
options = cli._parser().parse_args(["build", "-j2", "--block-size", "4", *sys.argv[1:at + 1]])
config = {**cli._config("scene.py", options, sys.argv[at + 1:]), "changed": [9, 14]}
sys.exit(build_scene(config, Status("scene.py", NORMAL, json_lines=True, dry=False)))
"""


@pytest.mark.rows(1)
@pytest.mark.parametrize("scene", ORDINARY, ids=lambda path: path.stem)
def test_ordinary_scenes_have_the_same_frames_also_after_an_edit(
    scene: Path, space: Space, reference: Reference
) -> None:
    source = edited(scene.read_text(), "FRAMES = 150", "FRAMES = 12")
    source = edited(
        source, '("movie.mp4", codec="libx264")', '("o.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])'
    )
    for edit in ("    # edit here\n", '    label += "!" * (5 <= i < 7)\n'):
        script = space.write("scene.py", edited(source, "    # edit here\n", edit))
        built = space.build("scene.py", "--block-size", "4")
        (expected,) = frames_by_python_alone(script, space, reference).values()
        assert frames_of(space.path("o.mkv")) == expected, built.way
        assert built.way == "fast", built.errors


@pytest.mark.soak
@pytest.mark.parametrize("scene", SCENES, ids=lambda path: path.stem)
def test_all_ways_to_build_make_the_same_frames(scene: Path, space: Space, reference: Reference) -> None:
    check(scene, space, reference, WAYS_TO_BUILD, as_installed=True)


def frames_by_python_alone(scene: Path, space: Space, reference: Reference) -> dict[str, list[str]]:
    """Return the frames of the movies that `Animation.save` makes."""
    theirs = Path(tempfile.mkdtemp(dir=space.folder.parent))
    shutil.copy(scene, theirs / "scene.py")
    reference.run(theirs / "scene.py", ARGUMENTS.get(scene.stem, ()), STDIN)
    expected = {path.name: frames_of(path) for path in theirs.glob("*.mkv")}
    assert expected
    assert all(len(frames) > 5 for frames in expected.values())
    return expected


def check(
    scene: Path, space: Space, reference: Reference, ways_to_build: list[list[str]], *, as_installed: bool
) -> None:
    args, expected = ARGUMENTS.get(scene.stem, ()), frames_by_python_alone(scene, space, reference)
    for options in ways_to_build:
        ours = Space(space.folder / "-".join(options))
        ours.folder.mkdir()
        if as_installed and "-j2" in options:
            ours.as_installed()
        shutil.copy(scene, ours.folder / "scene.py")
        built = ours.build("scene.py", *options, "--", *args, stdin=STDIN)
        made = {path.name: frames_of(path) for path in ours.folder.glob("*.mkv")}
        assert made.keys() == expected.keys()
        for name, frames in expected.items():
            different = [k for k, (a, b) in enumerate(zip(frames, made[name], strict=True)) if a != b]
            assert not different, f"{name} {options} {built.targets}: frames {different} differ"
        why = PLAIN.get(scene.stem)
        if options[-1] != "all" and scene.stem not in EITHER_WAY:
            ways = {target["way"] for target in built.targets}
            assert all(why in way if why else way == "fast" for way in ways), (ways, built.errors)


def test_there_are_at_least_fifty_scenes() -> None:
    assert len(SCENES) >= 50
    assert {path.stem for path in SCENES} >= PLAIN.keys()
