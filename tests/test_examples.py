"""The examples are ordinary scripts, and each of them builds."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from .scenes import edited
from .space import Space, frames_of

EXAMPLES = sorted((Path(__file__).parent.parent / "examples").glob("*.py"))
RECORD = "parsave_record"


def test_only_one_file_imports_the_package() -> None:
    importing = [path.stem for path in EXAMPLES if "incremental_parsave" in path.read_text()]
    assert importing == [RECORD]


@pytest.mark.rows(2)
@pytest.mark.parametrize("example", [path for path in EXAMPLES if path.stem != RECORD], ids=lambda path: path.stem)
def test_example_is_built_in_parallel(space: Space, example: Path) -> None:
    shutil.copy(example, space.folder)
    for data in example.parent.glob("*.csv"):
        shutil.copy(data, space.folder)
    built = space.build(example.name, "--frames", "0:9", "--block-size", "5")
    assert built.way == "fast"
    assert built.rendered == [0, 1]
    assert len(frames_of(space.path(str(built.target["output"])))) == 9


@pytest.mark.exhaustive
def test_both_stitchers_record_all_frames(space: Space) -> None:
    shutil.copy(EXAMPLES[0].with_name("double_pendulum.py"), space.folder)
    text = EXAMPLES[0].with_name(f"{RECORD}.py").read_text()
    text = edited(text, "frames = range(len(y))", "frames = range(24)")
    text = edited(text, "start + 100] for start in range(0, len(frames), 100)", "start + 8] for start in (0, 8, 16)")
    space.write("record.py", text)
    lines = space.python("record.py").stdout.splitlines()
    assert lines[0] == "pendulum_ffmpeg.mp4: 24 frames, 3 of 3 blocks rendered"
    assert len(frames_of(space.path("pendulum_ffmpeg.mp4"))) == 24
    if shutil.which("mencoder") is None:
        pytest.skip("mencoder is not installed (apt-get install mencoder)")
    assert lines[1] == "pendulum_mencoder.avi: 24 frames, 3 of 3 blocks rendered"
    assert len(frames_of(space.path("pendulum_mencoder.avi"))) == 24
