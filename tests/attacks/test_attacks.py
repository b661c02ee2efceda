"""Attacks: wherever a scene keeps its state, each build makes the movie that Python alone would make."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ..fidelity.reference import Reference
from ..space import Space, frames_of
from ..watching import watched
from .generator import Attack, attack
from .kinds import COUNTERS, LOOKS

MANY = 1040
ALWAYS = frozenset({0, 1, 25, 29, 46, 48, 51, 57, 60, 65, 73})
"""Numbers of the attacks that the suite always runs; a soak runs all."""


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reference]:
    server = Reference(Space(tmp_path_factory.mktemp("server")).environment)
    yield server
    server.close()


@pytest.mark.rows(1)
@pytest.mark.parametrize(
    "number", [pytest.param(n, marks=[] if n in ALWAYS else [pytest.mark.soak]) for n in range(MANY)]
)
def test_each_build_has_the_same_frames_as_plain_python(number: int, space: Space, reference: Reference) -> None:
    made = attack(number)
    theirs = [frames_by_python_alone(reference, space.folder.parent / name, text) for name, text in
              (("first", made.scene), ("second", made.edited))]  # fmt: skip
    expected = [theirs[0], theirs[1], theirs[0]]
    space.write("tally.py", "n = 0\n")
    for build_number, (got, frames) in enumerate(zip(builds(space, made), expected, strict=True)):
        different = [k for k, (ours, right) in enumerate(zip(got, frames, strict=True)) if ours != right]
        assert not different, (made.name, ("cold", "edited", "edited back")[build_number], different)


def frames_by_python_alone(reference: Reference, folder: Path, text: str) -> list[str]:
    folder.mkdir()
    (folder / "tally.py").write_text("n = 0\n")
    (folder / "scene.py").write_text(text)
    reference.run(folder / "scene.py", (), "")
    return frames_of(folder / "out.mkv")


def builds(space: Space, made: Attack) -> Iterator[list[str]]:
    """Yield the frames of the movie after each build: the first, after the edit, and after the edit is undone."""
    texts = (made.scene, made.edited, made.scene)
    if not made.watched:
        for text in texts:
            space.write("scene.py", text)
            space.build("scene.py", *made.options)
            yield frames_of(space.path("out.mkv"))
        return
    space.write("scene.py", made.scene)
    with watched(space, "scene.py", *made.options) as watching:
        for build_number, text in enumerate(texts):
            if not build_number or text != texts[build_number - 1]:  # a random edit may change nothing
                lines = watching.edit("scene.py", text) if build_number else watching.built()
                assert "done in" in lines[-1], watching.printed
            yield frames_of(space.path("out.mkv"))
        watching.interrupt()


def test_attacks_cover_all_kinds_of_state() -> None:
    kinds = len(COUNTERS) + len(LOOKS)
    assert MANY >= 1000
    assert {
        attack(n).name.partition(": ")[2].removesuffix(", slow") for n in range(kinds)
    } == COUNTERS.keys() | LOOKS.keys()
