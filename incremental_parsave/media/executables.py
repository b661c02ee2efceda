"""Find the programs that we run: ffmpeg and mencoder."""

from __future__ import annotations

import os
import shutil

from ..errors import IparsaveError, UsageError

_MATPLOTLIB_DEFAULT = "ffmpeg"


def find_ffmpeg(option: str | None = None, rc_path: str = _MATPLOTLIB_DEFAULT) -> str:
    """Return the ffmpeg to use.

    Parameters
    ----------
    option : str, optional
        The path that the user gave for this build.
    rc_path : str
        ``rcParams["animation.ffmpeg_path"]``; ignored if it is matplotlib's default.

    Returns
    -------
    str
        An absolute path.  The option comes first, then the variable
        ``IPARSAVE_FFMPEG``, the rcParam, ``PATH``, and last the ffmpeg of the
        ``imageio-ffmpeg`` package.

    Raises
    ------
    UsageError
        If a path was given and there is no such program.
    IparsaveError
        If no ffmpeg was found.
    """
    named = [
        ("--ffmpeg", option),
        ("IPARSAVE_FFMPEG", os.environ.get("IPARSAVE_FFMPEG")),
        ('rcParams["animation.ffmpeg_path"]', rc_path if rc_path != _MATPLOTLIB_DEFAULT else None),
    ]
    for source, name in named:
        if name:
            found = shutil.which(name)
            if found is None:
                raise UsageError(f"no such program: {name!r}, set by {source}", f"correct or remove {source}")
            return os.path.abspath(found)
    found = shutil.which(_MATPLOTLIB_DEFAULT)
    if found is not None:
        return os.path.abspath(found)
    import imageio_ffmpeg

    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise IparsaveError(
            "ffmpeg was not found",
            "install it (apt-get install ffmpeg, brew install ffmpeg) or set IPARSAVE_FFMPEG",
        ) from error


_BINARY = (b"\x7fELF", b"MZ", *(bytes.fromhex(mark) for mark in ("cffaedfe", "cefaedfe", "cafebabe", "cafebabf")))


def why_not_identified(program: str) -> str:
    """Return why the file of *program* does not determine its output; empty if it does.

    A script may read other files and start another program.  So may a launcher that many names link to, as with snap.
    """
    path = os.path.realpath(program)
    try:
        with open(path, "rb") as file:
            is_binary = file.read(4).startswith(_BINARY)
    except OSError:
        return "cannot be read"
    if not is_binary:
        return "is a script, which may start another program"
    stem = os.path.basename(program).partition(".")[0].rstrip("0123456789-")
    named = any(name in os.path.basename(path) for name in ("ffmpeg", "mencoder", stem))
    return "" if named else f"is a link to {path}, which may start another program"


def find_mencoder() -> str:
    """Return the mencoder on ``PATH``.

    Raises
    ------
    IparsaveError
        If mencoder is not installed; the message says how to install it.
    """
    found = shutil.which("mencoder")
    if found is None:
        raise IparsaveError(
            "mencoder is not installed",
            "install it (apt-get install mencoder) or use --stitcher ffmpeg",
        )
    return os.path.abspath(found)
