"""The trial by which an encoder is identified runs once for each user, machine, program and set of options."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from incremental_parsave import config
from incremental_parsave.blocks import toolchain
from incremental_parsave.blocks.toolchain import encoder_identity, with_header
from incremental_parsave.cache.store import Store
from incremental_parsave.media.encode import encoding_for

from .space import LIGHT_FFMPEG, Space

OPTIONS = ["-vcodec", "libx264", "-pix_fmt", "yuv420p"]


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's cache, empty and apart from that of the other tests."""
    folder = tmp_path / "user"
    monkeypatch.setenv("IPARSAVE_USER_CACHE_DIR", str(folder))
    return folder


@pytest.fixture
def trials(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The suffixes of the files that trials have written so far."""
    found: list[str] = []
    trial = toolchain._trial

    def noted(ffmpeg, encoding):  # type: ignore[no-untyped-def]
        found.append(encoding.suffix)
        return trial(ffmpeg, encoding)

    monkeypatch.setattr(toolchain, "_trial", noted)
    return found


def encoding(suffix: str = ".mp4", *more: str):  # type: ignore[no-untyped-def]
    return encoding_for((64, 48), Fraction(10), [*OPTIONS, *more], suffix, blocks=2, shortest=5, stitcher="ffmpeg")


def test_another_project_needs_no_trial(tmp_path: Path, user: Path, trials: list[str]) -> None:
    first = encoder_identity(LIGHT_FFMPEG, encoding(), Store(tmp_path / "one"))
    assert encoder_identity(LIGHT_FFMPEG, encoding(), Store(tmp_path / "two")) == first
    assert len(trials) == 1
    encoder_identity(LIGHT_FFMPEG, encoding(".mp4", "-crf", "30"), Store(tmp_path / "two"))
    assert len(trials) == 2
    mkv = with_header(LIGHT_FFMPEG, encoding(".mkv"), Store(tmp_path / "one"))
    assert with_header(LIGHT_FFMPEG, encoding(".mkv"), Store(tmp_path / "two")) == mkv
    assert len(trials) == 3


@pytest.mark.parametrize("name", ["node", "machine"])
def test_another_machine_has_its_own_trial(
    tmp_path: Path, user: Path, trials: list[str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    encoder_identity(LIGHT_FFMPEG, encoding(), Store(tmp_path / "one"))
    monkeypatch.setattr(f"platform.{name}", lambda: "another")
    encoder_identity(LIGHT_FFMPEG, encoding(), Store(tmp_path / "two"))
    assert len(trials) == 2


def test_another_processor_has_its_own_trial(
    tmp_path: Path, user: Path, trials: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder_identity(LIGHT_FFMPEG, encoding(), Store(tmp_path / "one"))
    monkeypatch.setattr("incremental_parsave.processes.proc.processor_features", lambda: "fewer")
    encoder_identity(LIGHT_FFMPEG, encoding(), Store(tmp_path / "two"))
    assert len(trials) == 2


@pytest.mark.parametrize("spoil", [lambda user: user.write_text("a file"), lambda user: None], ids=["file", "damaged"])
def test_user_cache_that_cannot_be_used(
    tmp_path: Path, user: Path, trials: list[str], spoil: Callable[[Path], object]
) -> None:
    spoil(user)
    first = encoder_identity(LIGHT_FFMPEG, encoding(), Store(tmp_path / "one"))
    for record in user.rglob("encoders/*/*"):
        record.write_bytes(b"damaged")
    assert encoder_identity(LIGHT_FFMPEG, encoding(), Store(tmp_path / "two")) == first
    assert encoder_identity(LIGHT_FFMPEG, encoding(), Store(tmp_path / "one")) == first
    assert len(trials) == 2


def test_dry_run_keeps_nothing(tmp_path: Path, user: Path) -> None:
    encoder_identity(LIGHT_FFMPEG, encoding(), Store(tmp_path / "one"), remember=False)
    assert not user.exists()


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {"XDG_CACHE_HOME": "/x"}, "/x/incremental_parsave"),
        ("linux", {"HOME": "/h"}, "/h/.cache/incremental_parsave"),
        ("darwin", {"HOME": "/h"}, "/h/Library/Caches/incremental_parsave"),
        ("win32", {"LOCALAPPDATA": "/l"}, "/l/incremental_parsave"),
        ("linux", {"IPARSAVE_USER_CACHE_DIR": "/own"}, "/own"),
    ],
)
def test_place_of_the_user_cache(
    monkeypatch: pytest.MonkeyPatch, platform: str, variables: dict[str, str], expected: str
) -> None:
    for name in ("IPARSAVE_USER_CACHE_DIR", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.platform", platform)
    assert config.user_cache_folder() == expected


def test_home_without_write_permission(space: Space) -> None:
    space.environment["IPARSAVE_USER_CACHE_DIR"] = "/proc/none"
    space.write(
        "scene.py",
        "import matplotlib.pyplot as plt\n"
        "from matplotlib.animation import FuncAnimation\n"
        "fig, ax = plt.subplots(figsize=(2, 1))\n"
        "FuncAnimation(fig, lambda i: ax.set_title(str(i)), frames=3).save('out.mp4')\n",
    )
    built = space.build("scene.py")
    assert built.errors == ""
