"""Builds with a damaged cache: each makes the same movie, prints at most one line, and does not hang."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from . import damage
from .place import EDITED, SCENE, Place, bound_by_permissions

KINDS = (
    "accounts beginnings encoders fingerprints frames history inputs manifests movies runs segments versions".split()
)


class Built(Place):
    """A scene that was built, and a copy of its cache."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.write("scene.py", EDITED)
        self.finish(self.start("--cache-dir", "other"))
        self.edited = self.path("out.mp4").read_bytes()
        self.write("scene.py", SCENE)
        self.finish(self.start())
        self.movie = self.path("out.mp4").read_bytes()
        self.kept = folder.parent / "kept"
        shutil.copytree(self.cache, self.kept, symlinks=True)

    def again(self, question: int = 2) -> None:
        """Restore everything except the movie, so that *question* is the first one that the cache can answer."""
        self.restore(self.kept)
        self.write("scene.py", SCENE + "x = 1\n" if question == 2 else SCENE)
        if question == 1:
            shutil.rmtree(self.cache / "manifests")
        self.path("out.mp4").unlink(missing_ok=True)

    def files(self, kind: str) -> list[Path]:
        return sorted(path for path in (self.cache / kind).glob("??/*"))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("faults") / "project"
    folder.mkdir()
    return Built(folder)


@pytest.mark.exhaustive
def test_all_kinds_of_entries_are_known(built: Built) -> None:
    built.again(0)
    assert sorted(path.name for path in built.cache.iterdir() if path.is_dir()) == sorted([*KINDS, "tmp", "locks"])


@pytest.mark.soak
@pytest.mark.parametrize("question", range(3))
@pytest.mark.parametrize("how", damage.OF_FILES)
@pytest.mark.parametrize("kind", KINDS)
def test_damage_to_any_cache_file_does_not_change_the_movie(built: Built, kind: str, how: str, question: int) -> None:
    built.again(question)
    for number in range(len(built.files(kind))):
        built.again(question)
        path = built.files(kind)[number]
        damage.OF_FILES[how](path)
        built.makes(built.movie)
        built.makes(built.movie)  # the first build must not have left the cache in a worse state


FEW = [
    ("segments", "a bit flipped", 2),
    ("segments", "a pipe", 0),
    ("segments", "huge", 0),
    ("segments", "a full folder", 2),
    ("frames", "content of another file", 2),
    ("frames", "unreadable", 2),
    ("inputs", "a device", 1),
    ("manifests", "a pipe", 0),
    ("movies", "a link loop", 0),
    ("encoders", "a socket", 2),
    ("accounts", "huge", 2),
    ("runs", "content of another kind of entry", 0),
    ("fingerprints", "of a newer version", 2),
]


@pytest.mark.rows(1)
@pytest.mark.parametrize(("kind", "how", "question"), FEW)
def test_damaged_cache_files_are_reported_in_one_line(built: Built, kind: str, how: str, question: int) -> None:
    built.again(question)
    for path in built.files(kind):
        damage.OF_FILES[how](path)
    built.makes(built.movie)
    assert len(built.errors.splitlines()) == 1, built.errors
    assert built.errors.startswith(
        f"warning: the cache {built.cache} has an unusable file, which is made again: {kind[:7]}"
    )


@pytest.mark.exhaustive
def test_folders_in_place_of_entries_are_replaced(built: Built) -> None:
    built.again(0)
    for kind in KINDS:
        for path in built.files(kind):
            damage.OF_FILES["a full folder"](path)
    built.makes(built.movie)
    assert len(built.errors.splitlines()) == 1, built.errors
    built.path("out.mp4").unlink()
    built.makes(built.movie)
    assert built.errors == ""
    assert not list(built.cache.glob("*/*/*/"))


FOLDERS = [("", "a file"), ("", "unreadable"), ("", "a link loop"), ("tmp", "unwritable"), ("tmp", "a pipe")]
FOLDERS += [("segments", "unwritable"), ("frames", "a file")]


@pytest.mark.rows(1)
@pytest.mark.parametrize(
    ("name", "how"),
    [
        *FOLDERS,
        *(
            pytest.param(name, how, marks=pytest.mark.soak)
            for name in ("", "tmp", *KINDS)
            for how in damage.OF_FOLDERS
            if (name, how) not in [*FOLDERS, ("", "unwritable")]  # the folders in it can still be written
        ),
    ],
)
def test_unusable_cache_folder_does_not_change_the_movie(built: Built, name: str, how: str) -> None:
    built.again()
    built.write("scene.py", EDITED)
    damage.OF_FOLDERS[how](built.cache / name)
    built.makes(built.edited)
    if how != "unwritable" or name in (
        "tmp",
        "segments",
    ):  # in other folders, the files may all go into existing subfolders, which can still be written
        assert "cannot be" in built.errors
    assert list(built.temporary.iterdir()) == []


