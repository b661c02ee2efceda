"""Run a user's script, and build the movies that it saves."""

from __future__ import annotations

import inspect
import itertools
import multiprocessing
import os
import sys
import time
import weakref
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from ..api.saving import host
from ..blocks.layout import Priorities
from ..builder.pipeline import build, record_whole
from ..builder.session import Request, Session
from ..builder.verify import Verifier
from ..cache.store import Store
from ..drawing.headless import headless
from ..errors import FramesError, UsageError
from ..model import Movie
from ..mpl import animation as mpl_animation
from ..mpl.draft import draft_of
from ..mpl.private import missing_for_saving
from ..mpl.state import Generators
from ..mpl.suffixes import with_writer_for
from ..mpl.target import Target, configure_ffmpeg_path, reads_only_frames, resolve
from ..options import BuildOptions
from ..processes import own
from ..processes.fork import flush_streams
from ..processes.reporting import Reporter
from ..spans import from_here, in_short
from ..tracing import audit
from ..tracing.inputs import Inputs
from .resuming import Copies, run_in_steps
from .script import make_main, read_script
from .terminal import shared_terminal

if TYPE_CHECKING:
    from ..protocol.events import MadeMovie
    from ..protocol.messages import Config


def _request_of(config: Config) -> Request:
    return Request(
        BuildOptions.from_config(config),
        force=config["force"],
        dry=config["dry"],
        priorities=Priorities(config.get("near"), tuple(config.get("changed", ()))),
        number=config.get("number", 0),
    )


def status_of_exit(leaving: SystemExit) -> int:
    """Return the exit status that Python would end with."""
    if leaving.code is None:
        return 0
    return leaving.code & 0xFF if isinstance(leaving.code, int) else 1


