"""The scene process: records what it reads from its first moment on, and runs a script.

The supervisor starts it as ``python -m incremental_parsave.scene_host.child_main CONFIG``,
where CONFIG is a `protocol.messages.Config` as JSON.  It has one Python thread, so that it may fork.
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
from ..tracing.threads import unknown_threads

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
        lifeline.join_lifeline(config["lifeline"])
        events = config["events"]
        if events is not None:
            os.set_inheritable(events, False)
        self._reporter = Reporter(events)
        self._around = surroundings()
        self._inputs = Inputs(config["root"], config["cache"], _digests_in(config["manifest"]))
        self._inputs.declare(config["inputs"], config["root"])
        self._host: ScriptRunner | None = None  # set once the script has run to its end
        self._running: ScriptRunner | None = None
        atexit.register(self._send_report)  # registered first, so called last
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

        own.protect_process(self._handle_os_exit)
        # The libraries' objects never become garbage.  Scanning them in a collection after the imports, and again
        # when the process ends, takes 0.1 s.
        gc.freeze()
        gc.enable()
        host = self._running = ScriptRunner(self._config, self._reporter, self._inputs, self._end_during_movie)
        script = self._config["script"]
        try:
            host.run()
        except BaseException as error:
            if not own.is_own_process():
                raise  # a child that the script forked ends as in plain Python
            return self._failed(error, script)
        finally:
            host.close()
        self._host = host
        return 0

    def _failed(self, error: BaseException, script: str) -> int:
        """Report why the run has failed; return the exit status."""
        from ..protocol.tracebacks import format_user_error

        if isinstance(error, IparsaveError):
            self._report_failure(f"error: {_line_of(error, script)}{error}\n")
            return error.exit_status
        if isinstance(error, KeyboardInterrupt):
            return status_of(error)
        if isinstance(error, SystemExit):
            return self._report_exit(error)
        self._report_failure(format_user_error(error))  # any other exception is the scene's own
        return 1

    def _report_exit(self, leaving: SystemExit) -> int:
        """Report that the scene ended itself, and where; return the exit status."""
        from .script_runner import status_of_exit

        assert self._running is not None
        at_once, where = isinstance(leaving, own.ScriptExited), self._running.where_left(leaving)
        if isinstance(leaving.code, str):
            self._report_failure(leaving.code + "\n")
        call = f"{'os._exit' if at_once else 'sys.exit'}({leaving.code!r})"
        how = f"called {call} {where} (finished blocks are kept)" if where else f"exited with status {leaving.code}"
        self._report_failure(f"error: {self._config['script']} {how}\n")
        return status_of_exit(leaving) or 1

    def _end_during_movie(self, leaving: SystemExit) -> NoReturn:
        """End the process because the scene called for its exit while a movie was being made."""
        own.end(self._report_exit(leaving))

    def _handle_os_exit(self, status: int) -> None:
        """Handle a call of ``os._exit`` by the scene."""
        if self._running is None:
            return
        if self._running.is_saving:
            own.raise_exit(status)
        script = self._config["script"]
        if status & 0xFF:
            self._host = None
            self._report_failure(f"error: {script} exited with status {status} (os._exit)\n")
            return
        if self._host is None and not self._running.has_saved:
            try:
                self._running.report_files()
            except IparsaveError as error:
                self._report_failure(f"error: {error}\n")
                own.end(error.exit_status)
        self._host = self._running
        self._send_report()

    def _report_failure(self, why: str) -> None:
        """Report a failure with the text *why*."""
        if self._reporter.has_listener:
            self._reporter.emit({"event": "failed", "text": why})
        else:
            print(why, end="", file=sys.__stderr__)

    def _send_report(self) -> None:
        """Send the supervisor everything that was read and changed, after everything else is over."""
        if not own.is_own_process():
            return
        if self._host is None and not self._config.get("watched"):
            return
        if unknown_threads():
            self._inputs.mark_untracked("the script left threads running")
        reads = self._inputs.rows()
        if self._host is None:
            self._reporter.emit({"event": "read", "reads": reads})  # a change of one of these files may fix the script
            return
        self._reporter.emit(
            {
                "event": "ran",
                "untracked": self._inputs.untracked,
                "around": self._around,
                "reads": reads,
                "changes": self._inputs.changes(),
                "targets": self._host.made,
            }
        )


@contextlib.contextmanager
def _docstrings_cleaned_once() -> Iterator[None]:
    """Cache the results of `inspect.cleandoc` while matplotlib is imported.

    For each of its hundred artist classes, matplotlib reads the docstrings of all setters, including inherited
    ones.  It cleans the same few hundred docstrings thirteen times, which is a tenth of the import's time.
    """
    original = inspect.cleandoc
    inspect.cleandoc = functools.cache(original)
    try:
        yield
    finally:
        inspect.cleandoc = original


def _digests_in(manifest: str) -> dict[Signature, str]:
    """Return the file digests in the last manifest, by signature, so that unchanged files are not digested again."""
    body = records.read(manifest)
    rows = body["reads"] if body is not None else ()
    return {tuple(signed): digest for kind, _, digest, signed, _ in rows if kind == "file" and signed}


def _line_of(error: BaseException, script: str) -> str:
    """Return ``SCRIPT:LINE: `` for the script line at which *error* was raised; empty if there is none."""
    path, traceback, line = os.path.abspath(script), error.__traceback__, 0
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == path:
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return f"{script}:{line}: " if line else ""


def main() -> int:
    """Run the scene that the first argument configures; return the exit status."""
    with raised():
        return Run(read_all(sys.argv[1].encode())[0]).run()


if __name__ == "__main__":
    sys.exit(main())
