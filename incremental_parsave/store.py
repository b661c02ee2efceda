"""The store: content-addressed segments, and records that point to them.

Everything enters under a temporary name in the same file system and is then
renamed, so nothing half-written is ever visible; everything is checked when it
is taken out, so a broken cache is a miss and never an error.
"""

from __future__ import annotations

import itertools
import logging
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import xxhash

from . import records
from .errors import IparsaveError
from .model import Segment

_log = logging.getLogger("incremental_parsave")

_CACHEDIR_TAG = (
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# This folder holds the blocks of movies made by incremental_parsave; it may be deleted at any time.\n"
)
_CHUNK = 1 << 20
_PF_EXITING = 4  # of the flags that Linux shows of a process


class Store:
    """The cache of one project.

    Parameters
    ----------
    root : Path
        The folder; made when something is first written.
    warn : callable, optional
        Told, in one line, of each entry that was found damaged.
    """

    def __init__(self, root: Path, warn: Callable[[str], None] = _log.warning) -> None:
        self.root = root
        self._warn = warn
        self._serial = itertools.count()
        self._checked: set[str] = set()
        self._ready = False

    def _ensure(self) -> None:
        if self._ready:
            return
        try:
            (self.root / "tmp").mkdir(parents=True, exist_ok=True)
            for name, text in (("CACHEDIR.TAG", _CACHEDIR_TAG), (".gitignore", "*\n")):
                if not (self.root / name).exists():
                    (self.root / name).write_text(text)
        except OSError as error:
            raise IparsaveError(
                f"the cache folder {self.root} cannot be written: {error.strerror}",
                "choose another with --cache-dir or IPARSAVE_CACHE_DIR",
            ) from error
        self._ready = True
        self.sweep()

    def sweep(self, patience: float = 0.0) -> None:
        """Remove what processes that are gone left in tmp/.

        Parameters
        ----------
        patience : float
            Seconds to wait for encoders whose worker is gone: they end by themselves, having nothing more to read.
        """
        if not os.path.isdir("/proc/self"):
            return  # no cheap way to tell who is gone
        until = time.monotonic() + patience
        while time.monotonic() < until and _has_orphans(self.root / "tmp"):
            time.sleep(0.02)
        for path in (self.root / "tmp").glob("*"):
            if _is_gone(path.name.partition("-")[0]):
                path.unlink(missing_ok=True)

    def discard_temporaries(self, pid: int) -> None:
        """Remove what process *pid*, known to be dead, left in tmp/."""
        if self._ready:
            for path in (self.root / "tmp").glob(f"{pid}-*"):
                path.unlink(missing_ok=True)

    def temporary(self, suffix: str = "") -> Path:
        """Return a name in the store's own file system that nobody else uses."""
        self._ensure()
        return self.root / "tmp" / f"{os.getpid()}-{next(self._serial)}{suffix}"

    def unnamed_file(self) -> IO[bytes]:
        """Return a file without a name, which goes when it is closed."""
        self._ensure()
        return tempfile.TemporaryFile(dir=self.root / "tmp")

    # -- segments ---------------------------------------------------------

    def path(self, segment: Segment) -> Path:
        """Return where *segment* is kept, whether or not it is there."""
        return self.root / "segments" / segment.digest[:2] / f"{segment.digest[2:]}{segment.suffix}"

    def publish(self, written: Path, frames: int, extradata: str) -> Segment:
        """Take the file *written* (from `temporary`) into the store."""
        segment = Segment(digest_of_file(written), written.suffix, frames, extradata)
        target = self.path(segment)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(written, target)
        self._checked.add(segment.digest)
        return segment

    def has(self, segment: Segment) -> bool:
        """Whether *segment* is there, whole: its bytes are read and compared with its name."""
        if segment.digest in self._checked:
            return True
        path = self.path(segment)
        try:
            whole = digest_of_file(path) == segment.digest
        except FileNotFoundError:
            return False
        except OSError as error:
            self._warn(f"cached segment {path.name} cannot be read ({error.strerror}); its block is drawn again")
            return False
        if not whole:
            self._warn(f"cached segment {path.name} is damaged; its block is drawn again")
            return False
        self._checked.add(segment.digest)
        return True

    # -- records ----------------------------------------------------------

    def read(self, kind: str, key: str) -> dict[str, Any] | None:
        """Return the record of *kind* under *key*, or None; a damaged one is None too."""
        try:
            data = Path(records.place(str(self.root), kind, key)).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            self._warn(f"cache record {kind}/{key} cannot be read ({error.strerror}); it is made again")
            return None
        body = records.unpack(data)
        if body is None:
            self._warn(f"cache record {kind}/{key} is damaged or of another version; it is made again")
        return body

    def write(self, kind: str, key: str, body: dict[str, Any]) -> None:
        """Keep *body* as the record of *kind* under *key*."""
        self._ensure()
        records.write(str(self.root), kind, key, body)


def _is_gone(pid: str) -> bool:
    """Whether process *pid* has ended, or is about to: what it held is closed before it is seen to have gone."""
    try:
        state, *rest = _stat(pid)
    except OSError:
        return True
    return state in (b"Z", b"X") or bool(int(rest[5]) & _PF_EXITING)


def _stat(pid: str) -> list[bytes]:
    """Return what Linux shows of a process, from its state on."""
    with open(f"/proc/{pid}/stat", "rb") as file:
        return file.read().rpartition(b")")[2].split()


def _has_orphans(folder: Path) -> bool:
    """Whether any process writes in *folder* whose worker, the first of its process group, is gone."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                named = os.fsencode(f"{folder}/") in file.read()
            if (named or os.readlink(f"/proc/{pid}/cwd") == os.path.realpath(folder)) and not _is_gone(pid):
                worker = _stat(pid)[2].decode()
                if worker != pid and _is_gone(worker):
                    return True
        except OSError:  # it has just ended, or is somebody else's
            continue
    return False


def check(root: Path) -> tuple[int, int, list[str]]:
    """Read all that the store at *root* holds; return how many segments and records there are, and what is damaged.

    What is of another version, and so never used, is not damaged.
    """
    segments, count, damaged = 0, 0, []
    for folder in sorted(path for path in root.iterdir() if path.is_dir() and path.name not in ("tmp", "locks")):
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            of_segments = folder.name == "segments"
            segments, count = segments + of_segments, count + (not of_segments)
            try:
                if of_segments:
                    whole = digest_of_file(path) == path.parent.name + path.name.partition(".")[0]
                else:
                    whole = records.is_whole(path.read_bytes())
            except OSError as error:
                damaged.append(f"{path.relative_to(root)} cannot be read: {error.strerror}")
                continue
            if not whole:
                damaged.append(f"{path.relative_to(root)} is damaged")
    return segments, count, damaged


def digest_of_file(path: Path) -> str:
    """Return the xxh3_128 digest of a file's bytes, in hexadecimal."""
    digest = xxhash.xxh3_128()
    with open(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
