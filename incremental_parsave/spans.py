"""Half-open spans of frames, and their description in words."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_MOST_SPANS = 5
_MOST_NAMES = 3


def spans(numbers: Iterable[int]) -> list[list[int]]:
    """Group ascending *numbers* into half-open spans."""
    found: list[list[int]] = []
    for n in numbers:
        if found and found[-1][1] == n:
            found[-1][1] = n + 1
        else:
            found.append([n, n + 1])
    return found


def in_words(found: Sequence[Sequence[int]]) -> str:
    """Describe spans: ``frame 7``, or ``frames 20-29, 35``; if there are many, only count the last ones."""
    texts = [f"{first}-{stop - 1}" if stop > first + 1 else str(first) for first, stop in found]
    if len(texts) == 1 and "-" not in texts[0]:
        return f"frame {texts[0]}"
    shown = (
        texts
        if len(texts) <= _MOST_SPANS
        else [*texts[: _MOST_SPANS - 1], f"{len(texts) - _MOST_SPANS + 1} more ranges"]
    )
    return f"frames {', '.join(shown)}"


def look_different(found: Sequence[Sequence[int]]) -> str:
    """Return the statement that these frames look different."""
    text = in_words(found)
    return f"{text} {'look' if text.startswith('frames') else 'looks'} different"


def from_here(path: str, here: str) -> str:
    """Return *path* relative to the folder *here* if it is inside, else unchanged."""
    return path.removeprefix(here.rstrip(os.sep) + os.sep)


def in_short(names: Sequence[str]) -> str:
    """List the first few *names*, and say how many more there are."""
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
