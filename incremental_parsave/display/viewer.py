"""Interface of the objects that show a watch: the terminal, and the preview page."""

from __future__ import annotations

from collections.abc import Iterable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..protocol.events import Event


class Viewer:
    """Base class of viewers.  The watch calls a method for each event; the methods of this class do nothing."""

    def building(self, changed: Iterable[str]) -> None:
        """Show that a build begins because the files in *changed* have changed."""

    def on_event(self, event: Event) -> None:
        """Show an event of the scene process."""

    def outdated(self) -> None:
        """Show that the running build is stopped because of a newer edit."""

    def built(self, seconds: float, resumed: int) -> None:
        """Show that a build is done; the script resumed at line *resumed*, or ran from its beginning if that is 0."""

    def failed(self, text: str) -> None:
        """Show that a build has failed, with the message *text*; the movies are those of the last good build."""

    def nothing_changed(self) -> None:
        """Show that a file was written without a change that requires a build."""

    def drafting(self, on: bool) -> None:
        """Show that drafts were switched on or off."""

    def warn(self, text: str) -> None:
        """Show a warning, one line."""

    def print_scene(self, text: bytes) -> None:
        """Show the output of the scene."""

    def tick(self) -> None:
        """Update displays of elapsed time; called regularly."""

    def close(self) -> None:
        """Stop showing, because the watch ends."""