class ScriptRunner:
    """Runs the script, and builds the movies that it saves or leaves unsaved.

    Parameters
    ----------
    config : Config
    reporter : Reporter
    inputs : Inputs
        The recorded inputs of this process.
    ended : callable
        Called if the scene ends the process in the middle of a movie.

    Attributes
    ----------
    is_saving : bool
        Whether a movie is being made.
    """

    def __init__(
        self, config: Config, reporter: Reporter, inputs: Inputs, ended: Callable[[SystemExit], NoReturn]
    ) -> None:
        self._config, self._reporter, self._inputs = config, reporter, inputs
        store = Store(Path(config["cache"]), reporter.warn)
        self._session = Session(store, reporter, inputs, Generators())
        self._request = _request_of(config)
        verify = config.get("verify")
        self._verifier = (
            Verifier(self._session, verify["versions"], every=verify["every"]) if verify is not None else None
        )
        self._ordinals = itertools.count()
        self._saved = 0
        self._script_paths: dict[Path, Path] = {}  # the script's own path of each movie, by the path that -o gives it
        self._builds_unsaved = False  # whether unsaved animations are built now
        self._animations: list[weakref.ref[Any]] = []
        self._shown: list[Any] = []
        self._namespace: dict[str, Any] = {}
        self._left: tuple[SystemExit, str] | None = None
        self._ended = ended
        self.is_saving = False
        self._here = os.getcwd()

    @property
    def has_saved(self) -> bool:
        """Whether a movie was made."""
        return self._saved > 0

    @property
    def made(self) -> list[MadeMovie]:
        """The movies that were made, in the form in which the manifest keeps them."""
        return self._session.made

    def run(self) -> None:
        """Run the script; if it saved no movie, build the animations that it left unsaved."""
        host(self)
        with ExitStack() as stack:
            if self._config["terminal"]:
                stack.enter_context(shared_terminal(self._report_asking))
            stack.enter_context(self._intercept_animations())
            stack.enter_context(headless(self._show))
            with audit.unrecorded():
                configure_ffmpeg_path(self._request.options.ffmpeg)
            try:
                self._execute(self._config["script"])
            except SystemExit as leaving:
                if status_of_exit(leaving) or self.where_left(leaving):
                    raise
            if not self._saved and own.is_own_process():
                self._build_unsaved()

    def close(self) -> None:
        """Leave nothing behind except the movies and the cache."""
        with audit.unrecorded():
            self._session.store.close()

    def _execute(self, script: str) -> None:
        """Run the statements of the script."""
        address = self._config.get("copies")
        if address is not None:
            self._namespace = make_main(script, self._config["args"])
            copies = Copies(address, script, self._reporter, self._inputs, self._woken, lambda: self._saved > 0)
            run_in_steps(script, self._namespace, copies)
            return
        with audit.unrecorded():  # recorded by its syntax tree below, not by its bytes
            source, signed = read_script(script)
        self._inputs.add_source(script, source, signed)
        code = compile(source, os.path.abspath(script), "exec", dont_inherit=True)
        self._namespace = make_main(script, self._config["args"])
        self._inputs.watch_folders_named_in(code, script)
        exec(code, self._namespace)

    def _report_asking(self, asking: bool) -> None:
        self._reporter.emit({"event": "asking", "asking": asking})

    def _woken(self, config: Config) -> None:
        """Continue in a copy that was woken, with the options of *config*."""
        mine = self._config
        self._config = {**config, "events": mine["events"], "lifeline": mine["lifeline"], "copies": mine.get("copies")}
        self._request = _request_of(self._config)

    # -- what the script does ---------------------------------------------

    def _intercept_animations(self) -> ExitStack:
        """Replace ``Animation.save``; keep track of the animations, and of what other writers write."""
        runner = self

        def init(anim: Any, *args: Any, **kwargs: Any) -> None:
            runner._animations.append(weakref.ref(anim))
            mpl_animation.original_init(anim, *args, **kwargs)

        def save(anim: Any, *args: Any, **kwargs: Any) -> None:
            by_matplotlib = sys._getframe(1).f_globals.get("__name__") == mpl_animation.Animation.__module__
            if by_matplotlib or multiprocessing.parent_process() is not None or not own.is_own_process():
                mpl_animation.original_save(
                    anim, *args, **kwargs
                )  # to_html5_video, for example, or a child of the script
                return
            asked = inspect.signature(mpl_animation.original_save).bind(anim, *args, **kwargs).arguments
            asked.pop("self")
            runner.save(anim, asked, {})

        def start(writer: Any) -> None:
            outfile = os.path.abspath(os.fspath(writer.outfile))
            runner._inputs.made.began(outfile)
            runner._inputs.made.touched(outfile)
            if runner.is_saving or not reads_only_frames(writer):
                mpl_animation.original_start(writer)
                return
            runner._inputs.use_programs(writer.bin_path())
            with audit.unrecorded():  # ffmpeg reads only the frames, and writes only that file
                mpl_animation.original_start(writer)

        save.__doc__ = mpl_animation.original_save.__doc__
        stack = ExitStack()
        stack.callback(mpl_animation.intercept_starts(start))
        mpl_animation.Animation.__init__, mpl_animation.Animation.save = init, save
        stack.callback(setattr, mpl_animation.Animation, "__init__", mpl_animation.original_init)
        stack.callback(setattr, mpl_animation.Animation, "save", mpl_animation.original_save)
        return stack

    def save(self, anim: Any, asked: dict[str, Any], changes: dict[str, Any]) -> Movie:
        """Build the movie that the script saves, with the options of the command line."""
        if not own.is_own_process():  # a child that the script forked behaves as in plain Python
            mpl_animation.original_save(anim, **asked)
            frames = mpl_animation.expected_count(anim) or 0
            return Movie(Path(asked["filename"]), frames, (0,), (), up_to_date=False, seconds=0.0, way="matplotlib")
        ordinal = next(self._ordinals)
        self._saved = ordinal + 1
        with audit.unrecorded():
            asked = {**asked, "filename": self._path(Path(asked["filename"]))}
        if name := missing_for_saving():
            return self._save_by_matplotlib(anim, asked, f"matplotlib has no {name}")
        target, request = self._resolve(anim, asked, ordinal), self._request.with_changes(changes)
        self.is_saving = True
        try:
            if self._verifier is not None:
                return self._verifier.verify(target, request)
            return build(target, request, self._session)
        except SystemExit as leaving:
            self._left = leaving, " ".join(getattr(leaving, "__notes__", ())) or f"while saving {target.path}"
            if isinstance(leaving, own.ScriptExited) and own.is_own_process():
                self._ended(leaving)
            raise
        finally:
            self.is_saving = False

    def _save_by_matplotlib(self, anim: Any, asked: dict[str, Any], why: str) -> Movie:
        """Let ``Animation.save`` itself write the movie, for the reason *why*."""
        path, callback, frames = asked["filename"], asked.get("progress_callback"), 0
        self._reporter.warn(f"{path} is written whole by Animation.save: {why}")

        def count(number: int, total: int | None) -> None:
            nonlocal frames
            frames += 1
            if callback is not None:
                callback(number, total)

        started = time.monotonic()
        mpl_animation.original_save(anim, **{**asked, **self._config["overrides"], "progress_callback": count})
        return record_whole(path, frames, time.monotonic() - started, why, self._session)

    def where_left(self, leaving: BaseException | None) -> str:
        """Return where in a movie *leaving*, or an exception in its context, ended the scene; empty if in none."""
        while leaving is not None:
            if self._left is not None and leaving is self._left[0]:
                return self._left[1]
            leaving = leaving.__context__
        return ""

    def _resolve(self, anim: Any, asked: dict[str, Any], ordinal: int) -> Target:
        """Return the target for the arguments of ``save``, with the overrides of the command line."""
        over = self._config["overrides"]
        if self._names_a_file() or "writer" in over:
            asked = with_writer_for(asked["filename"], asked, named=over.get("writer"), warn=self._reporter.warn)
        if "writer" in over:
            asked = {**asked, "writer": over["writer"]}
        if not isinstance(asked.get("writer"), mpl_animation.AbstractMovieWriter):
            target = resolve(anim, **{**asked, **over})
        else:
            writer = asked["writer"]
            for setting in over.keys() & {"fps", "codec", "bitrate"}:
                setattr(writer, setting, over[setting])
            target = resolve(anim, **{**asked, **{k: v for k, v in over.items() if k == "dpi"}})
        target = replace(target, ordinal=ordinal, shown=self._builds_unsaved)
        folder = self._config.get("draft")
        return draft_of(target, folder) if folder is not None else target

    def _path(self, asked: Path) -> Path:
        """Return the path for the movie that the script saves at *asked*."""
        output = self._request.options.output
        if output is None:
            return asked
        place = Path(output) if self._names_a_file() else Path(output, asked.name)
        first = self._script_paths.setdefault(place.absolute(), asked.absolute())
        if first != asked.absolute():  # equal paths are allowed: the later movie replaces the earlier, as in Python
            both = [os.path.relpath(each) for each in (first, asked)]
            raise UsageError(
                f"{self._config['script']} saves {' and '.join(both)}, but -o {output} writes both to {place}: "
                f"{both[0]} was written, {both[1]} was not",
                "pass a folder to -o" if self._names_a_file() else "omit -o, or give the movies different names",
            )
        return place

    def _names_a_file(self) -> bool:
        """Whether ``-o`` names the movie itself, not a folder for it."""
        output = self._request.options.output
        with audit.unrecorded():
            return output is not None and not (output.endswith(os.sep) or Path(output).is_dir())

    def _show(self) -> None:
        """Note the animations that a window would show now, and keep them alive."""
        self._shown = [anim for anim in (reference() for reference in self._animations) if anim is not None]

    # -- animations that the script left unsaved --------------------------

    def _build_unsaved(self) -> None:
        left = [anim for anim in (reference() for reference in self._animations) if anim is not None]
        left = [anim for anim in left if mpl_animation.figure_of(anim) is not None]
        if not left:
            return self.report_files()
        if len(left) > 1 and self._names_a_file():
            script, output = self._config["script"], self._request.options.output
            raise UsageError(
                f"{script} creates {len(left)} animations, but -o {output} is one file", "pass a folder to -o"
            )
        self._builds_unsaved = True
        stem = Path(self._config["script"]).stem
        for number, anim in enumerate(left, 1):
            name = stem if len(left) == 1 else f"{stem}-{self._name_of(anim) or number}"
            self.save(anim, {"filename": f"{name}.mp4"}, {})

    def report_files(self) -> None:
        """Report the files that a script without animations has written.

        Raises
        ------
        FramesError
            If it has written nothing.
        UsageError
            If an option was given that makes sense only for a movie.
        """
        config, files = self._config, [from_here(path, self._here) for path in self._inputs.written()]
        if not files and not self._inputs.foreign:
            raise FramesError(
                f"{config['script']} creates no animation",
                "create one with matplotlib.animation and keep it in a variable until the script ends",
            )
        wrote = f" (it wrote {in_short(files)})" if files else ""
        if self._names_a_file():
            raise UsageError(
                f"{config['script']} saves no animation, so -o {self._request.options.output} has no effect{wrote}",
                "omit -o",
            )
        if self._request.options.frames is not None:
            raise UsageError(
                f"{config['script']} saves no animation, so --frames has no effect{wrote}", "omit --frames"
            )
        if config["overrides"]:
            options = ", ".join(f"--{name}" for name in config["overrides"])
            self._reporter.warn(f"{config['script']} saves no animation, so {options} has no effect")
        flush_streams()  # so that the event comes after the script's output
        self._reporter.emit({"event": "files", "script": config["script"], "files": files, "up_to_date": False})

    def _name_of(self, anim: Any) -> str | None:
        return next((name for name, value in self._namespace.items() if value is anim and name[0] != "_"), None)
