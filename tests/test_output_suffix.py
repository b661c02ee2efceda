"""``-o`` with a suffix other than the script's: the suffix determines the movie writer."""

from __future__ import annotations

import pytest

from .scenes import LINE, edited
from .space import Space, frames_of

BLOCKS = ("--block-size", "10")
SHORT = edited(LINE, "FRAMES = 40", "FRAMES = 20")


def scene_saving_with(how: str) -> str:
    """Return a scene that calls ``anim.save`` with the arguments *how*."""
    scene = edited(SHORT, 'anim.save("out.mp4")', f"anim.save({how})")
    return edited(scene, "import FuncAnimation", "import FuncAnimation, HTMLWriter, PillowWriter, FFMpegWriter")


@pytest.mark.rows(1)
@pytest.mark.parametrize(
    "how",
    [
        '"out.gif", writer="pillow"',
        '"out.gif", writer="pillow", fps=20, metadata={"title": "t"}',
        '"out.gif", writer=PillowWriter(fps=20)',
        '"out.html", writer="html"',
        '"out.html", writer=HTMLWriter(fps=20, codec="png", bitrate=90)',
    ],
)
@pytest.mark.parametrize("suffix", [".mp4", ".webm", ".mkv"])
def test_video_suffix_selects_ffmpeg(space: Space, how: str, suffix: str) -> None:
    space.with_installed_ffmpeg()  # LIGHT_FFMPEG cannot encode frames with an alpha channel as WebM
    space.write("scene.py", scene_saving_with(how))
    done = space.iparsave("build", "scene.py", "-o", f"x{suffix}", *BLOCKS)
    assert done.returncode == 0, done.stderr
    kind = "html" if "html" in how else "pillow"
    assert (
        f"using the writer ffmpeg for x{suffix}: {kind}, set by the script, cannot write {suffix} files" in done.stderr
    )
    frames = frames_of(space.path(f"x{suffix}"))
    bitrate = ", bitrate=90" if "bitrate" in how else ""
    space.write("scene.py", scene_saving_with(f'"y{suffix}", writer="ffmpeg", fps=20{bitrate}'))
    space.build("scene.py", *BLOCKS, "--cache-dir", "clean")
    assert frames == frames_of(space.path(f"y{suffix}"))
    assert len(frames) == 20


def test_blocks_are_cached_if_the_script_names_another_writer(space: Space) -> None:
    space.write("scene.py", scene_saving_with('"out.gif", writer="pillow"'))
    assert space.build("scene.py", "-o", "x.mp4", *BLOCKS).rendered == [0, 1]
    assert space.build("scene.py", "-o", "x.mp4", *BLOCKS).up_to_date
    space.path("x.mp4").unlink()
    assert space.build("scene.py", "-o", "x.mp4", *BLOCKS).rendered == []


@pytest.mark.rows(3)
@pytest.mark.parametrize(
    "writer", ["writer='ffmpeg'", "writer=FFMpegWriter(fps=7, bitrate=90)", "fps=20, codec='mpeg4'"]
)
@pytest.mark.parametrize(("suffix", "kind"), [(".gif", ""), (".tiff", "pillow"), (".html", "html")])
def test_suffix_replaces_ffmpeg_where_another_writer_is_needed(
    space: Space, writer: str, suffix: str, kind: str
) -> None:
    space.write("scene.py", scene_saving_with(f'"out.mp4", {writer}'))
    done = space.iparsave("build", "scene.py", "-o", f"x{suffix}", *BLOCKS)
    assert done.returncode == 0, done.stderr
    assert (f"using the writer {kind} for x{suffix}: ffmpeg" in done.stderr) == bool(kind)
    assert space.path(f"x{suffix}").stat().st_size > 0


def test_pillow_writer_of_the_script_is_kept_for_gif(space: Space) -> None:
    space.write("scene.py", scene_saving_with('"out.webp", writer=PillowWriter(fps=20)'))
    done = space.iparsave("build", "scene.py", "-o", "x.gif")
    assert "x.gif is written whole by PillowWriter" in done.stderr
    space.write("scene.py", scene_saving_with('"y.gif", writer=PillowWriter(fps=20)'))
    space.python("scene.py")
    assert space.path("x.gif").read_bytes() == space.path("y.gif").read_bytes()


@pytest.mark.parametrize("how", ['"out.gif", writer="pillow"', '"out.mp4"'])
def test_suffix_without_a_writer_is_an_error(space: Space, how: str) -> None:
    space.write("scene.py", scene_saving_with(how))
    built = space.try_build("scene.py", "-o", "x.docx")
    assert built.status == 2
    assert "no installed movie writer can write .docx files: x.docx" in built.errors


def test_requested_writer_that_cannot_write_the_suffix_is_an_error(space: Space) -> None:
    space.write("scene.py", SHORT)
    built = space.try_build("scene.py", "-o", "x.mp4", "--writer", "pillow")
    assert built.status == 2
    assert "the writer pillow cannot write .mp4 files: x.mp4" in built.errors


def test_custom_writer_is_not_replaced(space: Space) -> None:
    own = "class Own(PillowWriter):\n    pass\n\n\n"
    space.write("scene.py", edited(scene_saving_with('"out.gif", writer=Own(fps=20)'), "anim = ", own + "anim = "))
    assert space.try_build("scene.py", "-o", "x.mp4").status == 1
    assert "written whole by Own" in space.iparsave("build", "scene.py", "-o", "x.gif").stderr
