"""Output of a watch: a live status area on a terminal, plain lines elsewhere."""

from __future__ import annotations

import contextlib
import os
import selectors
import sys
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from ..cache.records import CACHE_MESSAGE_PREFIX
from .status import NORMAL, Status
from .viewer import Viewer

if TYPE_CHECKING:
    from ..protocol.events import Event


class Screen(Viewer):
    """Plain lines, for pipes and logs.

    Parameters
    ----------
    script : str
    address : str
        Address of the preview; empty if there is none.
    """

    def __init__(self, script: str, address: str = "") -> None:
        self._script, self._address = script, address
        self._status = Status(script, NORMAL, json_lines=False, dry=False)

    def begin(self, selector: selectors.BaseSelector, keys: dict[str, Callable[[], None]]) -> None:
        """Show that the watch begins; on a terminal, *keys* maps the keys that the user may press to their actions."""
        self._say(f"watching {self._script} (Ctrl-C to stop)")
        if self._address:
            self._say(f"preview: {self._address}")

    def building(self, changed: Iterable[str]) -> None:  # noqa: D102
        if names := in_words(changed):
            self._say(f"{names} changed")

    def outdated(self) -> None:  # noqa: D102
        self._say("edited again: restarting (finished blocks are kept)")

    def nothing_changed(self) -> None:  # noqa: D102
        self._say("nothing changed")

    def on_event(self, event: Event) -> None:  # noqa: D102
        if event["event"] == "target" and event.get("draft"):
            event = {**event, "output": f"{event['output']} (draft)"}
        self._status.on_event(event)

    def print_scene(self, text: bytes) -> None:  # noqa: D102
        sys.stdout.flush()
        os.write(sys.stdout.fileno(), text)

    def built(self, seconds: float, resumed: int) -> None:  # noqa: D102
        self._say(f"done in {seconds:.2f} s" + (f" (resumed at line {resumed})" if resumed else ""))

    def failed(self, text: str) -> None:  # noqa: D102
        print(text, end="", file=sys.stderr, flush=True)
        self._say("waiting for the next edit; the last movie is kept")

    def warn(self, text: str) -> None:  # noqa: D102
        self._status.warn(text)

    def _say(self, text: str) -> None:
        print(text, flush=True)


def in_words(names: Iterable[str]) -> str:
    """Return *names* as a short phrase: ``a``, ``a and b``, or ``a and 3 more``."""
    first, *rest = [*names] or [""]
    return f"{first} and {len(rest)} more" if len(rest) > 1 else " and ".join([first, *rest])


class TerminalScreen(Screen):
    """A live status area at the bottom of a terminal, below the output of the scene."""

    def __init__(self, script: str, address: str = "") -> None:
        super().__init__(script, address)
        from rich.console import Console
        from rich.live import Live

        self._console = Console(stderr=True, highlight=False)
        self._live = Live(console=self._console, auto_refresh=False, transient=True)
        self._movies: dict[str, list[str]] = {}
        self._state, self._detail, self._error = "starting", "", ""
        self._keys: dict[str, Callable[[], None]] = {}
        self._began = self._drawn_at = 0.0
        self._builds = False
        self._terminal: Any = None
        self._selector: selectors.BaseSelector | None = None
        self._warned_about_cache = False

    def begin(self, selector: selectors.BaseSelector, keys: dict[str, Callable[[], None]]) -> None:  # noqa: D102
        self._keys = keys
        if sys.stdin is not None and sys.stdin.isatty():
            import termios
            import tty

            self._terminal = termios.tcgetattr(sys.stdin)
            tty.setcbreak(sys.stdin)
            self._selector = selector
            selector.register(sys.stdin, selectors.EVENT_READ, self._press)
        self._live.start()
        self._draw()

    def _press(self) -> None:
        typed = os.read(sys.stdin.fileno(), 64).decode("latin-1")
        if not typed and self._selector is not None:
            self._selector.unregister(sys.stdin)  # the terminal is gone
        for key in typed:
            if action := self._keys.get(key.lower()):
                action()

    def building(self, changed: Iterable[str]) -> None:  # noqa: D102
        self._state = f"building: {names} changed" if (names := in_words(changed)) else "building"
        self._began, self._builds, self._error = time.monotonic(), True, ""
        self._draw()

    def outdated(self) -> None:  # noqa: D102
        self._state = "edited again: restarting"
        self._draw()

    def nothing_changed(self) -> None:  # noqa: D102
        self._detail = f"nothing changed ({time.strftime('%H:%M:%S')})"
        self._draw()

    def on_event(self, event: Event) -> None:  # noqa: D102
        if event["event"] == "plan":
            self._movies[event["output"]] = ["?"] * (event["blocks"] or 0)
        elif event["event"] == "block":
            strip = self._movies.setdefault(event["output"], [])
            strip += ["?"] * (event["block"] + 1 - len(strip))
            strip[event["block"]] = "new" if event["rendered"] else "reused"
        elif event["event"] == "target":
            blocks = event["blocks"]
            rendered = f"rendered {blocks['rendered']} of {blocks['total']} blocks"
            self._detail = f"{event['output']}: {event['frames']} frames, {rendered}"
        elif event["event"] == "warning":
            self.warn(event["text"])
        self._draw()

    def print_scene(self, text: bytes) -> None:  # noqa: D102
        self._console.print(text.decode(errors="replace"), end="", markup=False)

    def built(self, seconds: float, resumed: int) -> None:  # noqa: D102
        self._state, self._builds = f"built in {seconds:.2f} s", False
        self._draw()

    def failed(self, text: str) -> None:  # noqa: D102
        self._state, self._builds, self._error = "failed; the last movie is kept", False, text
        self._draw()

    def warn(self, text: str) -> None:  # noqa: D102
        if text.startswith(CACHE_MESSAGE_PREFIX):
            if self._warned_about_cache:
                return
            self._warned_about_cache = True
        self._console.print(f"warning: {text}", markup=False)

    def tick(self) -> None:  # noqa: D102
        if self._builds and time.monotonic() - self._drawn_at > 0.2:
            self._draw()

    def close(self) -> None:  # noqa: D102
        self._live.stop()
        if self._terminal is not None:
            import termios

            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, self._terminal)
            if self._selector is not None:
                with contextlib.suppress(KeyError):
                    self._selector.unregister(sys.stdin)

    def _draw(self) -> None:
        from rich.console import Group
        from rich.text import Text

        self._drawn_at = time.monotonic()
        style = "red" if self._error else "yellow" if self._builds else "green"
        since = f" {self._drawn_at - self._began:.1f} s" if self._builds else ""
        lines = [Text.assemble(("● ", style), (self._script, "bold"), f"  {self._state}{since}")]
        for output, strip in self._movies.items():
            lines.append(Text.assemble("  ", *(_CELL[each] for each in strip), f"  {output}"))
        if self._error:
            lines.append(Text(self._error.rstrip("\n"), style="red"))
        elif self._detail:
            lines.append(Text(f"  {self._detail}", style="dim"))
        keys = "  ".join(_KEYS[key] for key in self._keys)
        lines.append(Text("  ".join(filter(None, ["", keys, self._address])), style="dim"))
        self._live.update(Group(*lines), refresh=True)


_CELL = {"?": ("·", "dim"), "reused": ("▪", "green"), "new": ("■", "bold yellow")}
_KEYS = {"q": "q quit", "r": "r rebuild", "o": "o open preview"}
