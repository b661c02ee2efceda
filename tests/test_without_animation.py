"""Scripts that make movies and pictures without an Animation: they run to their end, and their outputs are tracked."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest

from .scenes import LINE, edited
from .space import Space, frames_of
from .watching import watched

HEAD = LINE.split("anim = ")[0].replace("FRAMES = 40", "FRAMES = 6")
STILL = HEAD + 'animate(3)\nfig.savefig("still.png")\n'
WRITER = (
    HEAD
    + """\
from matplotlib.animation import FFMpegWriter

writer = FFMpegWriter(fps=10, codec="ffv1", metadata={"title": "by hand"})
with writer.saving(fig, "film.mkv", 50):
    for i in range(FRAMES):
        animate(i)
        writer.grab_frame()
"""
)
PAUSES = HEAD + 'for i in range(FRAMES):\n    animate(i)\n    plt.pause(0.01)\n    fig.savefig(f"frame{i}.png")\n'
PILLOW = edited(WRITER.replace("FFMpegWriter", "PillowWriter"), "film.mkv", "film.gif").replace('codec="ffv1", ', "")
FILES = WRITER.replace("FFMpegWriter", "FFMpegFileWriter")


def build(space: Space, *args: str, status: int = 0) -> subprocess.CompletedProcess[str]:
    done = space.iparsave("build", "scene.py", *args)
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    return done


@pytest.mark.rows(2)
@pytest.mark.parametrize(
    ("scene", "wrote", "outputs"),
    [
        (STILL, "still.png", ["still.png"]),
        (WRITER, "film.mkv", ["film.mkv"]),
        (FILES, "film.mkv", ["film.mkv"]),
        (PILLOW, "film.gif", ["film.gif"]),
        (PAUSES, "frame0.png, frame1.png, frame2.png and 3 more", [f"frame{i}.png" for i in range(6)]),
    ],
    ids=["still", "ffmpeg", "ffmpeg_file", "pillow", "pauses"],
)
def test_script_runs_and_is_then_up_to_date(space: Space, scene: str, wrote: str, outputs: list[str]) -> None:
    space.write("scene.py", scene + "print('run')\n")
    done = build(space)
    assert done.stdout.splitlines() == ["run", f"scene.py: wrote {wrote} (no animation saved)"]
    made = {name: space.path(name).read_bytes() for name in outputs}
    assert build(space).stdout.splitlines() == [f"scene.py: up to date ({wrote})"]
    space.path(outputs[0]).unlink()
    assert build(space).stdout.splitlines()[0] == "run"
    assert space.path(outputs[0]).read_bytes() == made[outputs[0]] or outputs == ["film.mkv"]  # contains a random id
    space.write(outputs[0], "another")
    assert build(space).stdout.splitlines()[0] == "run"
    assert build(space).stdout.splitlines() == [f"scene.py: up to date ({wrote})"]
    space.write("scene.py", scene.replace("i / 5", "i / 6") + "print('run')\n")
    assert build(space).stdout.splitlines()[0] == "run"
    assert sorted(path.name for path in space.folder.iterdir() if path.name[0] != ".") == sorted([*outputs, "scene.py"])


def test_movie_equals_that_of_python(space: Space) -> None:
    space.write("scene.py", WRITER)
    build(space)
    made = frames_of(space.path("film.mkv"))
    space.python("scene.py")
    assert made == frames_of(space.path("film.mkv"))
    assert len(made) == 6


def test_files_read_by_ffmpeg_filters_are_not_tracked(space: Space) -> None:
    space.write(
        "scene.py", edited(WRITER, 'codec="ffv1"', 'codec="ffv1", extra_args=["-vf", "drawtext=textfile=t.txt"]')
    )
    space.write("t.txt", "text")
    done = build(space, "-v")
    assert "the next build will run scene.py again" in done.stderr
    assert "wrote film.mkv" in build(space).stdout


def test_other_programs_files_beside_a_temporary_folder_are_no_inputs(space: Space) -> None:
    busy = space.folder.parent / "busy"
    busy.mkdir()
    folder = "__file__.replace('project/scene.py', 'busy')"  # no string in the script names it
    head = f"import tempfile\nwith tempfile.TemporaryDirectory(dir={folder}):\n    pass\n"
    space.write("scene.py", head + STILL)
    ended = threading.Event()

    def work() -> None:
        while not ended.wait(0.002):
            (busy / "other").write_text(str(time.monotonic()))

    other = threading.Thread(target=work)
    other.start()
    try:
        build(space)
    finally:
        ended.set()
        other.join()
    assert build(space).stdout.splitlines() == ["scene.py: up to date (still.png)"]


def test_script_without_outputs_is_an_error(space: Space) -> None:
    space.write("scene.py", HEAD)
    assert "scene.py creates no animation" in build(space, status=1).stderr
    assert "scene.py creates no animation" in build(space, status=1).stderr


def test_other_files_of_a_script_with_an_animation(space: Space) -> None:
    space.write("scene.py", LINE + 'fig.savefig("still.png")\n')
    done = build(space)
    assert done.stdout.startswith("out.mp4: 40 frames")
    assert "wrote" not in done.stdout
    assert build(space).stdout.startswith("out.mp4: up to date")


def test_json(space: Space) -> None:
    space.write("scene.py", PAUSES)
    event = {"event": "files", "script": "scene.py", "files": [f"frame{i}.png" for i in range(6)]}
    assert space.build("scene.py").events == [{**event, "up_to_date": False}]
    assert space.build("scene.py").events == [{**event, "up_to_date": True}]


def test_from_another_folder(space: Space) -> None:
    space.write("pyproject.toml", "")
    space.write("inner/scene.py", STILL)
    space.write("inner/a.txt", "")
    done = space.run([sys.executable, "-m", "incremental_parsave", "build", "inner/scene.py"])
    assert done.stdout.splitlines() == ["inner/scene.py: wrote still.png (no animation saved)"]


def test_output_option_is_an_error(space: Space) -> None:
    space.write("scene.py", WRITER)
    said = build(space, "-o", "x.mp4", status=2).stderr
    assert "scene.py saves no animation, so -o x.mp4 has no effect (it wrote film.mkv)" in said
    said = build(space, "--frames", "1:3", status=2).stderr
    assert "scene.py saves no animation, so --frames has no effect (it wrote film.mkv)" in said
    space.path("out").mkdir()
    assert "wrote film.mkv" in build(space, "-o", "out/").stdout


def test_depfile(space: Space) -> None:
    space.write("scene.py", edited(STILL, "FRAMES = 6", "FRAMES = len(open('data.txt').read())"))
    space.write("data.txt", "123456")
    for _ in range(2):
        build(space, "--depfile", "still.d")
        rule, *_ = space.path("still.d").read_text().split("\n\n")
        assert rule.startswith("still.png: \\\n")
        assert "data.txt" in rule
        assert space.path("still.png").stat().st_mtime >= space.path("data.txt").stat().st_mtime
    assert build(space).stdout == "scene.py: up to date (still.png)\n"


def test_dry_run(space: Space) -> None:
    space.write("scene.py", STILL)
    assert "wrote still.png" in build(space, "-n").stdout
    build(space)
    assert build(space, "-n").stdout == "scene.py: up to date (still.png)\n"


def test_diff_and_verify(space: Space) -> None:
    space.write("scene.py", STILL)
    build(space)
    done = space.iparsave("diff", "scene.py")
    assert (done.returncode, done.stderr) == (
        0,
        "warning: scene.py saves no animation, so there are no frames to compare\n",
    )
    done = space.iparsave("verify", "scene.py")
    assert (done.returncode, done.stderr) == (
        0,
        "warning: scene.py saves no animation, so there are no frames to compare\n",
    )


def test_watch(space: Space) -> None:
    space.write("scene.py", STILL)
    with watched(space, "scene.py") as watching:
        assert any("scene.py: wrote still.png" in line for line in watching.built())
        heard = watching.edit("scene.py", STILL.replace("i / 5", "i / 6"))
        assert any("scene.py: wrote still.png" in line for line in heard)
        assert watching.quiet() == []


def test_script_that_exits(space: Space) -> None:
    space.write("scene.py", HEAD + "import sys\nsys.exit(0)\n")
    assert "scene.py creates no animation" in build(space, status=1).stderr
    space.write("scene.py", STILL + "import os\nos._exit(0)\n")
    assert "scene.py: wrote still.png" in build(space).stdout
    assert build(space).stdout == "scene.py: up to date (still.png)\n"
