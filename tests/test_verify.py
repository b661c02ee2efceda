"""`iparsave verify` checks the files of the cache, and compares cached blocks with what `Animation.save` draws."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from incremental_parsave.builder.verify import sample
from incremental_parsave.cache.records import called, pack, unpack
from incremental_parsave.cache.store import Store

from .scenes import LINE, edited
from .space import FFMPEG, Space

BLOCKS = ("--block-size", "10")


def verify_output(space: Space, *args: str, status: int = 0) -> list[str]:
    done = space.iparsave("verify", *args)
    assert done.returncode == status, (done.stdout, done.stderr)
    return (done.stderr + done.stdout).splitlines()


def files(space: Space, kind: str) -> list[Path]:
    return sorted(path for path in space.path(f".iparsave_cache/{kind}").rglob("*") if path.is_file())


def version_record(space: Space) -> dict[str, list[list[object]]]:
    (path,) = files(space, "versions")
    body = unpack(path.read_bytes())
    assert body is not None
    return body


def segment_of(space: Space, block: int) -> Path:
    digest, suffix, *_ = version_record(space)["segments"][block]
    return space.path(f".iparsave_cache/segments/{str(digest)[:2]}/{str(digest)[2:]}{suffix}")


def test_damaged_and_missing_files_are_reported(space: Space) -> None:
    space.write("scene.py", LINE)
    assert verify_output(space, "scene.py", status=1)[0] == "error: scene.py has not been built yet"
    space.build("scene.py", *BLOCKS)
    whole = f"cache: 4 segments, {sum(len(files(space, p.name)) for p in records(space))} records, all intact"
    assert verify_output(space) == [whole]
    assert verify_output(space, "scene.py") == [whole, "out.mp4: 3 of 4 blocks compared with Animation.save: identical"]

    segment, record = segment_of(space, 1), files(space, "frames")[0]
    data = segment.read_bytes()
    segment.write_bytes(data[: len(data) // 2])
    record.write_bytes(record.read_bytes().replace(b"segment", b"sediment"))
    segment_of(space, 3).unlink()
    lines = verify_output(space, "--all", "scene.py", status=1)
    names = [path.relative_to(space.path(".iparsave_cache")) for path in (record, segment)]
    assert lines == [
        *(f"cache: {name} is damaged" for name in names),
        whole.replace("4 segments", "3 segments").replace("all intact", "2 damaged"),
        "out.mp4: block 1 (frames 10-19): its segment is damaged",
        "out.mp4: block 3 (frames 30-39): its segment is missing from the cache",
        "out.mp4: 4 of 4 blocks compared with Animation.save: 2 different",
    ]

    space.write("scene.py", LINE + "x = 1\n")
    assert "error: the last build of scene.py is out of date: scene.py changed" in verify_output(
        space, "scene.py", status=1
    )


def test_verify_uses_the_options_of_the_last_build(space: Space) -> None:
    space.write("scene.py", LINE)
    space.build("scene.py", *BLOCKS, "--fps", "7", "--dpi", "40", "--codec", "mpeg4", "--frames", "3:23")
    assert verify_output(space, "scene.py")[1:] == [
        "out-3-23.mp4: 3 of 3 blocks compared with Animation.save: identical"
    ]


def records(space: Space) -> list[Path]:
    folders = (path for path in space.path(".iparsave_cache").iterdir() if path.is_dir())
    return [path for path in folders if path.name not in ("segments", "tmp", "locks")]  # lock files are empty


def test_missing_cache_is_an_error(space: Space) -> None:
    assert "no such cache folder" in verify_output(space, status=1)[0]


@pytest.mark.exhaustive
def test_segment_with_wrong_frames_is_reported(space: Space) -> None:
    """A record of question 2 names the wrong segment, but no file is damaged."""
    space.write("scene.py", LINE)
    space.build("scene.py", *BLOCKS)
    wrong, right = (version_record(space)["segments"][block] for block in (2, 1))
    for path in files(space, "frames"):
        body = unpack(path.read_bytes())
        if body is not None and body["segment"] == right:
            path.write_bytes(pack({"segment": wrong}, called(str(path))))
    assert space.build("scene.py", *BLOCKS, skip_manifest=True).rendered == []
    lines = verify_output(space, "--all", "scene.py", status=1)
    assert lines[0].endswith("all intact")
    assert lines[1].startswith("out.mp4: block 1 (frames 10-19): frames 10-19 differ from Animation.save")
    assert lines[2:] == ["out.mp4: 4 of 4 blocks compared with Animation.save: 1 different"]


@pytest.mark.exhaustive
def test_frames_that_differ_on_every_run_are_reported(space: Space) -> None:
    noise = '    if i in (24, 25):\n        title.set_text(f"{np.random.rand():.9f}")\n'
    lossless = 'anim.save("out.mkv", codec="ffv1")'
    space.write("scene.py", edited(edited(LINE, "    # edit here\n", noise), 'anim.save("out.mp4")', lossless))
    space.build("scene.py", *BLOCKS)
    done = space.iparsave("verify", "--all", "--json", "scene.py")
    assert done.returncode == 1
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert events[0]["damaged"] == []
    assert [event["different"] for event in events if event["event"] == "checked"] == [[], [], [[24, 26]], []]
    assert events[-1]["different"] == [2]
    assert "out.mkv differs on every run: random numbers are not seeded, or it reads the clock" in done.stderr

    again = space.path(".iparsave_cache/tmp/again.mov")
    command = [FFMPEG, "-v", "error", "-i", str(segment_of(space, 0)), "-c", "copy", "-metadata", "title=x", str(again)]
    subprocess.run(command, check=True)
    other = Store(space.path(".iparsave_cache")).publish(again, 10, "")
    (path,) = files(space, "versions")
    body = version_record(space)
    body["segments"][0] = other.to_json()
    path.write_bytes(pack(body, called(str(path))))
    lines = verify_output(space, "scene.py", "--all", status=1)
    assert "out.mkv: block 0 (frames 0-9): identical frames, different bytes" in lines
    assert lines[-1] == "out.mkv: 4 of 4 blocks compared with Animation.save: 1 different"


SEVERAL = """
steps = draws = 0
def drawn(event):
    global draws
    draws += 1
fig.canvas.mpl_connect("draw_event", drawn)
def count(i):
    global steps
    steps += 1
    title.set_text(f"{steps} steps, {draws} draws")
FuncAnimation(fig, count, frames=4).save("first.gif", writer="pillow")
FuncAnimation(fig, count, frames=30).save("second.mp4")
FuncAnimation(fig, animate, frames=4).save("third.gif", writer="pillow")
"""


def test_earlier_saves_are_drawn_and_other_writers_are_reported(space: Space) -> None:
    space.write("scene.py", LINE.split("anim = ")[0] + SEVERAL)
    assert len(space.build("scene.py", *BLOCKS, "--frames", "2:17").targets) == 3
    before = {path: path.read_bytes() for path in space.folder.glob("*.[gm][ip][f4]")}
    assert len(before) == 3
    assert verify_output(space, "scene.py")[1:] == [
        "first-2-17.gif: not compared: it is written whole by PillowWriter",
        "second-2-17.mp4: 2 of 2 blocks compared with Animation.save: identical",
        "third-2-17.gif: not compared: it is written whole by PillowWriter",
    ]
    assert {path: path.read_bytes() for path in before} == before


def test_sampled_blocks_depend_on_the_movie() -> None:
    assert sample("00", 3) == [0, 1, 2]
    assert sample("05", 16) == [0, 6, 15]
    assert {sample(f"{n:x}", 5)[1] for n in range(9)} == {1, 2, 3}
