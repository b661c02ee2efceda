"""What the user sees of a build: a line that moves on a terminal, plain lines elsewhere, or JSON."""

from __future__ import annotations

import json
import sys
import time
from typing import Any, TextIO

_SILENT_SECONDS = 10.0
_REDRAW_SECONDS = 0.1


class Status:
    """Shows the events of one scene.

    Parameters
    ----------
    script : str
    json_lines : bool
        Print the events ``plan``, ``block`` and ``target`` on standard output.
    verbosity : int
        -1 for errors alone, 0, or 1 for a line a block.
    dry : bool
        Nothing is made: say what would be.
    """

    def __init__(self, script: str, *, json_lines: bool, verbosity: int, dry: bool) -> None:
        self._script, self._json, self._verbosity, self._dry = script, json_lines, verbosity, dry
        self._terminal = sys.stderr.isatty() and verbosity >= 0 and not json_lines
        self._started = self._drawn_at = self._heard_at = time.monotonic()
        self._plan: dict[str, Any] | None = None
        self._done: list[bool] = []
        self._frames = 0
        self._first_frame_at = 0.0
        self._line = ""

    def hear(self, event: dict[str, Any] | None) -> None:
        """Take one event, or a tick of silence."""
        now = time.monotonic()
        if event is not None:
            self._heard_at = now
            if self._json and event["event"] in ("plan", "block", "target"):
                print(json.dumps(event), flush=True)
            getattr(self, "_on_" + event["event"])(event)
        if self._terminal and (event is None or now - self._drawn_at > _REDRAW_SECONDS):
            self._drawn_at = now
            self._show(self._moving_line(now))

    def close(self) -> None:
        """Leave the terminal clean."""
        self._show("")

    def _on_plan(self, event: dict[str, Any]) -> None:
        self._plan, self._done, self._frames = event, [], 0

    def _on_frame(self, event: dict[str, Any]) -> None:
        if not self._frames:
            self._first_frame_at = time.monotonic()
        self._frames += 1

    def _on_block(self, event: dict[str, Any]) -> None:
        self._done.append(bool(event["rendered"]))
        if self._verbosity > 0:
            first, stop = event["frames"]
            self._say(f"  block {event['block']} (frames {first}-{stop - 1}): {event['reason']}")

    def _on_target(self, event: dict[str, Any]) -> None:
        self._plan = None
        if self._verbosity < 0 or self._json:
            return
        blocks = event["blocks"]
        if event["up_to_date"]:
            self._say(f"{event['output']}: up to date ({event['frames']} frames, {blocks['total']} blocks)")
            return
        verb = "would render" if self._dry else "rendered"
        self._say(
            f"{event['output']}: {event['frames']} frames, {verb} {blocks['rendered']} of {blocks['total']} "
            f"blocks, {event['seconds']:.1f} s"
        )

    def _on_warning(self, event: dict[str, Any]) -> None:
        if self._verbosity >= 0:
            self._say(f"iparsave: {event['text']}", sys.stderr)

    def _say(self, text: str, stream: TextIO | None = None) -> None:
        self._show("")
        print(text, file=stream or (sys.stderr if self._json else sys.stdout), flush=True)

    def _show(self, line: str) -> None:
        """Put *line* where the last one was."""
        if not self._terminal or line == self._line:
            return
        self._line = line
        sys.stderr.write("\r\x1b[K" + line)
        sys.stderr.flush()

    def _moving_line(self, now: float) -> str:
        if self._plan is None:
            return f"running {self._script}... {now - self._started:.0f} s"
        total = self._plan["blocks"]
        rendered = sum(self._done)
        parts = [f"{self._plan['output']}: {len(self._done)}/{total or '?'} blocks"]
        parts.append(f"{len(self._done) - rendered} reused")
        if self._frames > 1:
            rate = self._frames / max(1e-6, now - self._first_frame_at)
            parts.append(f"{rate:.0f} frames/s")
            if self._plan["frames"] and total:
                left = self._plan["frames"] * (1 - len(self._done) / total) / rate
                parts.append(f"{left:.0f} s left")
        if now - self._heard_at > _SILENT_SECONDS:
            parts.append(f"no frame for {now - self._heard_at:.0f} s")
        return ", ".join(parts)
