"""A movie made quickly, to look at: smaller, and encoded with less care.

Its size and its options are others, so its blocks have keys of their own.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path

import matplotlib as mpl

from . import animation as names
from .target import Target

_SMALLER = 2
_X264 = ("h264", "libx264")


def draft_of(target: Target, folder: str) -> Target:
    """Return the draft of *target*, which goes into *folder*."""
    path = Path(folder) / (target.path.name if target.path.is_absolute() else target.path)
    path.parent.mkdir(parents=True, exist_ok=True)
    return replace(target, path=path, dpi=_fewer_dots(target), writer=_quick(target))


def _fewer_dots(target: Target) -> float:
    """Return half of the resolution, if frames of half the size have whole pixels, in pairs, as codecs want them."""
    figure = names.figure_of(target.anim)
    dpi = mpl.rcParams["savefig.dpi"] if target.dpi is None else target.dpi
    dots = float(figure.dpi if dpi == "figure" else dpi)
    pairs = [inches * dots / _SMALLER / 2 for inches in figure.get_size_inches()]
    return dots / _SMALLER if all(abs(pair - round(pair)) < 1e-6 for pair in pairs) else dots


def _quick(target: Target) -> object:
    """Return a writer of the same settings that has x264 take the quickest way."""
    writer = copy.copy(target.writer)
    codec = getattr(writer, "codec", None)
    args = list(getattr(writer, "extra_args", None) or ())
    if target.by_ffmpeg and codec in _X264 and "-preset" not in args:
        writer.extra_args = [*args, "-preset", "ultrafast"]
    return writer
