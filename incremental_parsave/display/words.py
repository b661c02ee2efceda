"""Descriptions of blocks, changes, sizes and ages in words."""

from __future__ import annotations

import time

from ..spans import look_different

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..protocol.events import BlockDone, Explain


def block_line(event: BlockDone, *, kept: bool) -> str:
    """Return the line about a finished block; include the size and age of its segment if *kept*."""
    first, stop = event["frames"]
    text = event["reason"]
    if "different" in event:
        text = _looks(event["different"], first, stop)
    if because := event.get("because"):
        text += f" ({'; '.join(because)})"
    segment = event.get("segment")
    if kept and segment:
        text += f", {size(segment['bytes'])}"
        if not event["rendered"]:
            text += f", encoded {age(segment['encoded'])} ago"
    return f"  block {event['block']} (frames {first}-{stop - 1}): {text}"


def _looks(different: Sequence[Sequence[int]], first: int, stop: int) -> str:
    if not different:
        return "looks the same, encoded again"
    if list(different) == [[first, stop]]:
        return "all frames look different" if stop > first + 1 else "looks different"
    return look_different(different)


def explanation(event: Explain) -> list[str]:
    """Return the lines that describe what has changed since a movie's last build."""
    movie, since = event["output"], event["since"]
    if since is None:
        lines = [f"{movie} has not been built before"]
    elif event["changed"]:
        lines = [f"changes since {movie} was built {age(since)} ago:", *(f"  {line}" for line in event["changed"])]
    else:
        lines = [f"no changes since {movie} was built {age(since)} ago"]
    if event["why_not"]:
        lines.append(f"all frames are compared in every build: {event['why_not']}")
    return lines


def size(count: int) -> str:
    """Return a number of bytes with a decimal unit."""
    number, unit = float(count), "B"
    for larger in ("kB", "MB", "GB"):
        if number >= 999.5:
            number, unit = number / 1000, larger
    return f"{number:.1f} {unit}" if number < 9.95 and unit != "B" else f"{number:.0f} {unit}"


def age(since: float) -> str:
    """Return how long ago the time *since* was, which is in seconds since the epoch."""
    seconds = max(0.0, time.time() - since)
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
