"""Choose a writer for a movie whose suffix the scene's own writer cannot write."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
from PIL import Image

from ..errors import UsageError
from ..processes import programs
from ..tracing import audit
from . import animation as mpl_animation

_VIDEO = frozenset(".mp4 .m4v .mov .mkv .avi .webm .ogv .mpg .mpeg .ts .flv .wmv .gif .apng .webp .avif".split())
_MAGICK = frozenset({".gif", ".webp", ".apng"})
_HTML = frozenset({".html", ".htm"})
_ONLY_FOR_OWN_WRITER = ("codec", "extra_args")  # arguments that make sense only for the scene's own writer


def writes(kind: str, suffix: str) -> bool:
    """Whether matplotlib's writer *kind* (a name without ``_file``) can write movies with this suffix."""
    if kind == "ffmpeg":
        return suffix in _VIDEO or (suffix not in _HTML and not _is_picture(suffix) and _ffmpeg_makes(suffix))
    if kind == "pillow":
        return Image.registered_extensions().get(suffix) in Image.SAVE_ALL
    return suffix in (_HTML if kind == "html" else _MAGICK)


def _is_picture(suffix: str) -> bool:
    return suffix in Image.registered_extensions()


def _ffmpeg_makes(suffix: str) -> bool:
    """Whether ffmpeg can write this suffix; tried with a movie of two frames."""
    with tempfile.TemporaryDirectory(dir=tempfile.gettempdir()) as folder:
        command = [
            mpl.rcParams["animation.ffmpeg_path"],
            "-v",
            "quiet",
            "-f",
            "lavfi",
            "-i",
            "color=s=16x16:r=25:d=0.08",
        ]
        made = [*command, "-y", os.path.join(folder, f"x{suffix}")]
        return programs.run(made).returncode == 0


def with_writer_for(
    path: Path, arguments: dict[str, Any], *, named: str | None, warn: Callable[[str], None]
) -> dict[str, Any]:
    """Return the arguments of ``Animation.save``, with a writer that can write the suffix of *path*.

    Parameters
    ----------
    path : Path
    arguments : dict
        The arguments that the scene passes to ``Animation.save``.
    named : str or None
        The writer that the command line names instead of the scene's.
    warn : callable
        Called with one line of text if the writer is not the scene's.

    Raises
    ------
    UsageError
        If no writer can write the suffix, or the one that the command line names cannot.
    """
    given = named or arguments.get("writer") or mpl.rcParams["animation.writer"]
    kind, suffix = _kind_of(given), path.suffix.lower()
    with audit.unrecorded():
        if not kind or not suffix or writes(kind, suffix):
            return arguments
        if named:
            raise UsageError(
                f"the writer {named} cannot write {suffix} files: {path}", "omit --writer, or choose another"
            )
        for other in ("ffmpeg", "pillow", "html", "imagemagick"):
            if mpl_animation.writers.is_available(other) and writes(other, suffix):
                break
        else:
            raise UsageError(
                f"no installed movie writer can write {suffix} files: {path}", "use another suffix: .mp4, .gif, .html"
            )
    warn(f"using the writer {other} for {path}: {kind}, set by the script, cannot write {suffix} files")
    carried = {name: value for name, value in arguments.items() if name not in _ONLY_FOR_OWN_WRITER}
    if not isinstance(given, str):
        carried |= {"fps": given.fps, "metadata": given.metadata, "bitrate": given.bitrate}
    return {**carried, "writer": other}


def _kind_of(writer: Any) -> str:
    """Return the kind of a writer that is matplotlib's own; an empty string for any other writer."""
    name = writer if isinstance(writer, str) else mpl_animation.registered_name(writer)
    kind = name.removesuffix("_file")
    return kind if kind in ("ffmpeg", "pillow", "html", "imagemagick") else ""
