"""What surrounds a scene: versions, time zone, locale."""

from __future__ import annotations

import locale
import os
import sys
import time

import xxhash

from .canonical import Digest
from .packages import is_packages_folder, startup_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .explain import Lines


def _installed() -> tuple[list[str], list[str]]:
    """Return the names and versions of all installed distributions; and the lines that Python runs when it starts.

    A distribution shows its version in the name of its metadata folder, so one
    listing a folder tells of every upgrade.
    """
    found: set[str] = set()
    lines: list[str] = []
    for folder in sys.path:
        if is_packages_folder(folder):
            try:
                names = os.listdir(folder)
            except OSError:
                continue
            found.update(name for name in names if name.endswith((".dist-info", ".egg-info")))
            lines += startup_lines(folder, names)
    return sorted(found), lines


def _time_zone() -> str:
    """Return what decides local times: two zones may share their names."""
    if "TZ" in os.environ:
        return os.environ["TZ"]
    try:
        with open("/etc/localtime", "rb") as file:
            return xxhash.xxh3_64_hexdigest(file.read())
    except OSError:
        return ""


def surroundings() -> dict[str, str]:
    """Return what surrounds the scene, each thing by its name."""
    machine = os.uname().machine if hasattr(os, "uname") else os.environ.get("PROCESSOR_ARCHITECTURE", "")
    around = {"Python": sys.version, "machine": f"{sys.platform} {machine}"}
    packages, lines = _installed()
    for package in packages:
        name, _, version = package.removesuffix(".dist-info").removesuffix(".egg-info").partition("-")
        around[name] = version
    around["what .pth files run"] = "\n".join(lines)
    around["encoding of texts"] = locale.getencoding()
    around["time zone"] = " ".join((*time.tzname, _time_zone()))
    around["locale"] = locale.setlocale(locale.LC_ALL)
    return around


def surroundings_digest(around: dict[str, str], sink: Lines | None = None) -> str:
    """Return the digest of what `surroundings` told; note it in *sink*."""
    digest = Digest("surroundings")
    for name, value in sorted(around.items()):
        digest.add("name", name).add("is", value)
        if sink is not None:
            sink.note(name, value, value)
    return digest.hexdigest()
