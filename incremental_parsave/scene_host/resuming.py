"""Run a script so that, after an edit, it need not run again from its beginning.

The statements of the script run one by one.  After each stretch that took a while, the
process leaves a sleeping copy of itself behind, in the state between two statements.
If an edit changes only later statements, that copy continues with the new ones.
"""

from __future__ import annotations

import base64
import importlib
import os
import threading
import time
import types
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..errors import UsageError
from ..keys.statements import Statement, common, compiled, move, names_imported, split
from ..processes.reporting import Reporter
from ..processes.sleeping import leave_behind, sleep
from ..tracing import audit
from ..tracing.inputs import Inputs
from ..trust.doubts import shared_with_fork
from .script import read_script

if TYPE_CHECKING:
    from ..protocol.messages import Asleep, Config, Orders

_LONG = 0.04  # seconds; a copy costs a tenth of that, and the user would notice such a delay


class Outdated(Exception):
    """A copy was woken for a script that does not begin with the statements that the copy has run."""


class Copies:
    """Leaves sleeping copies of this process.

    Parameters
    ----------
    address : str
        Address of the watch, which wakes the copies.
    script : str
    reporter : Reporter
    inputs : Inputs
    woken : callable
        Called in a copy that continues, with the `Config` of the new build.
    has_saved : callable
        Returns whether a movie was made.  From then on no copy is left, since the next build
        may ask for the movie in another way.
    """

    def __init__(
        self,
        address: str,
        script: str,
        reporter: Reporter,
        inputs: Inputs,
        woken: Callable[[Config], None],
        has_saved: Callable[[], bool],
    ) -> None:
        self._address, self._script, self._reporter = address, script, reporter
        self._inputs, self._woken, self._has_saved = inputs, woken, has_saved
        self._since = time.monotonic()

    def first(self) -> bytes:
        """Sleep before the first statement; in each process that is woken, return the source to run."""
        with audit.unrecorded():
            self._inputs.pause()
            about: Asleep = {"digests": [], "seconds": 0.0, "pid": os.getpid()}
            return self._go_on(*sleep(self._address, about, self._moved, self._reporter.hang_up))

    def will_run(self, codes: list[types.CodeType]) -> None:
        """Watch the folders in which the statements to come may find data."""
        for code in codes:
            self._inputs.watch_folders_named_in(code, self._script)

    def leave(self, done: list[str]) -> bytes | None:
        """Leave a copy, if that is worth its cost.

        Parameters
        ----------
        done : list of str
            Digests of the statements that have run.

        Returns
        -------
        bytes or None
            In a copy that was woken, the source to continue with; in this process, None.
        """
        seconds = time.monotonic() - self._since
        if seconds < _LONG or self._has_saved():
            return None
        with audit.unrecorded():
            # What the copy would share with another process may have changed by the time it is woken.
            if threading.active_count() > 1 or shared_with_fork():
                return None
            if not self._inputs.pause():
                return None
            about: Asleep = {"digests": done, "seconds": round(seconds, 3), "pid": os.getpid()}
            orders = leave_behind(self._address, about, self._moved, self._reporter.hang_up)
            if orders is None:
                self._begin()
                return None
            return self._go_on(*orders)

    def _moved(self) -> str:
        return self._inputs.moved(self._script)

    def _go_on(self, orders: Orders, descriptor: int) -> bytes:
        self._reporter.call(descriptor)
        source = base64.b64decode(orders["source"])
        signed = orders["signature"]
        self._inputs.go_on(self._script, source, tuple(signed) if signed else None)
        self._woken(orders["config"])
        self._begin()
        return source

    def _begin(self) -> None:
        self._reporter.emit({"event": "running", "pid": os.getpid()})
        self._since = time.monotonic()


def run_in_steps(script: str, namespace: dict[str, Any], copies: Copies) -> None:
    """Run *script* in *namespace*, statement by statement; *copies* leaves copies between statements."""
    path = os.path.abspath(script)
    _import_pyplot_for(script)
    source: bytes | None = copies.first()
    statements: list[Statement] = []
    codes: list[types.CodeType] = []
    at = 0
    while True:
        if source is not None:
            now, new = compiled(source, path)
            if common([each.digest for each in statements[:at]], [each.digest for each in now]) < at:
                raise Outdated(script)
            copies.will_run(new)
            move(codes[:at], new[:at])
            statements, codes = now, new
        if at == len(codes):
            return
        exec(codes[at], namespace)
        at += 1
        source = copies.leave([each.digest for each in statements[:at]]) if at < len(codes) else None


def _import_pyplot_for(script: str) -> None:
    """Import pyplot before the first copy sleeps, if the script imports it: that takes a third of a second.

    A run of such a script reads pyplot's files in any case, so this adds no inputs.
    """
    with audit.unrecorded():
        try:
            source, _ = read_script(script)
            imported = names_imported(split(source))
        except (UsageError, SyntaxError, ValueError):
            return
    if "matplotlib.pyplot" in imported:
        importlib.import_module("matplotlib.pyplot")
