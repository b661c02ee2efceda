"""Access to a cache: content-addressed segments, and the records that point to them.

Each file is written under a temporary name in the same file system and then
renamed, so a half-written file is never visible.  Each file is checked when it
is read, so a damaged cache causes misses, but never errors.

If the cache cannot take a file (because it is read-only, full, owned by another
user, or not a folder at all), the file goes to a scratch folder among the
system's temporary files, which is removed when the `Store` is closed.  The
movie is still made.  A process and its forks use the same scratch folder.
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
_UNKEPT, _WARNED = "unkept", "warned"  # names of marks in the scratch folder


class Store:
    """The cache of one project.

    Parameters
    ----------
    root : Path
        Folder of the cache; created when something is first written.
    warn : callable, optional
        Called with one line if the cache cannot be used, in part or in whole.
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
        """Remove the scratch folder, with everything that the cache could not take."""
        self._remove_scratch()

    def prepare(self, need: int = 0) -> None:
        """Choose where to write temporary files; to be called before forking processes that write them.

        Parameters
        ----------
        need : int
            Largest number of bytes that may be written.  If the file system of the cache has less free space
            than that, and the system's folder for temporary files has more, the scratch folder is used.
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
            self._report_unwritable(error)
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
                f"cannot write to the cache folder {self.root} or to {self._scratch.parent}: {error.strerror}",
                "choose another cache folder with --cache-dir or IPARSAVE_CACHE_DIR",
            ) from error

    # -- problems with the cache ------------------------------------------

    def _report_unwritable(self, error: OSError) -> None:
        """Report that the cache could not be written because of *error*, and mark that files were not kept."""
        self._mark(_UNKEPT)
        self._complain(
            f"{records.CACHE_MESSAGE_PREFIX}{self.root} cannot be written ({error.strerror}):"
            " some or all blocks are not kept\n"
            "help: choose another cache folder with --cache-dir or IPARSAVE_CACHE_DIR"
        )

    def complain(self, entry: str) -> None:
        """Report a problem with an entry of the cache, which is skipped."""
        self._complain(records.partly_unusable(str(self.root), entry))

    def _complain(self, text: str) -> None:
        """Report a problem, unless a process that uses the same scratch folder has already reported one."""
        if not self._complained:
            self._complained = True
            if self._mark(_WARNED):
                self._warn(text)

    def _mark(self, name: str) -> bool:
        """Leave a mark that all processes of the build can see; return False only if it was already there."""
        with contextlib.suppress(OSError, IparsaveError):
            self._make_scratch()
            try:
                (self._scratch / name).mkdir()
            except FileExistsError:
                return False
        return True

    @property
    def keeps(self) -> bool:
        """Whether everything that this process and those forked from it have written was kept."""
        return not (self._scratch / _UNKEPT).exists()

    # -- temporary files --------------------------------------------------

    def sweep(self, patience: float = 0.0) -> None:
        """Remove files that were left in ``tmp/`` by processes that have ended.

        Parameters
        ----------
        patience : float
            Seconds to wait for encoders whose worker has ended; they end by themselves at the end of their input.
        """
        if not proc.HAS_PROC:
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
        """Remove half-written files of process *pid*, which is known to have ended."""
        for folder in {self.root / "tmp", self._temporaries} if self._ready else ():
            for name in _names(folder):
                if name.startswith(f"{pid}-"):
                    _remove(folder / name)

    def temporary(self, suffix: str = "") -> Path:
        """Return a path that no other process uses, in the file system of the cache if that can be written."""
        self.prepare()
        return self._temporaries / f"{os.getpid()}-{next(self._serial)}{suffix}"

    def unnamed_file(self) -> IO[bytes]:
        """Return a file without a name, which is deleted when it is closed."""
        self.prepare()
        return tempfile.TemporaryFile(dir=self._temporaries)

    # -- segments ---------------------------------------------------------

    def path(self, segment: Segment) -> Path:
        """Return the path of *segment*, whether or not it exists."""
        unkept = self._scratch / f"{segment.digest}{segment.suffix}"
        if unkept.exists():
            return unkept
        return self.root / "segments" / segment.digest[:2] / f"{segment.digest[2:]}{segment.suffix}"

    def publish(self, written: Path, frames: int, extradata: str) -> Segment:
        """Move the file *written* (from `temporary`) into the cache and return it as a segment."""
        size = written.stat().st_size
        segment = Segment(digest_of_file(written), written.suffix, frames, extradata, size)
        target = self.path(segment)
        if target.parent != self._scratch:
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                self._put(written, target)
            except OSError as error:
                self._report_unwritable(error)
                self._make_scratch()
                shutil.move(written, self._scratch / f"{segment.digest}{segment.suffix}")
        else:
            written.unlink()
        self._checked.add(segment.digest)
        return segment

    def _put(self, written: Path, target: Path) -> None:
        """Move a temporary file to its place in the cache."""
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
        """Whether *segment* exists and is intact: the digest of its bytes is compared with its name."""
        if segment.digest in self._checked:
            return True
        why = self.why_not(segment)
        if why:
            self.complain(f"segment {segment.digest}{segment.suffix} {why}")
        return why == ""

    def why_not(self, segment: Segment) -> str | None:
        """Return why *segment* cannot be used; empty if it can, None if it does not exist."""
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
        """Return the size of *segment* and when it was encoded; None if it does not exist."""
        try:
            found = self.path(segment).stat()
        except OSError:
            return None
        return {"bytes": found.st_size, "encoded": round(found.st_mtime, 3)}

    # -- records ----------------------------------------------------------

    def read(self, kind: str, key: str) -> dict[str, Any] | None:
        """Return the record of *kind* under *key*, or None if it does not exist or is damaged."""
        return records.read(records.place(str(self.root), kind, key), self.complain)

    def write(self, kind: str, key: str, body: dict[str, Any]) -> None:
        """Write *body* as the record of *kind* under *key*."""
        self.prepare()
        if self._temporaries != self._scratch or self.keeps:
            error = records.write(str(self.root), kind, key, body)
            if error is not None:
                self._report_unwritable(error)


def _free(folder: Path) -> int:
    """Return how many bytes are free in the file system of *folder*."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def _names(folder: Path) -> list[str]:
    """Return the names in *folder*; an empty list if it cannot be read."""
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _remove(path: Path) -> None:
    """Remove a file, if possible."""
    with contextlib.suppress(OSError):
        path.unlink()


def _remove_tree(path: Path) -> None:
    """Remove a folder, if it exists."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)


def _sweep_scratch(folder: Path) -> None:
    """Remove scratch folders that were left in *folder* by processes that have ended."""
    for name in _names(folder):
        if name.startswith(_SCRATCH):
            pid = name.removeprefix(_SCRATCH).partition("-")[0]
            if pid.isdigit() and proc.is_gone(int(pid)):
                _remove_tree(folder / name)


def check(root: Path) -> tuple[int, int, list[str]]:
    """Check all files of the cache at *root*; return the numbers of segments and records, and the damaged files.

    Records of another format version are never used, and do not count as damaged.
    """
    segments, count, damaged = 0, 0, []

    def unreadable(error: OSError) -> None:
        damaged.append(f"{Path(error.filename).relative_to(root)} cannot be read: {error.strerror}")

    for folder, folders, files in os.walk(root, onerror=unreadable):
        if Path(folder) == root:
            files = []  # CACHEDIR.TAG and .gitignore
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
    """Whether the record at *path* is intact, and was written under the key of this path."""
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
