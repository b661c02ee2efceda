"""Drafts: smaller versions of a movie, encoded quickly, for a first look.

A draft differs from the movie in frame size and encoder options, so its blocks have keys of their own.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path

import matplotlib as mpl

from . import animation as mpl_animation
from .target import Target

_SMALLER = 2
_X264 = ("h264", "libx264")


def draft_of(target: Target, folder: str) -> Target:
    """Return the target of the draft of *target*, written into *folder*."""
    path = Path(folder) / (target.path.name if target.path.is_absolute() else target.path)
    path.parent.mkdir(parents=True, exist_ok=True)
    return replace(target, path=path, dpi=_fewer_dots(target), writer=_quick(target))


def _fewer_dots(target: Target) -> float:
    """Return half the dpi if both dimensions of a frame are then even, as codecs require; else the full dpi."""
    figure = mpl_animation.figure_of(target.anim)
    dpi = mpl.rcParams["savefig.dpi"] if target.dpi is None else target.dpi
    dots = float(figure.dpi if dpi == "figure" else dpi)
    pairs = [inches * dots / _SMALLER / 2 for inches in figure.get_size_inches()]
    return dots / _SMALLER if all(abs(pair - round(pair)) < 1e-6 for pair in pairs) else dots


def _quick(target: Target) -> object:
    """Return a copy of the writer that uses the fastest preset of x264."""
    writer = copy.copy(target.writer)
    codec = getattr(writer, "codec", None)
    args = list(getattr(writer, "extra_args", None) or ())
    if target.can_build_in_blocks and codec in _X264 and "-preset" not in args:
        writer.extra_args = [*args, "-preset", "ultrafast"]
    return writer
