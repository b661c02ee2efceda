"""The options of a build, each declared once.

This list determines the command line and its help, the settings in ``[tool.iparsave]``,
the table in docs/options.md, and which options are part of a manifest's key.  A test
compares it with the keywords of `save`.  The command line overrides the project's
settings, and these override the defaults.
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
        Command-line flags, separated by spaces.  The last flag without its dashes is the key
        in pyproject.toml; with underscores, it is the keyword of `save`.
    help : str
        Help text, in which ``{default}`` stands for the default.
    parse : callable, optional
        Converts the text to a value, or raises `ValueError` with a description of what is
        expected.  None for a switch.
    default : optional
    metavar : str, optional
    choices : tuple of str, optional
    in_project : bool
        Whether ``[tool.iparsave]`` may set it.
    decides : bool
        Whether it affects what a run makes, and so is part of a manifest's key.
    variable : str
        Environment variable that overrides the project's setting.  The code that needs the
        value reads it.
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
        """Return the value in effect; *given* is the value from the command line, or None.

        If the environment variable is set, *given* is returned as it is, even None.
        """
        if given is not None or (self.variable and os.environ.get(self.variable)):
            return given
        return settings.get(self.name, self.default)

    def of_setting(self, value: Any) -> Any:
        """Convert a setting from pyproject.toml to the option's value.

        Raises
        ------
        ValueError
            If the setting is invalid.  The message describes what is expected.
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
    """Convert *text* to an integer of at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise ValueError("a positive integer")
    return int(text)


def positive(text: str) -> float:
    """Convert *text* to a positive, finite number."""
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
    """Return the number of processors that this process may use."""
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
"""Options that decide what a build makes."""

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
"""Options that decide how a build makes it."""

OPTIONS = {option.name: option for option in (*WHAT, *HOW)}
OVERRIDES = ("fps", "dpi", "writer", "codec", "bitrate")
"""Options that override the arguments that the script gives to ``Animation.save``."""

LISTS = {
    "scenes": "scripts to build if the command names none",
    "inputs": "files that the scenes read and that cannot be tracked, as names or glob patterns",
}
"""Keys of ``[tool.iparsave]`` that are not options; their values are lists of strings."""
