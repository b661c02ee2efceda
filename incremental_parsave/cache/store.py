"""The store: content-addressed segments, and records that point to them.

Everything enters under a temporary name in the same file system and is then
renamed, so nothing half-written is ever visible; everything is checked when it
is taken out, so a broken cache is a miss and never an error.

What the cache cannot take (it is read-only, somebody else's, full, or no folder
at all) goes to a folder in the system's place for temporary files, for as long
as the store is used: the movie is made all the same.  All processes that are
forked from one agree on that folder.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import secrets
import shutil
import tempfile
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import xxhash

from ..errors import IparsaveError
from ..model import Segment
from ..processes import clock, proc
from . import records

if TYPE_CHECKING:
    from ..protocol.events import SegmentFacts

_log = logging.getLogger("incremental_parsave")

_CACHEDIR_TAG = (
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# This folder holds the blocks of movies made by incremental_parsave; it may be deleted at any time.\n"
)
_CHUNK = 1 << 20
_SCRATCH = "iparsave-"
_UNKEPT, _SAID = "unkept", "said"  # marks there


class Store:
    """The cache of one project.

    Parameters
    ----------
    root : Path
        The folder; made when something is first written.
    warn : callable, optional
        Told, in one line, if the cache cannot be used in part or in whole.
    """

    def __init__(self, root: Path, warn: Callable[[str], None] = _log.warning) -> None:
        self.root = root
        self._warn = warn
        self._serial = itertools.count()
        self._checked: set[str] = set()
        self._ready = self._complained = False
        self._scratch = Path(tempfile.gettempdir(), f"{_SCRATCH}{os.getpid()}-{secrets.token_hex(8)}")
        self._temporaries = root / "tmp"
        self._remove_scratch = weakref.finalize(self, _remove_tree, self._scratch)

    def close(self) -> None:
        """Remove what the cache could not take."""
        self._remove_scratch()

    def prepare(self, need: int = 0) -> None:
        """See where temporary files can be written, before any process is forked that will.

        Parameters
        ----------
        need : int
            How many bytes may be written at most: where the cache's file system has not so many, and that of
            temporary files has more, they are written there.
        """
        if not self._ready:
            self._ready = True
            self._make()
        if self._temporaries == self._scratch or not need:
            return
        with contextlib.suppress(OSError):
            here, there = self._temporaries.stat().st_dev, self._scratch.parent.stat().st_dev
            if here != there and _free(self._temporaries) < min(need, _free(self._scratch.parent)):
                self._make_scratch()
                self._temporaries = self._scratch

    def _make(self) -> None:
        try:
            self._temporaries.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=self._temporaries).close()
            for name, text in (("CACHEDIR.TAG", _CACHEDIR_TAG), (".gitignore", "*\n")):
                with contextlib.suppress(FileExistsError), open(self.root / name, "x") as file:
                    file.write(text)
        except OSError as error:
            self._pass_by(error)
            self._make_scratch()
            self._temporaries = self._scratch
        self.sweep()

    def _make_scratch(self) -> None:
        if self._scratch.is_dir():
            return
        _sweep_scratch(self._scratch.parent)
        try:
            self._scratch.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise IparsaveError(
                f"neither the cache folder {self.root} nor {self._scratch.parent} can be written: {error.strerror}",
                "choose another with --cache-dir or IPARSAVE_CACHE_DIR",
            ) from error

    # -- what cannot be used ----------------------------------------------

    def _pass_by(self, error: OSError) -> None:
        """Go on without the cache where it cannot be written because of *error*."""
        self._mark(_UNKEPT)
        self._complain(
            f"{records.OF_CACHE}{self.root} cannot be written ({error.strerror}): what is built is not kept, or only "
            "in part; choose another with --cache-dir or IPARSAVE_CACHE_DIR"
        )

    def complain(self, entry: str) -> None:
        """Say what is the matter with an entry, and that it is passed by."""
        self._complain(records.in_part(str(self.root), entry))

    def _complain(self, text: str) -> None:
        """Say one line, if this is the first, and no worker has said one."""
        if not self._complained:
            self._complained = True
            if self._mark(_SAID):
                self._warn(text)

    def _mark(self, name: str) -> bool:
        """Leave a mark that all processes see; return whether it is new, as far as that is known."""
        with contextlib.suppress(OSError, IparsaveError):
            self._make_scratch()
            try:
                (self._scratch / name).mkdir()
            except FileExistsError:
                return False
        return True

    @property
    def keeps(self) -> bool:
        """Whether all that was written is kept, by this process and by those forked from it."""
        return not (self._scratch / _UNKEPT).exists()

    # -- temporary files --------------------------------------------------

    def sweep(self, patience: float = 0.0) -> None:
        """Remove what processes that are gone left in tmp/.

        Parameters
        ----------
        patience : float
            Seconds to wait for encoders whose worker is gone: they end by themselves, having nothing more to read.
        """
        if not proc.IS_THERE:
            return  # no cheap way to tell which processes are gone
        folder = self.root / "tmp"
        clock.wait_until(lambda: patience == 0 or not proc.has_orphans(str(folder)), patience)
        for name in _names(folder):
            pid = name.partition("-")[0]
            if pid.isdigit() and proc.is_gone(int(pid)):
                _remove(folder / name)
        if patience:
            _sweep_scratch(self._scratch.parent)

    def discard_temporaries(self, pid: int) -> None:
        """Remove what process *pid*, known to be dead, left half-written."""
        for folder in {self.root / "tmp", self._temporaries} if self._ready else ():
            for name in _names(folder):
                if name.startswith(f"{pid}-"):
                    _remove(folder / name)

    def temporary(self, suffix: str = "") -> Path:
        """Return a name in the store's own file system, if it can be written, that nobody else uses."""
        self.prepare()
        return self._temporaries / f"{os.getpid()}-{next(self._serial)}{suffix}"

    def unnamed_file(self) -> IO[bytes]:
        """Return a file without a name, which goes when it is closed."""
        self.prepare()
        return tempfile.TemporaryFile(dir=self._temporaries)

    # -- segments ---------------------------------------------------------

    def path(self, segment: Segment) -> Path:
        """Return where *segment* is kept, whether or not it is there."""
        unkept = self._scratch / f"{segment.digest}{segment.suffix}"
        if unkept.exists():
            return unkept
        return self.root / "segments" / segment.digest[:2] / f"{segment.digest[2:]}{segment.suffix}"

    def publish(self, written: Path, frames: int, extradata: str) -> Segment:
        """Take the file *written* (from `temporary`) into the store."""
        size = written.stat().st_size
        segment = Segment(digest_of_file(written), written.suffix, frames, extradata, size)
        target = self.path(segment)
        if target.parent != self._scratch:
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                self._put(written, target)
            except OSError as error:
                self._pass_by(error)
                self._make_scratch()
                shutil.move(written, self._scratch / f"{segment.digest}{segment.suffix}")
        else:
            written.unlink()
        self._checked.add(segment.digest)
        return segment

    def _put(self, written: Path, target: Path) -> None:
        """Move a file from where temporary files are to its place."""
        if written.parent == self.root / "tmp":
            records.put(str(written), str(target))
            return
        beside = self.root / "tmp" / f"{os.getpid()}-{next(self._serial)}{target.suffix}"
        try:
            shutil.copyfile(written, beside)
            records.put(str(beside), str(target))
        except OSError:
            _remove(beside)
            raise
        written.unlink()

    def has(self, segment: Segment) -> bool:
        """Whether *segment* is there, whole: its bytes are read and compared with its name."""
        if segment.digest in self._checked:
            return True
        why = self.why_not(segment)
        if why:
            self.complain(f"segment {segment.digest}{segment.suffix} {why}")
        return why == ""

    def why_not(self, segment: Segment) -> str | None:
        """Return why *segment* cannot be used; empty if it can, None if it is not there."""
        try:
            path = self.path(segment)
            whole = path.stat().st_size == segment.size or not path.is_file()
            whole = whole and digest_of_file(path) == segment.digest
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            return f"cannot be read ({error.strerror})"
        if not whole:
            return "is damaged"
        self._checked.add(segment.digest)
        return ""

    def facts(self, segment: Segment) -> SegmentFacts | None:
        """Return how large *segment* is, and when it was encoded; None if it is not there."""
        try:
            found = self.path(segment).stat()
        except OSError:
            return None
        return {"bytes": found.st_size, "encoded": round(found.st_mtime, 3)}

    # -- records ----------------------------------------------------------

    def read(self, kind: str, key: str) -> dict[str, Any] | None:
        """Return the record of *kind* under *key*, or None; a damaged one is None too."""
        return records.read(records.place(str(self.root), kind, key), self.complain)

    def write(self, kind: str, key: str, body: dict[str, Any]) -> None:
        """Keep *body* as the record of *kind* under *key*."""
        self.prepare()
        if self._temporaries != self._scratch or self.keeps:
            error = records.write(str(self.root), kind, key, body)
            if error is not None:
                self._pass_by(error)


