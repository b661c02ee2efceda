"""The scene process: records what it reads from its first moment on, and runs a script.

Started by `front` as ``python -m incremental_parsave.scene_host.child_main CONFIG``, with
the configuration as JSON.  One Python thread, so that it may fork.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import inspect
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, NoReturn

from ..cache import records
from ..errors import IparsaveError
from ..keys.files import Signature
from ..keys.surroundings import surroundings
from ..processes import lifeline, own
from ..processes.reporting import Reporter
from ..processes.signals import raised, status_of
from ..protocol.lines import read_all
from ..tracing.inputs import Inputs
from ..tracing.opens import folders_named
from ..tracing.sensors import record
from ..tracing.threads import strangers

if TYPE_CHECKING:
    from ..protocol.messages import Config
    from .script_runner import ScriptRunner


class Run:
    """One run of a scene, from the first moment of its process to the last.

    Parameters
    ----------
    config : Config
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        lifeline.hang_on(config["lifeline"])
        events = config["events"]
        if events is not None:
            os.set_inheritable(events, False)
        self._reporter = Reporter(events)
        self._around = surroundings()
        self._inputs = Inputs(config["root"], config["cache"], _digests_in(config["manifest"]))
        self._inputs.declare(config["inputs"], config["root"])
        self._host: ScriptRunner | None = None  # when the script has run to its end
        self._running: ScriptRunner | None = None
        atexit.register(self._tell)  # the first to be registered is the last to be called
        record(self._inputs)
        if os.path.islink(config["script"]):
            self._inputs.add("link", os.path.abspath(config["script"]))
        here = os.getcwd()
        self._inputs.watch([config["root"], here, os.path.dirname(os.path.abspath(config["script"]))])
        self._inputs.watch(folders_named(config["args"], (here,)))

    def run(self) -> int:
        """Run the script; return the exit status."""
        gc.disable()
        with _docstrings_cleaned_once():
            from .script_runner import ScriptRunner

        own.stand_apart(self._ends_at_once)
        # Of the libraries nothing is ever collected: to go through their objects, once they are imported and when
        # the process ends, takes 0.1 s.
        gc.freeze()
        gc.enable()
        host = self._running = ScriptRunner(self._config, self._reporter, self._inputs, self._left)
        script = self._config["script"]
        try:
            host.run()
        except BaseException as error:
            if not own.is_own_process():
                raise  # a child that the script has forked ends as python would
            return self._failed(error, script)
        finally:
            host.close()
        self._host = host
        return 0

    def _failed(self, error: BaseException, script: str) -> int:
        """Say why the run has failed; return the exit status."""
        from ..protocol.tracebacks import format_user_error

        if isinstance(error, IparsaveError):
            self._say(f"error: {_line_of(error, script)}{error}\n")
            return error.exit_status
        if isinstance(error, KeyboardInterrupt):
            return status_of(error)
        if isinstance(error, SystemExit):
            return self._say_left(error)
        self._say(format_user_error(error))  # whatever a scene raises is its own
        return 1

    def _say_left(self, leaving: SystemExit) -> int:
        """Say that the scene has ended by itself, and where; return the exit status."""
        from .script_runner import status_of_exit

        assert self._running is not None
        at_once, where = isinstance(leaving, own.EndedAtOnce), self._running.where_left(leaving)
        if isinstance(leaving.code, str):
            self._say(leaving.code + "\n")
        call = f"{'os._exit' if at_once else 'sys.exit'}({leaving.code!r})"
        how = f"called {call} {where} (finished blocks are kept)" if where else f"exited with status {leaving.code}"
        self._say(f"error: {self._config['script']} {how}\n")
        return status_of_exit(leaving) or 1

    def _left(self, leaving: SystemExit) -> NoReturn:
        """End the process, which the scene has ended in the middle of a movie."""
        own.end(self._say_left(leaving))

    def _ends_at_once(self, status: int) -> None:
        """The scene calls ``os._exit``."""
        if self._running is None:
            return
        if self._running.is_saving:
            own.ended_at_once(status)
        script = self._config["script"]
        if status & 0xFF:
            self._host = None
            self._say(f"error: {script} exited with status {status} (os._exit)\n")
            return
        if self._host is None and not self._running.has_saved:
            try:
                self._running.tell_of_files()
            except IparsaveError as error:
                self._say(f"error: {error}\n")
                own.end(error.exit_status)
        self._host = self._running
        self._tell()

    def _say(self, why: str) -> None:
        """Say why the run has failed."""
        if self._reporter.is_heard:
            self._reporter.emit({"event": "failed", "text": why})
        else:
            print(why, end="", file=sys.__stderr__)

    def _tell(self) -> None:
        """Tell the front all that was read and changed, when everything else is over."""
        if not own.is_own_process():
            return
        if self._host is None and not self._config.get("watched"):
            return
        if strangers():
            self._inputs.be_blind("the script left threads running")
        reads = self._inputs.rows()
        if self._host is None:
            self._reporter.emit({"event": "read", "reads": reads})  # a change of these may mend it
            return
        self._reporter.emit(
            {
                "event": "ran",
                "blind": self._inputs.blind,
                "around": self._around,
                "reads": reads,
                "changes": self._inputs.changes(),
                "targets": self._host.made,
            }
        )


@contextlib.contextmanager
def _docstrings_cleaned_once() -> Iterator[None]:
    """Let `inspect.cleandoc` remember, while matplotlib is imported.

    Of each of its hundred classes of artists, it looks through the docstrings of all setters, the inherited ones
    too: the same few hundred, thirteen times over, in a tenth of the import's time.
    """
    original = inspect.cleandoc
    inspect.cleandoc = functools.cache(original)
    try:
        yield
    finally:
        inspect.cleandoc = original


def _digests_in(manifest: str) -> dict[Signature, str]:
    """Return the digests of the files that the last such run read, by their signatures: large ones cost time."""
    body = records.read(manifest)
    rows = body["reads"] if body is not None else ()
    return {tuple(signed): digest for kind, _, digest, signed, _ in rows if kind == "file" and signed}


def _line_of(error: BaseException, script: str) -> str:
    """Return where in the script *error* arose, for the beginning of a message."""
    path, traceback, line = os.path.abspath(script), error.__traceback__, 0
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == path:
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return f"{script}:{line}: " if line else ""


def main() -> int:
    """Run the scene that the first argument describes; return the exit status."""
    with raised():
        return Run(read_all(sys.argv[1].encode())[0]).run()


if __name__ == "__main__":
    sys.exit(main())
