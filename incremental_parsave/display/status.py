"""Output of a build: a progress line on a terminal, plain lines elsewhere, or JSON."""

from __future__ import annotations

import json
import sys
import time

from ..cache.records import CACHE_MESSAGE_PREFIX
from ..spans import in_short
from .words import block_line, explanation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

    from ..protocol.events import Event, Files, Plan, Printed, TargetDone

QUIET, NORMAL, VERBOSE, EXPLAINING = range(4)
_SILENT_SECONDS = 10.0  # after this time without an event, the progress line reports the delay


def print_json(message: Event | Printed) -> None:
    """Print *message* as one line of JSON."""
    print(json.dumps(message), flush=True)


class Status:
    """Shows the events of one scene.

    Parameters
    ----------
    script : str
    json_lines : bool
        Print events as JSON on standard output.
    loudness : int
        `QUIET` for errors only, `NORMAL`, `VERBOSE` for a line per block, or
        `EXPLAINING` for everything that is known.
    dry : bool
        Whether this is a dry run; messages then state what would be rendered.

    Attributes
    ----------
    warned_about_cache : bool
        Whether the user was warned that the cache cannot be used, in part or in whole.
    """

    PRINTED: tuple[str, ...] = ("plan", "block", "target", "files")
    """Names of the events that are printed as JSON."""

    def __init__(self, script: str, loudness: int, *, json_lines: bool, dry: bool) -> None:
        self._script, self._loudness, self.json_lines, self._dry = script, loudness, json_lines, dry
        self._progress_line: ProgressLine | None = None
        self.warned_about_cache = False

    @property
    def explains(self) -> bool:
        """Whether to show everything that is known about each block."""
        return self._loudness == EXPLAINING

    def begin(self) -> None:
        """Show a progress line if output goes to a terminal; called when the scene is about to run."""
        if sys.stderr.isatty() and self._loudness > QUIET and not self.json_lines:
            self._progress_line = ProgressLine(self._script)

    def on_event(self, event: Event | None) -> None:
        """Handle one event, or None after a while without events."""
        if self._progress_line is not None:
            self._progress_line.on_event(event)
        if event is None:
            return
        if event["event"] == "warning":
            self.warn(event["text"])
        elif event["event"] == "failed":
            self.print(event["text"].rstrip("\n"), sys.stderr)
        elif self.json_lines:
            if event["event"] in self.PRINTED or (event["event"] == "explain" and self.explains):
                print_json(event)
        else:
            self.print_event(event)

    def print_event(self, event: Event) -> None:
        """Print what the user should see of *event*."""
        if event["event"] == "block":
            if self._loudness >= VERBOSE:
                self.print(block_line(event, kept=self.explains))
        elif event["event"] == "explain":
            if self.explains:
                for line in explanation(event):
                    self.print(line)
        elif event["event"] == "target":
            self._say_target(event)
        elif event["event"] == "files":
            self._say_files(event)

    def close(self) -> None:
        """Remove the progress line from the terminal."""
        if self._progress_line is not None:
            self._progress_line.hide()

    def _say_target(self, event: TargetDone) -> None:
        if self._loudness == QUIET:
            return
        blocks = event["blocks"]
        if event["up_to_date"]:
            self.print(f"{event['output']}: up to date ({event['frames']} frames, {blocks['total']} blocks)")
            return
        done = f"{blocks['rendered']} of {blocks['total']} blocks"
        # A dry run takes another time than the build, so its duration is left out.
        work = f"would render {done}" if self._dry else f"rendered {done}, {event['seconds']:.1f} s"
        self.print(f"{event['output']}: {event['frames']} frames, {work}")

    def _say_files(self, event: Files) -> None:
        if self._loudness == QUIET:
            return
        names = in_short(event["files"])
        if event["up_to_date"]:
            self.print(f"{event['script']}: up to date ({names})")
        else:
            wrote = f"wrote {names}" if names else "done; files written by other programs are not listed"
            self.print(f"{event['script']}: {wrote} (no animation saved)")

    def warn(self, text: str) -> None:
        """Print a warning; of those about a cache that cannot be used, print only the first."""
        if text.startswith(CACHE_MESSAGE_PREFIX):
            if self.warned_about_cache:
                return
            self.warned_about_cache = True
        if self._loudness > QUIET:
            self.print(f"warning: {text}", sys.stderr)

    def note(self, text: str) -> None:
        """Print a line that is shown only in verbose output."""
        if self._loudness >= VERBOSE:
            self.print(f"note: {text}", sys.stderr)

    def print(self, text: str, stream: TextIO | None = None) -> None:
        """Print a line on *stream*; by default, on standard output, or on standard error if JSON goes there."""
        if self._progress_line is not None:
            self._progress_line.hide()
        print(text, file=stream or (sys.stderr if self.json_lines else sys.stdout), flush=True)


class ProgressLine:
    """The progress line at the bottom of a terminal while a scene runs.

    The scene shares the terminal, and clears this line before it writes.  While
    the scene waits for input, the line is hidden.
    """

    def __init__(self, script: str) -> None:
        # Imported here, because only builds on a terminal need it.
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(bar_width=20), TextColumn("{task.fields[rest]}"))
        self._progress = Progress(*columns, console=console, transient=True, auto_refresh=False)
        self._task = self._progress.add_task(f"running {script}...", total=None, rest="")
        self._script = script
        self._started = self._last_event_at = time.monotonic()
        self._shown = self._asking = False
        self._plan: Plan | None = None

    def on_event(self, event: Event | None) -> None:
        """Handle one event, or None after a while without events, and update the line."""
        now = time.monotonic()
        if event is not None:
            self._last_event_at = now
            if event["event"] == "plan":
                self._plan, self._blocks, self._reused, self._frames, self._begun = event, 0, 0, 0, now
            elif event["event"] == "frames":
                self._frames += event["count"]
            elif event["event"] == "block":
                self._blocks += 1
                self._reused += not event["rendered"]
            elif event["event"] == "checked":
                self._blocks += 1
            elif event["event"] == "target" or event["event"] == "verified":
                self._plan, self._started = None, now
            elif event["event"] == "asking":
                self._asking = event["asking"]
        if self._asking:
            self.hide()
        elif event is None or event["event"] in ("plan", "block", "checked"):
            self._show(now)

    def hide(self) -> None:
        """Clear the line."""
        if self._shown:
            self._progress.stop()
            self._shown = False

    def _show(self, now: float) -> None:
        if not self._shown:
            self._progress.start()
            self._shown = True
        if self._plan is None:
            seconds = f"{now - self._started:.0f} s"
            self._progress.update(
                self._task, description=f"running {self._script}...", total=None, completed=0, rest=seconds
            )
        else:
            self._progress.update(
                self._task,
                description=self._plan["output"],
                total=self._plan["blocks"],
                completed=self._blocks,
                rest=self._rest(self._plan, now),
            )
        self._progress.refresh()

    def _rest(self, plan: Plan, now: float) -> str:
        parts = [f"{self._blocks}/{plan['blocks'] or '?'} blocks"]
        if self._reused:
            parts.append(f"{self._reused} reused")
        rate = self._frames / max(1e-6, now - self._begun)
        if self._frames > 1:
            parts.append(f"{rate:.0f} frames/s")
            if plan["frames"] and plan["blocks"]:
                left = plan["frames"] * (1 - self._blocks / plan["blocks"]) / rate
                parts.append(f"{left:.0f} s left")
        if now - self._last_event_at > _SILENT_SECONDS:
            parts.append(f"no frame for {now - self._last_event_at:.0f} s")
        return ", ".join(parts)