def _free(folder: Path) -> int:
    """Return how many bytes can be written in *folder*."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def _names(folder: Path) -> list[str]:
    """Return the names in *folder*; none if it cannot be read."""
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _remove(path: Path) -> None:
    """Remove a file, if that can be done."""
    with contextlib.suppress(OSError):
        path.unlink()


def _remove_tree(path: Path) -> None:
    """Remove a folder, if there is one."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)


def _sweep_scratch(folder: Path) -> None:
    """Remove what stores of processes that are gone left in the place for temporary files."""
    for name in _names(folder):
        if name.startswith(_SCRATCH):
            pid = name.removeprefix(_SCRATCH).partition("-")[0]
            if pid.isdigit() and proc.is_gone(int(pid)):
                _remove_tree(folder / name)


def check(root: Path) -> tuple[int, int, list[str]]:
    """Read all that the store at *root* holds; return how many segments and records there are, and what is damaged.

    What is of another version, and so never used, is not damaged.
    """
    segments, count, damaged = 0, 0, []

    def unreadable(error: OSError) -> None:
        damaged.append(f"{Path(error.filename).relative_to(root)} cannot be read: {error.strerror}")

    for folder, folders, files in os.walk(root, onerror=unreadable):
        if Path(folder) == root:
            files = []  # what says what the folder is
            folders[:] = [name for name in folders if name not in ("tmp", "locks")]
        folders.sort()
        for path in (Path(folder, name) for name in sorted(files)):
            name = path.relative_to(root)
            of_segments = name.parts[0] == "segments"
            segments, count = segments + of_segments, count + (not of_segments)
            try:
                if of_segments:
                    whole = digest_of_file(path) == path.parent.name + path.name.partition(".")[0]
                else:
                    whole = _is_whole(path)
            except OSError as error:
                damaged.append(f"{name} cannot be read: {error.strerror}")
                continue
            if not whole:
                damaged.append(f"{name} is damaged")
    return segments, count, damaged


def _is_whole(path: Path) -> bool:
    """Whether the record at *path* is what was written there."""
    with open(records.open_regular(str(path)), "rb") as file:
        data = file.read()
    of_another_version = records.unpack(data) is None
    return records.is_whole(data) and (
        of_another_version or records.unpack(data, records.called(str(path))) is not None
    )


def digest_of_file(path: Path) -> str:
    """Return the xxh3_128 digest of a regular file's bytes, in hexadecimal."""
    digest = xxhash.xxh3_128()
    with open(records.open_regular(str(path)), "rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
