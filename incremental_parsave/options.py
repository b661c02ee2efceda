"""The options of a build, each declared once.

The command line, its help, ``[tool.iparsave]`` in pyproject.toml, the table in
docs/options.md and what of a configuration belongs to a manifest's key follow from this
list; a test compares the keywords of `save` with it.  Whatever is given on the command
line goes before the project's settings, and those before the defaults.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Option:
    """One option.

    Parameters
    ----------
    flags : str
        On the command line, separated by spaces; the last one, without its dashes, is the
        key in pyproject.toml, and with underscores the keyword of `save`.
    help : str
        ``{default}`` stands for the default.
    parse : callable, optional
        Returns the value of a word; raises `ValueError` with what is expected.  None for a switch.
    default : optional
    metavar : str, optional
    choices : tuple of str, optional
    in_project : bool
        Whether it can stand in ``[tool.iparsave]``.
    decides : bool
        Whether it decides what a run makes: it is part of the key of a manifest.
    variable : str
        The environment variable that goes before the project's setting, and is looked up where the value is needed.
    """

    def __init__(
        self,
        flags: str,
        help: str,
        parse: Callable[[str], Any] | None = str,
        *,
        default: Any = None,
        metavar: str | None = None,
        choices: tuple[str, ...] = (),
        in_project: bool = True,
        decides: bool = True,
        variable: str = "",
    ) -> None:
        self.flags, self.parse, self.default = flags.split(), parse, default
        self.help, self.variable = help, variable
        self.metavar, self.choices, self.in_project, self.decides = metavar, choices, in_project, decides
        self.key = self.flags[-1].lstrip("-")
        self.name = self.key.replace("-", "_")

    def value(self, given: Any, settings: dict[str, Any]) -> Any:
        """Return the value that holds, where *given* stands on the command line, or None if nothing does."""
        if given is not None or (self.variable and os.environ.get(self.variable)):
            return given
        return settings.get(self.name, self.default)

    def of_setting(self, value: Any) -> Any:
        """Return the value that a setting in pyproject.toml stands for.

        Raises
        ------
        ValueError
            With what is expected.
        """
        if self.parse is None:
            if not isinstance(value, bool):
                raise ValueError("true or false")
            return value
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ValueError("a string" if self.parse is str else "a number or a string")
        if self.parse is str and not isinstance(value, str):
            raise ValueError("a string")
        if self.choices and value not in self.choices:
            raise ValueError(f"one of {', '.join(self.choices)}")
        return self.parse(str(value))


def count(text: str) -> int:
    """Return a whole number, at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise ValueError("a positive integer")
    return int(text)


def positive(text: str) -> float:
    """Return a positive number."""
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 0 < value < float("inf"):
        raise ValueError("a positive number")
    return value


def _block_size(text: str) -> int:
    try:
        return 0 if text == "all" else count(text)
    except ValueError as error:
        raise ValueError(f'{error} or "all"') from None


def _kilobits(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError("an integer") from None


def _frames(text: str) -> tuple[int, int | None]:
    first, colon, last = text.partition(":")
    try:
        start, stop = int(first or 0), int(last) if last else None
    except ValueError:
        raise ValueError("A:B, two frame numbers") from None
    if not colon or start < 0 or (stop is not None and stop <= start):
        raise ValueError("A:B with A < B")
    return start, stop


def default_jobs() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


WHAT = [
    Option("-o --output", "movie file, or folder for several movies", metavar="OUT", in_project=False),
    Option("--frames", "build only frames A to B-1, as MOVIE-A-B.EXT", _frames, metavar="A:B", in_project=False),
    Option("--fps", "frames per second; overrides the script", positive),
    Option("--dpi", "dots per inch; overrides the script", positive),
    Option("--writer", "matplotlib movie writer, by name; overrides the script"),
    Option("--codec", "codec; overrides the script"),
    Option("--bitrate", "kilobits per second; overrides the script", _kilobits, metavar="KBIT"),
]
"""What a build makes."""

HOW = [
    Option("-j --jobs", "parallel workers (default: number of cores)", count, default=default_jobs(), decides=False),
    Option("--block-size", 'frames per block, or "all" (default: {default})', _block_size, default=50, metavar="N"),
    Option(
        "--stitcher",
        "program that joins the blocks (default: {default})",
        default="ffmpeg",
        choices=("ffmpeg", "mencoder"),
    ),
    Option(
        "--stepping",
        "auto, sequential: compute all frames in order; independent: compute each block separately, which is faster if "
        "frames are slow to compute, but correct only if no frame depends on another (default: {default})",
        default="auto",
        choices=("auto", "sequential", "independent"),
    ),
    Option("--exact", "record every artist in every frame, even if unchanged", None, default=False),
    Option(
        "--cache-dir",
        "cache folder (default: .iparsave_cache in the project)",
        metavar="DIR",
        decides=False,
        variable="IPARSAVE_CACHE_DIR",
    ),
    Option("--ffmpeg", "ffmpeg program (default: the one on PATH)", metavar="PATH", variable="IPARSAVE_FFMPEG"),
]
"""How it makes that."""

OPTIONS = {option.name: option for option in (*WHAT, *HOW)}
OVERRIDES = ("fps", "dpi", "writer", "codec", "bitrate")
"""Those that stand in place of the script's own arguments of ``Animation.save``."""

LISTS = {
    "scenes": "scripts to build if the command names none",
    "inputs": "files that the scenes read and that cannot be tracked, as names or glob patterns",
}
"""Keys of ``[tool.iparsave]`` that are no options, and are lists of strings."""