@pytest.mark.soak
@pytest.mark.parametrize("how", damage.OF_FOLDERS)
@pytest.mark.parametrize("kind", KINDS)
def test_unusable_subfolders_do_not_change_the_movie(built: Built, kind: str, how: str) -> None:
    built.again()
    for folder in (built.cache / kind).iterdir():
        damage.OF_FOLDERS[how](folder)
    built.makes(built.movie)
    assert list(built.temporary.iterdir()) == []


def test_entries_of_a_read_only_cache_are_used(built: Built) -> None:
    built.again()
    built.write("scene.py", EDITED)
    for inside, _, files in os.walk(built.cache):
        for path in (Path(inside, name) for name in ("", *files)):
            path.chmod(0o555 if path.is_dir() else 0o444)
    process = built.start("-v")
    out, errors = process.communicate(timeout=60)
    assert "rendered 1 of 3 blocks" in out
    (line,) = (line for line in errors.splitlines() if line.startswith("warning: the cache "))
    assert line.startswith(f"warning: the cache {built.cache} cannot be written (Permission denied): ")
    assert built.path("out.mp4").read_bytes() == built.edited


def test_foreign_files_in_the_temporary_folder_are_kept(built: Built) -> None:
    built.again()
    foreign = [built.cache / "tmp" / name for name in ("theirs", "999999999-1", "notes.txt")]
    foreign[0].mkdir()
    foreign[1].mkdir()
    foreign[2].write_text("somebody's")
    built.makes(built.movie)
    assert built.errors == ""
    assert sorted(path.name for path in (built.cache / "tmp").iterdir()) == sorted(path.name for path in foreign)


def test_cache_folder_below_a_file_is_reported(built: Built) -> None:
    built.again(0)
    built.write("file", "")
    built.makes(built.movie, "--cache-dir", "file/cache")
    assert "file/cache cannot be written (Not a directory)" in built.errors


def test_plain_script_saves_with_an_unwritable_cache(built: Built) -> None:
    """No command collects the warnings of a plain script, so each worker might print its own."""
    built.again()
    (built.cache / "tmp").chmod(0o555)
    script = SCENE.replace(
        'anim.save("out.mp4"', 'import incremental_parsave\n\nincremental_parsave.save(anim, "out.mp4"'
    )
    built.write("plain.py", script.replace('codec="mpeg4"', 'codec="mpeg4", block_size=3'))
    done = subprocess.run(
        [sys.executable, "plain.py"],
        cwd=built.folder,
        env=built.environment,
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=bound_by_permissions,
    )
    line, advice = done.stderr.splitlines()
    assert "cannot be written (Permission denied)" in line
    assert advice.startswith("help: choose another cache folder")
    assert built.path("out.mp4").read_bytes() == built.movie
    assert list(built.temporary.iterdir()) == []
    built.path("plain.py").unlink()


def test_failed_build_with_an_unwritable_cache_reports_no_kept_blocks(built: Built) -> None:
    built.clear()
    built.write("scene.py", SCENE.replace("    # edit here\n", "    assert i < 7\n"))
    built.cache.mkdir(0o555)
    process = built.start()
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "raised at frame 7 (block 2) of out.mp4\n" in errors


@pytest.mark.exhaustive
@pytest.mark.skipif(os.getuid() != 0, reason="only root may mount a file system")
def test_full_file_system_does_not_change_the_movie(built: Built) -> None:
    built.again(0)
    built.cache.rename(built.folder / "moved")
    built.cache.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16k", "none", str(built.cache)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        shutil.rmtree(built.folder / "moved")
        pytest.skip("this root user may not mount a file system")
    try:
        built.makes(built.movie)
        assert "cannot be written (No space left on device)" in built.errors
        built.write("scene.py", EDITED)
        built.makes(built.edited)
    finally:
        subprocess.run(["umount", str(built.cache)], check=True)
        shutil.rmtree(built.folder / "moved")
    assert list(built.temporary.iterdir()) == []


def test_verify_lists_damaged_entries(built: Built) -> None:
    built.again(0)
    pipe, (segment, *_), record = built.files("frames")[0], built.files("segments"), built.files("inputs")[0]
    damage.OF_FILES["a pipe"](pipe)
    damage.OF_FILES["a full folder"](segment)
    damage.OF_FILES["content of another file"](record)
    done = built.iparsave("verify")
    assert done.returncode == 1
    assert f"cache: {pipe.relative_to(built.cache)} cannot be read: not a regular file" in done.stdout
    assert f"cache: {record.relative_to(built.cache)} is damaged" in done.stdout
    assert f"cache: {segment.relative_to(built.cache)}/foreign is damaged" in done.stdout
