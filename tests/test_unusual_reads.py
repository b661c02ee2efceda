"""Unusual ways in which a scene reads an input: when the input changes, the movie is rendered again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .scenes import LINE, edited
from .space import LIGHT_FFMPEG, Space, frames_of

BLOCKS = ("--block-size", "10")


def variable(space: Space, value: str) -> None:
    space.environment["SIM_V"] = value


def text(space: Space, value: str) -> None:
    space.write("d/v.txt", value * int(value))


def inner_folders(space: Space, value: str) -> None:
    for n in range(int(value)):
        space.path(f"d/{n}").mkdir(parents=True, exist_ok=True)


Change = Callable[[Space, str], None]
WAYS: dict[str, tuple[str, Change]] = {
    "posix.environ": ("__import__('posix').environ[b'SIM_V']", variable),
    "getenv of the C library": (
        "(lambda f: (setattr(f, 'restype', __import__('ctypes').c_char_p), f(b'SIM_V'))[1])"
        "(__import__('ctypes').CDLL(None).getenv)", variable),
    "posix.stat": ("__import__('posix').stat('d/v.txt').st_size", text),
    "fstat of a folder": ("os.fstat(os.open('d', os.O_RDONLY)).st_nlink", inner_folders),
    "size of an entry of scandir": ("[e.stat().st_size for e in os.scandir('d')]", text),
    "size of an entry of scandir(fd)": ("[e.stat().st_size for e in os.scandir(os.open('d', os.O_RDONLY))]", text),
    "open with dir_fd": (
        "os.read(os.open('v.txt', os.O_RDONLY, dir_fd=os.open('d', os.O_RDONLY)), 9)", text),
    "stat with dir_fd": ("os.stat('v.txt', dir_fd=os.open('d', os.O_RDONLY)).st_size", text),
    "io.open_code": ("__import__('io').open_code(os.path.abspath('d/v.txt')).read()", text),
    "stat of a folder": ("os.stat('d').st_nlink", inner_folders),
}  # fmt: skip


@pytest.mark.rows(1)
@pytest.mark.parametrize("way", WAYS)
def test_changed_input_that_is_read_in_an_unusual_way_renders_every_block(space: Space, way: str) -> None:
    value, change = WAYS[way]
    kept = ("PATH", "PYTHONHASHSEED", "MPLBACKEND", "IPARSAVE_FFMPEG", "OPENBLAS_NUM_THREADS")
    space.environment = {name: space.environment[name] for name in kept}
    change(space, "2")
    body = edited(LINE, 'title = ax.set_title("")', "ax.set_title(str(V)[-9:], loc='left')\ntitle = ax.set_title('')")
    space.write("scene.py", f"import os\nV = {value}\n{body}")
    space.build("scene.py", *BLOCKS)
    assert space.build("scene.py", *BLOCKS).reasons == {}
    before = frames_of(space.path("out.mp4"))
    change(space, "7")
    assert space.build("scene.py", *BLOCKS).rendered == [0, 1, 2, 3]
    assert frames_of(space.path("out.mp4")) != before


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    "value", ["open('/proc/uptime').read()", "__import__('ctypes').CDLL(None).clock()", "os.getpid()"]
)
def test_nondeterministic_movie_is_never_up_to_date(space: Space, value: str) -> None:
    space.write("scene.py", f"import os\nV = {value}\n{LINE}")
    space.build("scene.py", *BLOCKS)
    assert space.build("scene.py", *BLOCKS).reasons != {}


@pytest.mark.exhaustive
def test_movie_is_encoded_in_every_build_if_the_encoder_is_a_script(space: Space) -> None:
    """The files that the script reads are not known.  A build with the program itself uses no segment of the script."""
    space.write("quality", "5")
    script = space.write("wrapped", f'#!/bin/sh\nn=$#\nexec {LIGHT_FFMPEG} "$@"\n')
    script.chmod(0o755)
    head = f"plt.rcParams['animation.ffmpeg_path'] = {str(script)!r}\nFRAMES ="
    space.write("scene.py", edited(LINE, "FRAMES =", head))
    del space.environment["IPARSAVE_FFMPEG"]
    for _ in range(2):
        built = space.build("scene.py", *BLOCKS)
        assert set(built.reasons.values()) == {"encoder is a script"}
        assert built.rendered == [0, 1, 2, 3]
        assert "is encoded again in every build" in built.errors
    space.environment["IPARSAVE_FFMPEG"] = LIGHT_FFMPEG
    assert space.build("scene.py", *BLOCKS).rendered == [0, 1, 2, 3]
    assert space.build("scene.py", *BLOCKS).reasons == {}
