"""``iparsave watch``: set up the loop, and the displays of its progress."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..display.screen import Screen, TerminalScreen
from ..display.viewer import Viewer
from ..errors import UsageError
from ..processes.signals import ENDING
from ..watch.loop import Watch

if TYPE_CHECKING:
    from ..preview.server import Preview
    from ..protocol.messages import Config


@dataclass(frozen=True)
class PreviewSettings:
    """Settings of the preview page.

    Attributes
    ----------
    preview : bool
        Whether to serve the page.
    host : str
        Address to listen on.
    port : int or None
        Port to listen on; None for the first free one.
    opens : bool
        Whether to open the page in a browser.
    """

    preview: bool = False
    host: str = "127.0.0.1"
    port: int | None = None
    opens: bool = False


def watch(script: str, configure: Callable[[], Config], show: PreviewSettings, *, drafts: bool, warm: bool) -> int:
    """Watch *script* until the user quits; return the exit status.

    Parameters
    ----------
    script : str
    configure : callable
        As for `Watch`.
    show : PreviewSettings
    drafts, warm : bool
        As for `Watch`.  Sleeping copies are kept only on Linux.

    Raises
    ------
    UsageError
        If the user asks for a preview that cannot be served.
    """
    viewers: list[Viewer] = []
    watching = Watch(configure, viewers, drafts=drafts, warm=warm and sys.platform == "linux")
    keys = {"q": watching.quit, "r": watching.rebuild}
    address, preview = "", None
    if show.preview:
        preview = _preview(script, watching, show)
        address = preview.address
        viewers.append(preview.state)
        preview.state.drafting(drafts)
        keys["o"] = lambda: _open(address)
    is_terminal = sys.stderr.isatty() and sys.stdout.isatty()
    screen = TerminalScreen(script, address) if is_terminal else Screen(script, address)
    viewers.append(screen)
    screen.begin(watching.selector, keys)
    if show.opens:
        _open(address)
    try:
        with _signals(watching.quit) as received:
            watching.run()
    finally:
        if preview is not None:
            preview.close()
    return 128 + max(received) if received else 0


@contextlib.contextmanager
def _signals(end: Callable[[], None]) -> Iterator[set[int]]:
    """Call *end* on SIGINT and on the signals in `ENDING`; yield the set of signals received so far.

    The handlers do not raise an exception, since that could interrupt the loop anywhere, even in
    its clean-up.
    """
    received: set[int] = set()

    def receive(number: int, _: object) -> None:
        received.add(number)
        end()

    for number in (signal.SIGINT, *ENDING):
        if signal.getsignal(number) != signal.SIG_IGN:  # a shell starts background jobs with SIGINT ignored
            signal.signal(number, receive)
    try:
        yield received
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process is about to exit anyway


def _preview(script: str, watching: Watch, show: PreviewSettings) -> Preview:
    try:
        from ..preview.server import Preview
        from ..preview.state import State
    except ImportError as missing:
        raise UsageError(
            f"the preview needs the package {missing.name}, which is not installed",
            "install it: pip install 'incremental_parsave[preview]'",
        ) from None
    actions: dict[str, Callable[[dict[str, Any]], None]] = {
        "rebuild": lambda message: watching.do(watching.rebuild),
        "playhead": lambda message: watching.do(lambda: watching.look_at(_frame_in(message))),
        "draft": lambda message: watching.do(lambda: watching.draft_first(bool(message.get("on")))),
    }
    return Preview(State(script), show.host, show.port, actions)


def _frame_in(message: dict[str, Any]) -> int:
    frame = message.get("frame")
    return frame if isinstance(frame, int) and frame >= 0 else 0


def _open(address: str) -> None:
    """Open the preview in the user's browser, in a thread, so that the watch does not wait for the browser."""
    import threading
    import webbrowser

    threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
