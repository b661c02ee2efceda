"""A movie that a scene asks for: the resolved arguments of ``Animation.save``."""

from __future__ import annotations

import copy
import math
import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import matplotlib as mpl

from ..errors import FramesError, IparsaveError, WriterNotFoundError
from ..media.encode import Encoding, encoding_for, reads_nothing
from ..media.executables import find_ffmpeg
from ..tracing import audit
from . import animation as mpl_animation

# ffmpeg converts a decimal frame rate to the best fraction whose terms do not exceed this.
_FFMPEG_FRACTION_LIMIT = 1_001_000


@dataclass
class Target:
    """One movie to build, as the scene asked ``Animation.save`` for it.

    Attributes
    ----------
    anim : matplotlib.animation.Animation
    path : Path
        Where the movie is written.
    writer : matplotlib.animation.AbstractMovieWriter
        The writer that the scene passed, or one created from the name that it passed.
    dpi : float or "figure" or None
    extra_anim : list
    savefig_kwargs : dict
    progress_callback : callable or None
    fps : Fraction
    ordinal : int
        The number of this save among the saves of the scene, from 0.
    requested : dict
        *dpi* and *savefig_kwargs* as the scene passed them.
    shown : bool
        Whether the scene only shows the animation in a window and saves nothing.
    """

    anim: Any
    path: Path
    writer: Any
    dpi: Any
    extra_anim: list[Any]
    savefig_kwargs: dict[str, Any]
    progress_callback: Callable[[int, int | None], Any] | None
    fps: Fraction
    ordinal: int = 0
    requested: dict[str, Any] = field(default_factory=dict)
    shown: bool = False

    @property
    def animations(self) -> list[Any]:
        """All animations that are stepped together, starting with *anim*."""
        figure = mpl_animation.figure_of(self.anim)
        return [self.anim, *(a for a in self.extra_anim if mpl_animation.figure_of(a) is figure)]

    @property
    def can_build_in_blocks(self) -> bool:
        """Whether the writer is one of matplotlib's ffmpeg writers, whose movies we can build in blocks."""
        if type(self.writer) is mpl_animation.FFMpegFileWriter:
            return self.writer.frame_format in ("png", "raw", "rgba")
        return type(self.writer) is mpl_animation.FFMpegWriter

    def encoding(self, size: tuple[int, int], *, blocks: int | None, shortest: int, stitcher: str) -> Encoding:
        """Return how the blocks of this movie are encoded; see `encoding_for`."""
        writer = copy.copy(self.writer)  # reading output_args changes the codec for some suffixes
        writer.outfile = str(self.path)
        *options, overwrite, output = writer.output_args
        assert (overwrite, output) == ("-y", str(self.path)), "matplotlib's ffmpeg arguments have a new form"
        return encoding_for(
            size,
            self.fps,
            options,
            self.path.suffix,
            blocks=blocks,
            shortest=shortest,
            stitcher=stitcher,
        )


def reads_only_frames(writer: Any) -> bool:
    """Whether the program that *writer* starts is an ffmpeg that reads nothing but the frames."""
    if type(writer) not in (mpl_animation.FFMpegWriter, mpl_animation.FFMpegFileWriter):
        return False
    codec = writer.codec
    *options, _, _ = writer.output_args  # reading it changes the codec for some suffixes
    # Restore it on the writer itself: a copy of a file writer would delete the folder of frames when it is freed.
    writer.codec = codec
    return reads_nothing(options)


