"""``incremental_parsave.save``, and the animation classes that use it as their ``.save``."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from ..builder.pipeline import build
from ..builder.session import Request, Session
from ..cache.store import Store
from ..config import cache_folder, project_settings
from ..media.stitcher import Stitcher
from ..model import Movie
from ..mpl import animation as mpl_animation
from ..mpl.state import Generators
from ..mpl.target import resolve
from ..options import HOW, OPTIONS, BuildOptions
from ..processes import own
from ..processes.reporting import Reporter
from ..trust.kernel import running_kernel
from .notebook import build_in_kernel

_ordinals = itertools.count()
_fallback_generators = Generators()


class SaveHandler(Protocol):
    """Handles the saves of this process.  In a scene process, this is the script runner."""

    def save(self, anim: Any, asked: dict[str, Any], changes: dict[str, Any]) -> Movie:
        """Do what `build_for` does, with the options of the command."""


_host: SaveHandler | None = None


def host(hosting: SaveHandler) -> None:
    """Let *hosting* handle the saves of this process."""
    global _host
    _host = hosting


def build_for(
    anim: Any, asked: dict[str, Any], changes: dict[str, Any], cache_dir: str | os.PathLike[str] | None = None
) -> Movie:
    """Build one movie.

    Parameters
    ----------
    anim : matplotlib.animation.Animation
    asked : dict
        The arguments of ``Animation.save``.
    changes : dict
        Values of options, and of other fields of `Request`, that replace the project's settings and the defaults.
    cache_dir : path-like, optional
        The cache folder.
    """
    if _host is not None and (cache_dir is None or not own.is_own_process()):
        return _to_script(_host.save(anim, asked, changes))
    if _host is None:
        own.adopt()
    target = replace(resolve(anim, **asked), ordinal=next(_ordinals))
    _, settings = _project()
    options = BuildOptions({option.name: option.value(None, settings) for option in HOW})
    request = Request(options).with_changes(changes)
    kernel = running_kernel() if _host is None and target.can_build_in_blocks else None
    if kernel is not None:
        return _to_script(build_in_kernel(kernel, target, request, lambda reporter: _session(cache_dir, reporter)))
    session = _session(cache_dir)
    try:
        return _to_script(build(target, request, session))
    except SystemExit as leaving:  # the script's exit status stays, but the user is warned
        where = " ".join(getattr(leaving, "__notes__", ()))
        session.reporter.warn(f"{target.path} was not built: the script exited {where}".rstrip())
        raise
    finally:
        session.store.close()


def _to_script(movie: Movie) -> Movie:
    return replace(movie, path=own.to_script_path(movie.path))


def _session(cache_dir: str | os.PathLike[str] | None, reporter: Reporter | None = None) -> Session:
    """Return the session of a plain script.

    It is not known what the script read before it imported this package.  So inputs
    are not recorded, and blocks are looked up by their frames alone (question 2).
    """
    root, settings = _project()
    reporter = reporter or Reporter()
    store = Store(Path(cache_folder(os.fspath(cache_dir) if cache_dir else None, root, settings)), reporter.warn)
    return Session(store, reporter, None, _fallback_generators)


def _project() -> tuple[str, dict[str, Any]]:
    """Return the folder and the settings of the project that the running script belongs to."""
    script = getattr(sys.modules.get("__main__"), "__file__", None)
    return project_settings(os.path.dirname(script) if script else os.getcwd())


def joined_by(stitcher: Stitcher) -> dict[str, Any]:
    """Return the changes of a `Request` whose blocks *stitcher* joins."""
    return {"stitcher": stitcher.name, "stitcher_args": stitcher.args}


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
    stitcher: str | Stitcher | None = None,
    keep: bool = False,
    frames: tuple[int, int | None] | None = None,
    stepping: str = "auto",
    exact: bool = False,
    inputs: Sequence[str] = (),
) -> Movie:
    """Save an animation; draw and encode only the blocks that would look different.

    Parameters
    ----------
    anim : matplotlib.animation.Animation
    filename, writer, fps, dpi, codec, bitrate, extra_args, metadata, extra_anim, savefig_kwargs
        As for `matplotlib.animation.Animation.save`.
    progress_callback : callable, optional
        Called with the number of each frame and the total, in order, also for
        reused frames.
    jobs : int, optional
        Number of blocks to draw at a time; by default, one per processor.
    block_size : int, optional
        Frames per block; 0 for a single block.
    cache_dir : path-like, optional
        The cache folder; by default ``.iparsave_cache`` beside the nearest
        pyproject.toml, else beside the script.
    stitcher : {"ffmpeg", "mencoder"} or Stitcher, optional
        Joins the segments; by default ffmpeg.
    keep : bool, default: False
        Also leave the segments beside the movie, as ``<stem>-<j>.<ext>``.
    frames : tuple of int, optional
        Build only the frames ``[a, b)``, into ``<stem>-<a>-<b>.<ext>``.
    stepping : {"auto", "sequential", "independent"}
        "sequential" steps all frames in order in one process, so each frame may
        depend on earlier frames.  "auto" does the same.  "independent" is your
        promise that no frame depends on another: each worker steps only its own
        block, which is faster if the animation's function is slow.  The promise is
        checked only where blocks meet: if it is broken there, the movie is built in
        one process.  If it is broken within a block, the movie is wrong.
    exact : bool, default: False
        Record every artist in every frame, even if it has not changed.
    inputs : sequence of str, optional
        Names or patterns (as for `glob`) of files that the frames depend on, but
        whose reads are not recorded, such as files that a program started by the
        scene reads.  Only used if ``iparsave`` runs the script.

    Returns
    -------
    Movie
        The movie; a notebook displays it.

    Raises
    ------
    IparsaveError
        If the movie cannot be built.  An existing movie is kept.
    """
    if block_size is not None and block_size < 0:
        raise ValueError(f"block_size must be positive, or 0 for one block, not {block_size}")
    asked = {
        "filename": filename, "writer": writer, "fps": fps, "dpi": dpi, "codec": codec, "bitrate": bitrate,
        "extra_args": extra_args, "metadata": metadata, "extra_anim": extra_anim,
        "savefig_kwargs": savefig_kwargs, "progress_callback": progress_callback,
    }  # fmt: skip
    changes: dict[str, Any] = _given(jobs=jobs, block_size=block_size, frames=frames, stepping=stepping, exact=exact)
    if stitcher is not None:
        changes |= joined_by(Stitcher(stitcher) if isinstance(stitcher, str) else stitcher)
    if keep:
        changes["keep"] = True
    if inputs:
        changes["inputs"] = tuple(inputs)
    return build_for(anim, asked, changes, cache_dir)


def _given(**options: Any) -> dict[str, Any]:
    """Return those *options* that are not left at the default of `save`; the project's settings decide the others.

    Raises
    ------
    ValueError
        If a value is not one of the option's choices.
    """
    defaults, given = save.__kwdefaults__ or {}, {}
    for name, value in options.items():
        choices = OPTIONS[name].choices
        if choices and value not in choices:
            raise ValueError(f"{name} must be one of {', '.join(choices)}, not {value!r}")
        if value is not None and (defaults[name] is None or value != defaults[name]):
            given[name] = value
    return given


class FuncAnimation(mpl_animation.FuncAnimation):  # type: ignore[misc]
    """A `matplotlib.animation.FuncAnimation` that is saved incrementally: see `save`."""

    save = save


class ArtistAnimation(mpl_animation.ArtistAnimation):  # type: ignore[misc]
    """A `matplotlib.animation.ArtistAnimation` that is saved incrementally: see `save`."""

    save = save
