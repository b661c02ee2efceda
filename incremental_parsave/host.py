"""The scene process: runs a user's script, and builds the movies that it saves.

Started by `front` as ``python -m incremental_parsave.host CONFIG``, with the
configuration as JSON.  One Python thread, so that it may fork.
"""

from __future__ import annotations

import inspect
import itertools
import json
import multiprocessing
import os
import sys
import weakref
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .build import Options, Session, build
from .drawing.headless import headless
from .errors import FramesError, IparsaveError, UsageError
from .model import Movie
from .reporting import Reporter
from .saving import host
from .scene import mpl as names
from .scene.inputs import Inputs
from .scene.script import format_user_error, prepare
from .scene.state import Generators
from .scene.target import Target, offer_ffmpeg, resolve
from .scene.terminal import shared_terminal
from .stitch import Stitcher
from .store import Store


@dataclass
class Config:
    """What the front asks for; see the command line's help for the meaning."""

    script: str
    args: list[str]
    events: int
    root: str
    cache: str
    output: str | None = None
    jobs: int = 1
    block_size: int = 50
    frames: tuple[int, int | None] | None = None
    stitcher: str = "ffmpeg"
    stepping: str = "auto"
    force: bool = False
    dry: bool = False
    ffmpeg: str | None = None
    terminal: bool = False
    overrides: dict[str, Any] = field(default_factory=dict)


class Host:
    """Stands between the script and the builds."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._reporter = Reporter(config.events)
        store = Store(Path(config.cache), self._reporter.warn)
        self.inputs = Inputs(Path(config.root), store.root)
        self._session = Session(store, self._reporter, self.inputs, Generators())
        self._options = Options(
            jobs=config.jobs,
            block_size=config.block_size,
            frames=config.frames,
            stitcher=Stitcher(config.stitcher),
            stepping=config.stepping,
            force=config.force,
            dry=config.dry,
            ffmpeg=config.ffmpeg,
        )
        self._ordinals = itertools.count()
        self._saved = 0
        self._animations: list[weakref.ref[Any]] = []
        self._shown: list[Any] = []
        self._namespace: dict[str, Any] = {}

    def run(self) -> None:
        """Run the script; then build the animations that it left unsaved, if it saved none."""
        host(self)
        with ExitStack() as stack:
            if self._config.terminal:
                stack.enter_context(shared_terminal(lambda asking: self._reporter.emit("asking", asking=asking)))
            stack.enter_context(self._listening_to_animations())
            stack.enter_context(headless(self._show))
            offer_ffmpeg(self._config.ffmpeg)
            stack.enter_context(self.inputs.recording())
            code, self._namespace = prepare(self._config.script, self._config.args, self.inputs.add_source)
            try:
                exec(code, self._namespace)
            except SystemExit as leaving:
                if leaving.code not in (None, 0):
                    raise
            if not self._saved:
                self._build_unsaved()

    # -- what the script does ---------------------------------------------

    def _listening_to_animations(self) -> ExitStack:
        """Take the place of ``Animation.save``, and note which animations there are."""
        the_host = self

        def init(anim: Any, *args: Any, **kwargs: Any) -> None:
            the_host._animations.append(weakref.ref(anim))
            names.original_init(anim, *args, **kwargs)

        def save(anim: Any, *args: Any, **kwargs: Any) -> None:
            by_matplotlib = sys._getframe(1).f_globals.get("__name__") == names.Animation.__module__
            if by_matplotlib or multiprocessing.parent_process() is not None:
                names.original_save(anim, *args, **kwargs)  # to_html5_video and the like; the script's children
                return
            asked = inspect.signature(names.original_save).bind(anim, *args, **kwargs).arguments
            asked.pop("self")
            the_host.save(anim, asked, {})

        save.__doc__ = names.original_save.__doc__
        stack = ExitStack()
        names.Animation.__init__, names.Animation.save = init, save
        stack.callback(setattr, names.Animation, "__init__", names.original_init)
        stack.callback(setattr, names.Animation, "save", names.original_save)
        return stack

    def save(self, anim: Any, asked: dict[str, Any], changes: dict[str, Any]) -> Movie:
        """Build the movie that the script asks for, in the way that the command line asks for."""
        ordinal = next(self._ordinals)
        self._saved = ordinal + 1
        asked = {**asked, "filename": self._path(Path(asked["filename"]))}
        return build(self._resolve(anim, asked, ordinal), replace(self._options, **changes), self._session)

    def _resolve(self, anim: Any, asked: dict[str, Any], ordinal: int) -> Target:
        """Resolve what was asked for, with what the command line says instead."""
        over = self._config.overrides
        if "writer" in over:
            asked = {**asked, "writer": over["writer"]}
        if not isinstance(asked.get("writer"), names.AbstractMovieWriter):
            target = resolve(anim, **{**asked, **over})
        else:
            writer = asked["writer"]
            for setting in over.keys() & {"fps", "codec", "bitrate"}:
                setattr(writer, setting, over[setting])
            target = resolve(anim, **{**asked, **{k: v for k, v in over.items() if k == "dpi"}})
        return replace(target, ordinal=ordinal)

    def _path(self, asked: Path) -> Path:
        """Return where the movie goes that the script wants at *asked*."""
        output = self._config.output
        if output is None:
            return asked
        if output.endswith(os.sep) or Path(output).is_dir():
            return Path(output) / asked.name
        if self._saved > 1:
            raise UsageError(f"{self._config.script} saves several movies, and -o names one file", "give -o a folder")
        return Path(output)

    def _show(self) -> None:
        """Keep the animations that a window would now show."""
        self._shown = [anim for anim in (reference() for reference in self._animations) if anim is not None]

    # -- what the script left ---------------------------------------------

    def _build_unsaved(self) -> None:
        left = [anim for anim in (reference() for reference in self._animations) if anim is not None]
        left = [anim for anim in left if names.figure_of(anim) is not None]
        if not left:
            raise FramesError(
                f"{self._config.script} makes no animation",
                "make one with matplotlib.animation and keep it in a variable until the script ends",
            )
        stem = Path(self._config.script).stem
        for number, anim in enumerate(left, 1):
            name = stem if len(left) == 1 else f"{stem}-{self._name_of(anim) or number}"
            self.save(anim, {"filename": f"{name}.mp4"}, {})

    def _name_of(self, anim: Any) -> str | None:
        return next((name for name, value in self._namespace.items() if value is anim and name[0] != "_"), None)


def main() -> int:
    """Run the scene that the first argument describes; return the exit status."""
    config = Config(**json.loads(sys.argv[1]))
    if config.frames is not None:
        config.frames = (config.frames[0], config.frames[1])
    os.set_inheritable(config.events, False)
    try:
        Host(config).run()
    except IparsaveError as error:
        line = _line_of(error, config.script)
        print(f"iparsave: {line}{error}", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        return 130
    except SystemExit as leaving:
        print(f"iparsave: {config.script} ended with status {leaving.code}", file=sys.stderr)
        return 1
    except BaseException as error:  # whatever a scene raises is its own
        print(format_user_error(error), end="", file=sys.stderr)
        return 1
    return 0


def _line_of(error: BaseException, script: str) -> str:
    """Return where in the script *error* arose, for the beginning of a message."""
    path, traceback, line = os.path.abspath(script), error.__traceback__, 0
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == path:
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return f"{script}:{line}: " if line else ""


if __name__ == "__main__":
    sys.exit(main())
