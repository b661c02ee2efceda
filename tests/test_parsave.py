"""The interface of 2015, and ``save``, from plain scripts run with python."""

from __future__ import annotations

import json
import shutil
from fractions import Fraction

import pytest

from .space import Space, frames_of, times_of

HEAD = """\
import sys
import matplotlib
matplotlib.use("agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FFMpegWriter
from incremental_parsave import Parsave, Stitcher, record, save

fig, ax = plt.subplots(figsize=(2.4, 1.8), dpi=50)
(dot,) = ax.plot([0], [0], "o")
ax.set_xlim(-20, 20)
ax.set_ylim(-20, 20)
seen = []


def init():
    seen.clear()


def move(i):
    seen.append(i)
    dot.set_data([len(seen)], [i % 13])


blocks = [range(0, 7), [7, 8, 9], range(10, 21)]
"""
RECORD = (
    HEAD
    + """
movie = Parsave.record({name!r}, fig, move, init, blocks, FFMpegWriter(fps=7, codec={codec!r}),
                       Stitcher({stitcher!r}), keep={keep}, interval=100)
print(list(movie.rendered), movie.frames, movie.way)
"""
)
REFERENCE = (
    HEAD
    + """
from itertools import chain
from matplotlib.animation import FuncAnimation
anim = FuncAnimation(fig, move, frames=list(chain(*blocks)), init_func=init)
anim.save("reference.avi", writer=FFMpegWriter(fps=7, codec="ffv1", extra_args=["-pix_fmt", "bgr0"]))
"""
)
needs_mencoder = pytest.mark.skipif(
    shutil.which("mencoder") is None, reason="mencoder is not installed (apt-get install mencoder)"
)
both = pytest.mark.parametrize("stitcher", ["ffmpeg", pytest.param("mencoder", marks=needs_mencoder)])


@pytest.mark.rows(1)
@both
@pytest.mark.parametrize("name", ["movie.mp4", "movie.avi", 'it\'s a "movie" of mine.mp4'])
def test_record_builds_each_block_once(space: Space, stitcher: str, name: str) -> None:
    space.write("record.py", RECORD.format(name=name, codec="libx264", stitcher=stitcher, keep=False))
    assert space.python("record.py").stdout == "[0, 1, 2] 21 fast\n"
    assert times_of(space.path(name)) == [Fraction(k, 7) for k in range(21)]
    assert len(frames_of(space.path(name))) == 21
    head = space.path(name).read_bytes()[:12]
    assert head[4:8] == b"ftyp" if name.endswith(".mp4") else head[:4] == b"RIFF"
    assert space.python("record.py").stdout == "[] 21 fast\n"
    assert {path.name for path in space.folder.iterdir()} == {"record.py", name, ".iparsave_cache"}


@pytest.mark.rows(1)
@both
def test_record_equals_one_animation_over_all_blocks(space: Space, stitcher: str) -> None:
    space.write("reference.py", REFERENCE)
    space.python("reference.py")
    scene = RECORD.format(name="movie.avi", codec="ffv1", stitcher=stitcher, keep=False)
    space.write("record.py", scene.replace("codec='ffv1'", 'codec="ffv1", extra_args=["-pix_fmt", "bgr0"]'))
    space.python("record.py")
    assert frames_of(space.path("movie.avi")) == frames_of(space.path("reference.avi"))


@pytest.mark.rows(1)
@both
def test_keep_preserves_the_parts(space: Space, stitcher: str) -> None:
    space.write("record.py", RECORD.format(name="movie.avi", codec="mpeg4", stitcher=stitcher, keep=True))
    space.python("record.py")
    parts = [space.path(f"movie-{j}.avi") for j in range(3)]
    assert [len(frames_of(part)) for part in parts] == [7, 3, 11]
    assert [frame for part in parts for frame in frames_of(part)] == frames_of(space.path("movie.avi"))


@pytest.mark.rows(1)
@both
def test_stitcher_joins_movies_and_can_be_reused(space: Space, stitcher: str) -> None:
    space.write("record.py", RECORD.format(name="movie.avi", codec="mpeg4", stitcher="ffmpeg", keep=True))
    space.python("record.py")
    space.write(
        "stitch.py",
        f"""
from incremental_parsave import Stitcher
stitcher = Stitcher({stitcher!r})
stitcher.stitch("first.avi", ["movie-0.avi", "movie-1.avi"])
stitcher.stitch("second.avi", ["movie-2.avi", "movie-0.avi"])
stitcher.stitch("second.avi", ["movie-1.avi", "movie-0.avi"])
""",
    )
    space.python("stitch.py")
    part = [frames_of(space.path(f"movie-{j}.avi")) for j in range(3)]
    assert frames_of(space.path("first.avi")) == part[0] + part[1]
    assert frames_of(space.path("second.avi")) == part[1] + part[0]