def resolve(
    anim: Any,
    filename: str | os.PathLike[str],
    writer: Any = None,
    fps: float | None = None,
    dpi: Any = None,
    codec: str | None = None,
    bitrate: int | None = None,
    extra_args: Sequence[str] | None = None,
    metadata: dict[str, str] | None = None,
    extra_anim: Sequence[Any] | None = None,
    savefig_kwargs: dict[str, Any] | None = None,
    progress_callback: Callable[[int, int | None], Any] | None = None,
) -> Target:
    """Resolve these arguments as ``Animation.save`` does.

    Raises
    ------
    RuntimeError
        If *writer* is an instance and settings for a new writer are given as well;
        ``Animation.save`` raises the same error.
    WriterNotFoundError
        If there is no writer of that name, or its program is missing.
    FramesError
        If the animation has no end or no frames, or no frame rate can be derived.
    """
    settings = {"codec": codec, "bitrate": bitrate, "extra_args": extra_args, "metadata": metadata}
    settings = {name: value for name, value in settings.items() if value is not None}
    if writer is not None and not isinstance(writer, str) and (settings or fps is not None):
        raise RuntimeError(
            "Passing in values for arguments fps, codec, bitrate, extra_args, or metadata is not supported "
            "when writer is an existing MovieWriter instance. These should instead be passed as arguments "
            "when creating the MovieWriter instance."
        )
    if mpl_animation.is_endless(anim):
        raise FramesError(
            "the animation has no end: frames=None and no save_count",
            "pass frames=N or save_count=N to FuncAnimation",
        )
    if mpl_animation.expected_count(anim) == 0:
        raise FramesError("the animation has no frames", "pass frames=N or a sequence of values")
    interval = mpl_animation.interval_of(anim)
    if fps is None and interval == 0 and not isinstance(writer, mpl_animation.AbstractMovieWriter):
        raise FramesError("no frame rate: interval=0 and no fps", "pass fps, or an interval in milliseconds")
    exact: Fraction | float | None = fps
    if fps is None and interval:
        exact = 1000 / Fraction(interval).limit_denominator(_FFMPEG_FRACTION_LIMIT)
        fps = 1000.0 / interval
    if writer is None:
        writer = mpl.rcParams["animation.writer"]
    if isinstance(writer, str):
        writer = _writer_class(writer)(fps, **settings)
    else:
        exact = getattr(writer, "fps", fps)
    return Target(
        anim=anim,
        path=Path(filename),
        writer=writer,
        dpi=dpi,
        extra_anim=list(extra_anim or ()),
        savefig_kwargs=dict(savefig_kwargs or {}),
        progress_callback=progress_callback,
        fps=exact_rate(exact),
        requested={"dpi": dpi, "savefig_kwargs": savefig_kwargs},
    )


def _writer_class(name: str) -> Any:
    """Return the class of the writer *name*.

    If the writer is unavailable, ``Animation.save`` would fall back to Pillow, which
    does not write what was asked for.  This function raises an error that names
    what is missing.
    """
    try:
        with audit.unrecorded():  # not recorded as inputs: the programs that are found are recorded instead
            configure_ffmpeg_path()
            return mpl_animation.writers[name]
    except ValueError:
        known = ", ".join(mpl_animation.writers.list())
        raise WriterNotFoundError(f"no such movie writer: {name!r}", f"available writers: {known}") from None
    except RuntimeError:
        raise WriterNotFoundError(
            f"the program of the movie writer {name!r} is not installed",
            f"install it, or use one of {', '.join(mpl_animation.writers.list())}",
        ) from None


def configure_ffmpeg_path(option: str | None = None) -> None:
    """Point matplotlib at the ffmpeg that we would use, if it finds none or *option* names one."""
    rc_path = mpl.rcParams["animation.ffmpeg_path"]
    if option or shutil.which(rc_path) is None:
        with suppress(IparsaveError):  # reported once a movie needs ffmpeg
            mpl.rcParams["animation.ffmpeg_path"] = find_ffmpeg(option, rc_path)


def exact_rate(fps: Any) -> Fraction:
    """Return the frame rate *fps* as the fraction to which ffmpeg converts it."""
    if fps is None:
        return Fraction(5)  # matplotlib's default for a writer
    if isinstance(fps, str):
        fps = Fraction(fps)
    if isinstance(fps, float) and not math.isfinite(fps):
        raise FramesError(f"invalid frame rate: {fps}", "use a positive number")
    fraction = Fraction(fps)
    if fraction <= 0:
        raise FramesError(f"invalid frame rate: {fps}", "use a positive number")
    return fraction.limit_denominator(int(_FFMPEG_FRACTION_LIMIT / max(Fraction(1), fraction)) or 1)
