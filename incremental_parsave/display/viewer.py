"""What is told to those who show a watch: the terminal, the page in the browser."""

from __future__ import annotations

from collections.abc import Iterable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..protocol.events import Event


class Viewer:
    """Shows what a watch does; here, nothing of it."""

    def building(self, changed: Iterable[str]) -> None:
        """A build begins, because of what has *changed*."""

    def hear(self, event: Event) -> None:
        """The scene tells something: an event as it is sent."""

    def outdated(self) -> None:
        """The build that runs is stopped, since there is a newer edit."""

    def built(self, seconds: float, resumed: int) -> None:
        """A build is done; the script resumed at line *resumed*, or ran from its beginning if that is 0."""

    def failed(self, text: str) -> None:
        """A build has failed; the movies are those of the last one that did not."""

    def nothing_changed(self) -> None:
        """A file was written, and means what it did."""

    def drafting(self, on: bool) -> None:
        """Drafts are made first from now on, or no longer."""

    def warn(self, text: str) -> None:
        """Say one line that the user should read."""

    def print_scene(self, text: bytes) -> None:
        """The scene prints something."""

    def tick(self) -> None:
        """Time has passed."""

    def close(self) -> None:
        """The watch ends."""
