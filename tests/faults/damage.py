"""Kinds of damage to files and folders."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import xxhash

from incremental_parsave.cache.records import FORMAT


def _emptied(path: Path) -> None:
    path.write_bytes(b"")


def _truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _bit_flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    chance = random.Random(path.name)
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)


def _random(path: Path) -> None:
    path.write_bytes(random.Random(path.name).randbytes(path.stat().st_size))


def _removed(path: Path) -> None:
    path.unlink()


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _full_folder(path: Path) -> None:
    _folder(path)
    (path / "foreign").write_text("somebody's")


def _file(path: Path) -> None:
    shutil.rmtree(path)
    path.write_text("no folder")


def _dangling_link(path: Path) -> None:
    _away(path)
    path.symlink_to("nowhere")


def _link_loop(path: Path) -> None:
    _away(path)
    path.symlink_to(path.name)


def _pipe(path: Path) -> None:
    _away(path)
    os.mkfifo(path)


def _socket(path: Path) -> None:
    _away(path)
    here = os.getcwd()
    os.chdir(path.parent)  # the path of a socket must be short
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as made:
        made.bind("s")
    os.rename("s", path.name)
    os.chdir(here)


def _device(path: Path) -> None:
    _away(path)
    path.symlink_to("/dev/zero")


def _unreadable(path: Path) -> None:
    path.chmod(0)


def _unwritable(path: Path) -> None:
    path.chmod(0o555)


def _huge(path: Path) -> None:
    with open(path, "r+b") as file:
        file.truncate(1 << 40)


def _of_version(step: int) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        _, _, text = path.read_bytes().partition(b"\n")
        if not text.startswith(b"{"):  # a segment has no version
            text = b"{}"
        body = {**json.loads(text), "format": FORMAT + step}
        packed = json.dumps(body, separators=(",", ":"), sort_keys=True).encode()
        path.write_bytes(xxhash.xxh3_128_hexdigest(packed).encode() + b"\n" + packed)

    return change


def _content_of_another(path: Path) -> None:
    folder = path.parent.parent
    others = sorted(other for other in folder.rglob("*") if other.is_file() and other != path)
    path.write_bytes((others or sorted(each for each in folder.parent.rglob("*/??/*") if each != path))[0].read_bytes())


def _content_of_another_kind(path: Path) -> None:
    kinds = sorted(
        each for each in path.parents[2].glob("*/??/*") if each.parts[-3] not in ("segments", path.parts[-3])
    )
    path.write_bytes(kinds[0].read_bytes())


def _away(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


OF_FILES: dict[str, Callable[[Path], None]] = {
    "emptied": _emptied,
    "truncated": _truncated,
    "a bit flipped": _bit_flipped,
    "random bytes": _random,
    "removed": _removed,
    "an empty folder": _folder,
    "a full folder": _full_folder,
    "a dangling link": _dangling_link,
    "a link loop": _link_loop,
    "a pipe": _pipe,
    "a socket": _socket,
    "a device": _device,
    "unreadable": _unreadable,
    "huge": _huge,
    "of an older version": _of_version(-1),
    "of a newer version": _of_version(1),
    "content of another file": _content_of_another,
    "content of another kind of entry": _content_of_another_kind,
}

OF_FOLDERS: dict[str, Callable[[Path], None]] = {
    "a file": _file,
    "a dangling link": _dangling_link,
    "a link loop": _link_loop,
    "a pipe": _pipe,
    "unreadable": _unreadable,
    "unwritable": _unwritable,
}
