"""``incremental_parsave.save``, and the animations whose ``.save`` it is."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from .build import Options, Session, build
from .config import cache_folder, default_jobs, project_settings
from .errors import UsageError
from .model import Movie
from .plan import BLOCK_SIZE
from .reporting import Reporter
from .scene import mpl as names
from .scene.state import Generators
from .scene.target import resolve
from .stitch import Stitcher
from .store import Store

_ordinals = itertools.count()
_hosting: Session | None = None
_fallback_generators = Generators()


def host(session: Session) -> None:
    """Let the saves of this process belong to *session*."""
    global _hosting
    _hosting = session


def session_for(cache_dir: str | os.PathLike[str] | None) -> Session:
    """Return the session that a save belongs to.

    In a plain script, what was read before this package was imported is not
    known, so there is no record of inputs and question 2 decides.
    """
    if _hosting is not None and cache_dir is None:
        return _hosting
    script = getattr(sys.modules.get("__main__"), "__file__", None)
    root, settings = project_settings(Path(script).parent if script else Path.cwd())
    reporter = Reporter()
    store = Store(cache_folder(cache_dir, root, settings), reporter.warn)
    return Session(store, reporter, None, _fallback_generators)


def save(
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
    *,
    progress_callback: Callable[[int, int | None], Any] | None = None,
    jobs: int | None = None,
    block_size: int | None = None,
    cache_dir: str | os.PathLike[str] | None = None,
    stitcher: str | Stitcher = "ffmpeg",
    keep: bool = False,
    frames: tuple[int, int | None] | None = None,
    stepping: str = "auto",
) -> Movie:
    """Save an animation, drawing and encoding only the blocks that would look different.

    Parameters
    ----------
    anim : matplotlib.animation.Animation
    filename, writer, fps, dpi, codec, bitrate, extra_args, metadata, extra_anim, savefig_kwargs
        As for `matplotlib.animation.Animation.save`.
    progress_callback : callable, optional
        Called with the number of each frame and the total, in order, for
        reused frames too.
    jobs : int, optional
        How many blocks to draw at a time; by default one a processor.
    block_size : int, optional
        Frames a block; 0 for one block.
    cache_dir : path-like, optional
        The store; by default ``.iparsave_cache`` beside the nearest
        pyproject.toml, else beside the script.
    stitcher : {"ffmpeg", "mencoder"} or Stitcher
        What joins the segments.
    keep : bool, default: False
        Leave the segments beside the movie, as ``<stem>-<j>.<ext>``.
    frames : tuple of int, optional
        Make the frames ``[a, b)`` alone, into ``<stem>-<a>-<b>.<ext>``.
    stepping : {"auto", "sequential"}
        How the animation is stepped; today always in order, in one process.

    Returns
    -------
    Movie
        What was made; shows itself in a notebook.

    Raises
    ------
    IparsaveError
        If the movie cannot be built.  One that was there is kept.
    """
    if stepping not in STEPPINGS:
        raise ValueError(f"stepping is one of {', '.join(STEPPINGS)}, not {stepping!r}")
    target = resolve(
        anim, filename, writer, fps, dpi, codec, bitrate, extra_args, metadata, extra_anim, savefig_kwargs,
        progress_callback,
    )  # fmt: skip
    target.ordinal = next(_ordinals)
    options = Options(
        jobs=default_jobs() if jobs is None else jobs,
        block_size=BLOCK_SIZE if block_size is None else check_block_size(block_size),
        frames=frames,
        stitcher=Stitcher(stitcher) if isinstance(stitcher, str) else stitcher,
        keep=keep,
    )
    return build(target, options, session_for(cache_dir))


STEPPINGS = ("auto", "sequential")


def check_block_size(size: int) -> int:
    """Return *size* if it is a number of frames, or 0 for one block."""
    if size < 0:
        raise UsageError(f"a block of {size} frames is none", "give a positive number, or 0 for one block")
    return size


class FuncAnimation(names.FuncAnimation):  # type: ignore[misc]
    """`matplotlib.animation.FuncAnimation`, saved incrementally: see `save`."""

    save = save


class ArtistAnimation(names.ArtistAnimation):  # type: ignore[misc]
    """`matplotlib.animation.ArtistAnimation`, saved incrementally: see `save`."""

    save = save
