"""Options are declared once: command line, pyproject.toml, `save` and the documentation agree."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from incremental_parsave import save
from incremental_parsave.options import HOW, LISTS, OPTIONS, OVERRIDES, WHAT, Option

from .scenes import LINE
from .space import Space

DOCS = Path(__file__).parent.parent / "docs/options.md"


def row(option: Option) -> str:
    words = f" {option.metavar or option.name.upper()}" if option.parse else ""
    words = f" {{{','.join(option.choices)}}}" if option.choices else words
    flags = ", ".join(f"`{flag}{words}`" for flag in option.flags)
    key = f"`{option.key}`" if option.in_project else ""
    keyword = f"`{option.name}`" if option.name in inspect.signature(save).parameters else ""
    return f"| {flags} | {key} | {keyword} | {option.help.format(default=option.default)} |"


def test_the_documentation_has_every_option() -> None:
    text = DOCS.read_text()
    expected = [row(option) for option in (*WHAT, *HOW)] + [f"| | `{key}` | | {help} |" for key, help in LISTS.items()]
    missing = [line for line in expected if line not in text.splitlines()]
    assert missing == [], "docs/options.md lacks these lines"


def test_save_takes_what_says_how_to_build() -> None:
    keywords = inspect.signature(save).parameters
    names = {option.name for option in HOW} - {"ffmpeg"}  # which is matplotlib's setting there
    assert names <= set(keywords)
    assert keywords["stepping"].default == OPTIONS["stepping"].default
    assert keywords["exact"].default is OPTIONS["exact"].default
    assert set(OVERRIDES) <= set(keywords)


MISTAKES = {
    "block_size = 20": ("unknown setting in [tool.iparsave]: block_size", "did you mean block-size?"),
    "codecs = 'x'": ("unknown setting in [tool.iparsave]: codecs", "did you mean codec?"),
    "xyzzy = 1": ("unknown setting in [tool.iparsave]: xyzzy", "choose one of bitrate, block-size, cache-dir"),
    "frames = '0:3'": ("frames cannot be set in [tool.iparsave]", "use the option: iparsave build --frames"),
    "block-size = 'x'": ("invalid value for block-size in [tool.iparsave]: 'x'", 'give a positive integer or "all"'),
    "jobs = true": ("invalid value for jobs in [tool.iparsave]: True", "give a number or a string"),
    "jobs = 0": ("invalid value for jobs in [tool.iparsave]: 0", "give a positive integer"),
    "stepping = 'fast'": (
        "invalid value for stepping in [tool.iparsave]: 'fast'",
        "give one of auto, sequential, independent",
    ),
    "exact = 1": ("invalid value for exact in [tool.iparsave]: 1", "give true or false"),
    "codec = 3": ("invalid value for codec in [tool.iparsave]: 3", "give a string"),
    "fps = -1": ("invalid value for fps in [tool.iparsave]: -1", "give a positive number"),
    "inputs = 'x'": ("invalid value for inputs in [tool.iparsave]: 'x'", 'give a list of strings: inputs = ["..."]'),
}


@pytest.mark.parametrize("setting", MISTAKES)
def test_mistake_in_pyproject(space: Space, setting: str) -> None:
    space.write("pyproject.toml", f"[tool.iparsave]\n{setting}\n")
    space.write("scene.py", LINE)
    built = space.try_build("scene.py")
    what, todo = MISTAKES[setting]
    assert built.status == 2
    assert f"pyproject.toml: {what}\nhelp: {todo}" in built.errors
    assert built.errors.startswith("error: ")


def test_settings_of_the_project_hold_where_the_command_says_nothing(space: Space) -> None:
    space.write("pyproject.toml", "[tool.iparsave]\nblock-size = 20\nfps = 5\njobs = 1\nexact = true\n")
    space.write("scene.py", LINE)
    assert len(space.build("scene.py").rendered) == 2
    assert len(space.build("scene.py", "--block-size", "10").rendered) == 4
    assert space.build("scene.py").rendered == []
    space.write("pyproject.toml", "[tool.iparsave]\nblock-size = 'all'\n")
    assert len(space.build("scene.py").rendered) == 1


def test_settings_of_the_project_hold_in_plain_python(space: Space) -> None:
    space.write("pyproject.toml", "[tool.iparsave]\nblock-size = 20\n")
    scene = LINE.replace("from matplotlib.animation import", "from incremental_parsave import")
    shown = scene + "\nprint(movie.rendered)\n"
    space.write("scene.py", shown.replace("anim.save(", "movie = anim.save("))
    assert space.python("scene.py").stdout.strip() == "(0, 1)"


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("bild", "no such command: bild\nhelp: did you mean build?"),
        ("scene.py", "no such command: scene.py\nhelp: to build a scene: iparsave build scene.py"),
        ("xyzzy", "no such command: xyzzy\nhelp: choose one of build, diff, verify, watch"),
    ],
)
def test_mistyped_command(space: Space, word: str, said: str) -> None:
    done = space.iparsave(word)
    assert (done.returncode, done.stderr) == (2, f"error: {said}\n")