@pytest.mark.exhaustive
def test_stitcher_refuses_incompatible_movies(space: Space) -> None:
    space.write("record.py", RECORD.format(name="a.mp4", codec="mpeg4", stitcher="ffmpeg", keep=True))
    space.python("record.py")
    space.write("record.py", RECORD.format(name="b.mp4", codec="libx264", stitcher="ffmpeg", keep=True))
    space.python("record.py")
    before = space.path("a.mp4").read_bytes()
    script = "from incremental_parsave import Stitcher; Stitcher('ffmpeg').stitch('a.mp4', ['a-0.mp4', 'b-0.mp4'])"
    done = space.try_python("-c", script)
    assert done.returncode == 1
    assert "cannot join b-0.mp4 to a-0.mp4" in done.stderr
    assert space.path("a.mp4").read_bytes() == before


def test_stitcher_args_are_added_to_the_command(space: Space) -> None:
    scene = RECORD.format(name="movie.mp4", codec="libx264", stitcher="ffmpeg", keep=False)
    space.write("record.py", scene.replace("Stitcher('ffmpeg')", "Stitcher('ffmpeg', ['-metadata', 'title=Mine'])"))
    space.python("record.py")
    assert b"Mine" in space.path("movie.mp4").read_bytes()
    assert len(frames_of(space.path("movie.mp4"))) == 21


def test_error_for_unsupported_stitcher_lists_the_supported() -> None:
    from incremental_parsave import Stitcher

    with pytest.raises(ValueError, match="Supported stitchers: ffmpeg, mencoder"):
        Stitcher("avconv")


def test_one_block_is_not_stitched(space: Space) -> None:
    scene = RECORD.format(name="movie.mp4", codec="libx264", stitcher="mencoder", keep=False)
    space.write("record.py", scene.replace("blocks = [", "blocks = [range(9)] or ["))
    space.environment["PATH"] = ""  # no mencoder
    assert space.python("record.py").stdout == "[0] 9 fast\n"
    assert len(frames_of(space.path("movie.mp4"))) == 9


@pytest.mark.parametrize("writer", ['"ffmpeg"', "FFMpegWriter", "FFMpegWriter(fps=5)"])
def test_writer_can_be_a_name_or_a_class(space: Space, writer: str) -> None:
    scene = RECORD.format(name="movie.mp4", codec="x", stitcher="ffmpeg", keep=False)
    space.write("record.py", scene.replace("FFMpegWriter(fps=7, codec='x')", writer))
    space.python("record.py")
    rate = 10 if writer == '"ffmpeg"' else 5  # the interval of 100 ms, or a writer's own default
    assert times_of(space.path("movie.mp4")) == [Fraction(k, rate) for k in range(21)]


def test_failed_worker_raises_and_keeps_the_old_movie(space: Space) -> None:
    space.write("movie.mp4", "the old one")
    scene = RECORD.format(name="movie.mp4", codec="libx264", stitcher="ffmpeg", keep=False)
    space.write("record.py", scene.replace("    seen.append(i)\n", "    seen.append(i)\n    1 / (i - 12)\n"))
    done = space.try_python("record.py")
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr
    assert "frame 12 (block 2) of movie.mp4" in done.stderr
    assert space.path("movie.mp4").read_text() == "the old one"
    assert {path.name for path in space.folder.iterdir()} == {"record.py", "movie.mp4", ".iparsave_cache"}


SAVE = (
    HEAD
    + """
from incremental_parsave import FuncAnimation
anim = FuncAnimation(fig, move, frames=21, init_func=init, interval=100)
movie = anim.save("saved.mp4", block_size=7, jobs=2)
print(list(movie.rendered), list(movie.reused), movie.up_to_date, movie.path, "<video" in movie._repr_html_())
movie = save(anim, "saved.mp4", "ffmpeg", 10, keep=True, block_size=7)
print(list(movie.rendered), list(movie.reused), movie.up_to_date)
movie = save(anim, "saved.mp4", frames=(3, 9), block_size=7)
print(movie.path, movie.frames)
"""
)


def test_save_from_a_plain_script(space: Space) -> None:
    space.write("script.py", SAVE)
    assert space.python("script.py").stdout.splitlines() == [
        "[0, 1, 2] [] False saved.mp4 True",
        "[] [0, 1, 2] False",  # the same segments; parts were asked for
        "saved-3-9.mp4 6",
    ]
    assert {path.name for path in space.folder.glob("*.mp4")} == {
        "saved.mp4", "saved-0.mp4", "saved-1.mp4", "saved-2.mp4", "saved-3-9.mp4",
    }  # fmt: skip
    assert space.python("script.py").stdout.splitlines()[0] == "[] [0, 1, 2] True saved.mp4 True"


def test_signature_begins_with_that_of_animation_save() -> None:
    import inspect

    from incremental_parsave import save
    from incremental_parsave.mpl.animation import original_save

    matplotlib_parameters = list(inspect.signature(original_save).parameters.values())[1:]
    own_parameters = list(inspect.signature(save).parameters.values())[1 : len(matplotlib_parameters) + 1]
    assert [(p.name, p.kind, p.default) for p in own_parameters] == [
        (p.name, p.kind, p.default) for p in matplotlib_parameters
    ]


def test_events_are_json(space: Space) -> None:
    space.write("script.py", SAVE)
    done = space.iparsave("build", "--json", "script.py")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [event["event"] for event in events if event["event"] == "target"] == ["target"] * 3
    assert "[0, 1, 2] [] False saved.mp4 True" in done.stderr  # output of the scene goes to stderr
