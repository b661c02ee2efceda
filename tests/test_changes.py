"""Which file events wake a watch, and which files it then reports as changed."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from watchdog.observers import Observer

from incremental_parsave.watch.changes import Changes

OLD = time.time_ns() - 10_000_000_000  # long enough ago for a file to be identified by its stat


class Woken:
    """Records whether the loop was woken, and the messages to the user."""

    def __init__(self, root: Path) -> None:
        self.event = threading.Event()
        self.messages: list[str] = []
        self.changes = Changes(str(root), {}, self.event.set, self.messages.append)

    def knows(self, root: Path, *reads: tuple[str, str]) -> None:
        rows = [[kind, name, self.changes._reader.digest(kind, name), None, None] for kind, name in reads]
        self.changes.know(str(root / "scene.py"), rows)
        assert self.changes.look() == []
        self.event.clear()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in (("scene.py", "x = 1\n"), ("data.txt", "1"), ("sub/more.txt", "2")):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        os.utime(path, ns=(OLD, OLD))
    return tmp_path


@pytest.fixture
def woken(root: Path) -> Iterator[Woken]:
    watching = Woken(root)
    yield watching
    watching.changes.close()


def test_only_changed_content_of_inputs_is_reported(root: Path, woken: Woken) -> None:
    woken.knows(root, ("file", "data.txt"), ("file", "sub/more.txt"), ("stat", "later.txt"), ("listing", "sub"))
    (root / "scene.py").write_text("x = 1  # one\n")
    assert woken.event.wait(5)
    assert woken.changes.look() == []
    assert woken.changes.was_touched
    assert woken.changes.look() == []
    assert not woken.changes.was_touched
    for name, changed in (
        ("scene.py", ["scene.py"]),
        ("data.txt", ["data.txt"]),
        ("later.txt", ["later.txt"]),
        ("sub/more.txt", ["sub/more.txt"]),
        ("sub/new.txt", ["the list of files in sub"]),
    ):
        woken.event.clear()
        (root / name).write_text("y = 2\n")
        assert woken.event.wait(5), name
        assert woken.changes.look() == changed
        assert woken.changes.look() == []


def test_files_saved_at_once_are_reported_together(root: Path, woken: Woken) -> None:
    woken.knows(root, ("file", "data.txt"), ("file", "sub/more.txt"))
    for name in ("data.txt", "sub/more.txt", "scene.py"):
        (root / name).write_text("z = 3\n")
    assert woken.changes.look() == ["data.txt", "scene.py", "sub/more.txt"]


def test_input_that_is_being_written_is_noticed(root: Path, woken: Woken) -> None:
    woken.knows(root, ("file", "data.txt"))

    def becomes(being_written: bool) -> bool:
        until = time.monotonic() + 5
        while woken.changes.is_being_written is not being_written and time.monotonic() < until:
            time.sleep(0.01)
        return woken.changes.is_being_written is being_written

    with (root / "data.txt").open("a") as file, (root / "log.txt").open("a") as log:
        log.write("a log file that is written all the time delays no build")
        log.flush()
        time.sleep(0.2)
        assert not woken.changes.is_being_written
        file.write("half")
        file.flush()
        assert becomes(True)
    assert becomes(False)
    (root / "data.txt").chmod(0o600)  # some versions of watchdog report it as a write
    time.sleep(0.2)
    assert becomes(False)
    with (root / "data.txt").open("a") as file:  # another file replaces it while it is being written
        file.write("half")
        file.flush()
        assert becomes(True)
        (root / "other.txt").write_text("2")
        (root / "other.txt").replace(root / "data.txt")
        assert becomes(False)


def test_reading_an_input_triggers_no_build(root: Path, woken: Woken) -> None:
    woken.knows(root, ("file", "data.txt"))
    for _ in range(3):
        (root / "data.txt").read_text()
    assert not woken.event.wait(0.5)


def test_file_that_changed_during_the_build_counts_as_changed(root: Path, woken: Woken) -> None:
    digest = woken.changes._reader.digest("file", "data.txt")
    (root / "data.txt").write_text("3")
    woken.changes.know(str(root / "scene.py"), [["file", "data.txt", digest, None, None]])
    assert woken.changes.look() == ["data.txt"]


def test_edit_that_keeps_size_and_time_is_noticed(root: Path, woken: Woken) -> None:
    """A file that is written twice within one tick of the clock keeps its stat, so young files are read."""
    (root / "data.txt").write_text("1")
    woken.knows(root, ("file", "data.txt"))
    before = (root / "data.txt").stat()
    with (root / "data.txt").open("r+") as file:
        file.write("2")
    os.utime(root / "data.txt", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert woken.changes.look() == ["data.txt"]


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EMFILE])
def test_changes_are_found_without_file_events(root: Path, monkeypatch: pytest.MonkeyPatch, error: int) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(Observer, "schedule", refuse)
    watching = Woken(root)
    watching.knows(root, ("file", "data.txt"), ("file", "sub/more.txt"))
    assert watching.changes.is_unwatched
    assert len(watching.messages) == 1
    assert "sysctl fs.inotify.max_user_watches" in watching.messages[0]
    (root / "data.txt").write_text("3")  # no event reports it, as on a network folder
    assert watching.changes.look() == ["data.txt"]
    watching.changes.close()
