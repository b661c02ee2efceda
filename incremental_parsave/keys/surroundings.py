"""The environment of a scene: versions, time zone, locale."""

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
    """Return the metadata folders of all installed distributions, and the lines that Python executes at startup.

    The name of a metadata folder contains the distribution's version, so listing
    each folder of packages once is enough to notice every upgrade.
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
    """Return what determines local time: the zone's names alone do not, since two zones may share them."""
    if "TZ" in os.environ:
        return os.environ["TZ"]
    try:
        with open("/etc/localtime", "rb") as file:
            return xxhash.xxh3_64_hexdigest(file.read())
    except OSError:
        return ""


def surroundings() -> dict[str, str]:
    """Return the properties of the environment by name."""
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


def shown(name: str) -> str:
    """Return how messages to the user refer to a property."""
    return {"what .pth files run": "the code in .pth files", "encoding of texts": "text encoding"}.get(name, name)


def surroundings_digest(around: dict[str, str], sink: Lines | None = None) -> str:
    """Return the digest of a result of `surroundings`; note each property in *sink*."""
    digest = Digest("surroundings")
    for name, value in sorted(around.items()):
        digest.add("name", name).add("is", value)
        if sink is not None:
            sink.note(shown(name), value, value)
    return digest.hexdigest()
