"""The options of a build, each declared once.

`BuildOptions` determines the command line and its help, the settings in ``[tool.iparsave]``,
the table in docs/options.md, which options are part of a manifest's key, and the fields of
`protocol.messages.Config` that hold options.  A test compares it with the keywords of `save`.
The command line overrides the project's settings, and these override the defaults.
"""

from __future__ import annotations

import os

from .processes.cores import usable_cores

TYPE_CHECKING = False  # importing typing or dataclasses would slow down the start of the command line
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeVar

    from .protocol.messages import Config, OptionFields

    T = TypeVar("T")


class Option:
    """One option; `option` declares it, and explains the other attributes.

    Attributes
    ----------
    name : str
        Name of the attribute of `BuildOptions`, and of the keyword of `save`.
    key : str
        The name with hyphens: the key in pyproject.toml, and the long flag.
    flags : list of str
        Flags of the command line.
    """

    def __init__(
        self,
        help: str,
        parse: Callable[[str], Any] | None,
        default: Any,
        *,
        short: str = "",
        metavar: str | None = None,
        choices: tuple[str, ...] = (),
        in_project: bool = True,
        decides: bool = True,
        overrides: bool = False,
        variable: str = "",
    ) -> None:
        self.help, self.parse, self.default = help, parse, default
        self.short, self.metavar, self.choices = short, metavar, choices
        self.in_project, self.decides, self.overrides, self.variable = in_project, decides, overrides, variable

    def __set_name__(self, owner: type, name: str) -> None:
        self.name, self.key = name, name.replace("_", "-")
        self.flags = [self.short, f"--{self.key}"] if self.short else [f"--{self.key}"]

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


def option(help: str, parse: Callable[[str], T] | None, default: T, **details: Any) -> T:
    """Declare an option, as `dataclasses.field` declares a field: its type is that of the attribute.

    In an object of `BuildOptions` the attribute is the value; in the class it is the `Option`.

    Parameters
    ----------
    help : str
        Help text, in which ``{default}`` stands for the default.
    parse : callable or None
        Converts the text to a value, or raises `ValueError` with a description of what is
        expected.  None for a switch.
    default
    short : str
        Short flag.
    metavar : str
    choices : tuple of str
    in_project : bool, default: True
        Whether ``[tool.iparsave]`` may set it.
    decides : bool, default: True
        Whether it affects what a run makes, and so is part of a manifest's key.
    overrides : bool, default: False
        Whether it overrides the argument of this name that the script gives to ``Animation.save``.
    variable : str
        Environment variable that overrides the project's setting.  The code that needs the
        value reads it.
    """
    return Option(help, parse, default, **details)  # type: ignore[return-value]


class MovieOptions:
    """Options that decide what a build makes."""

    output: str | None = option(
        "movie file, or folder for several movies", str, None, short="-o", metavar="OUT", in_project=False
    )
    frames: tuple[int, int | None] | None = option(
        "build only frames A to B-1, as MOVIE-A-B.EXT", _frames, None, metavar="A:B", in_project=False
    )
    fps: float | None = option("frames per second; overrides the script", positive, None, overrides=True)
    dpi: float | None = option("dots per inch; overrides the script", positive, None, overrides=True)
    writer: str | None = option("matplotlib movie writer, by name; overrides the script", str, None, overrides=True)
    codec: str | None = option("codec; overrides the script", str, None, overrides=True)
    bitrate: int | None = option(
        "kilobits per second; overrides the script", _kilobits, None, metavar="KBIT", overrides=True
    )


class BuildOptions(MovieOptions):
    """All options: those of `MovieOptions`, and those that decide how a build makes the movie.

    Parameters
    ----------
    values : mapping
        Values of options by name.  An option that it lacks has its default; other names are ignored.

    Notes
    -----
    A value is sent and recorded as JSON, so it must be None, a bool, a number, a string, or a tuple of these.
    """

    jobs: int = option(
        "parallel workers (default: number of usable cores)", count, usable_cores(), short="-j", decides=False
    )
    block_size: int = option('frames per block, or "all" (default: {default})', _block_size, 50, metavar="N")
    """0 stands for a single block.  docs/design/cache.md has the measurement behind the default."""
    stitcher: str = option(
        "program that joins the blocks (default: {default})", str, "ffmpeg", choices=("ffmpeg", "mencoder")
    )
    stepping: str = option(
        "auto, sequential: compute all frames in order; independent: compute each block separately, which is faster if "
        "frames are slow to compute, but correct only if no frame depends on another (default: {default})",
        str,
        "auto",
        choices=("auto", "sequential", "independent"),
    )
    exact: bool = option("record every artist in every frame, even if unchanged", None, False)
    cache_dir: str | None = option(
        "cache folder (default: .iparsave_cache in the project)",
        str,
        None,
        metavar="DIR",
        decides=False,
        variable="IPARSAVE_CACHE_DIR",
    )
    ffmpeg: str | None = option(
        "ffmpeg program (default: the one on PATH)", str, None, metavar="PATH", variable="IPARSAVE_FFMPEG"
    )

    def __init__(self, values: Mapping[str, Any]) -> None:
        for name, declared in OPTIONS.items():
            setattr(self, name, values.get(name, declared.default))

    def replace(self, values: Mapping[str, Any]) -> BuildOptions:
        """Return these options, with other *values* of some."""
        return BuildOptions({**vars(self), **values})

    @staticmethod
    def from_config(config: Config) -> BuildOptions:
        """Return the options that *config* holds."""
        values = {**config, **config["overrides"]}
        # JSON makes lists of tuples.
        return BuildOptions({name: tuple(v) if isinstance(v, list) else v for name, v in values.items()})

    def to_config(self) -> OptionFields:
        """Return the fields of `Config` that hold options."""
        values = vars(self).copy()
        del values["cache_dir"]
        overrides = {name: value for name in OVERRIDES if (value := values.pop(name)) is not None}
        return {"overrides": overrides, **values}  # type: ignore[typeddict-item]


def _declared(group: type) -> list[Option]:
    return [value for value in vars(group).values() if isinstance(value, Option)]


WHAT, HOW = _declared(MovieOptions), _declared(BuildOptions)
OPTIONS = {option.name: option for option in (*WHAT, *HOW)}
OVERRIDES = tuple(option.name for option in WHAT if option.overrides)

LISTS = {
    "scenes": "scripts to build if the command names none",
    "inputs": "files that the scenes read and that cannot be tracked, as names or glob patterns",
}
"""Keys of ``[tool.iparsave]`` that are not options; their values are lists of strings."""
