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
    default = "one a processor" if option.name == "jobs" else option.default
    return f"| {flags} | {key} | {keyword} | {option.help.format(default=default)} |"


def test_the_documentation_has_every_option() -> None:
    text = DOCS.read_text()
    wanted = [row(option) for option in (*WHAT, *HOW)] + [f"| | `{key}` | | {help} |" for key, help in LISTS.items()]
    missing = [line for line in wanted if line not in text.splitlines()]
    assert missing == [], "docs/options.md lacks these lines"


def test_save_takes_what_says_how_to_build() -> None:
    keywords = inspect.signature(save).parameters
    names = {option.name for option in HOW} - {"ffmpeg"}  # which is matplotlib's setting there
    assert names <= set(keywords)
    assert keywords["stepping"].default == OPTIONS["stepping"].default
    assert keywords["exact"].default is OPTIONS["exact"].default
    assert set(OVERRIDES) <= set(keywords)


MISTAKES = {
    "block_size = 20": ("has no setting block_size", "did you mean block-size?"),
    "codecs = 'x'": ("has no setting codecs", "did you mean codec?"),
    "xyzzy = 1": ("has no setting xyzzy", "choose from bitrate, block-size, cache-dir"),
    "frames = '0:3'": ("frames belongs to one build", "iparsave build --frames"),
    "block-size = 'x'": ('block-size is not a whole number, at least 1, or "all"', "it is 'x'"),
    "jobs = true": ("jobs is not a number or a string", "it is True"),
    "jobs = 0": ("jobs is not a whole number, at least 1", "it is 0"),
    "stepping = 'fast'": ("stepping is not one of auto, sequential, independent", "it is 'fast'"),
    "exact = 1": ("exact is not true or false", "it is 1"),
    "codec = 3": ("codec is not a string", "it is 3"),
    "fps = -1": ("fps is not a positive number", "it is -1"),
    "inputs = 'x'": ("inputs is not a list of strings", 'write inputs = ["..."]'),
}


@pytest.mark.parametrize("setting", MISTAKES)
def test_mistake_in_pyproject(space: Space, setting: str) -> None:
    space.write("pyproject.toml", f"[tool.iparsave]\n{setting}\n")
    space.write("scene.py", LINE)
    built = space.try_build("scene.py")
    what, todo = MISTAKES[setting]
    assert built.status == 2
    assert f"pyproject.toml: [tool.iparsave] {what}" in built.errors
    assert todo in built.errors


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
        ("bild", "bild is no command\ndid you mean build?"),
        ("scene.py", "scene.py is a scene, and no command\nbuild it: iparsave build scene.py"),
        ("xyzzy", "xyzzy is no command\nchoose from build, diff, verify, watch"),
    ],
)
def test_mistyped_command(space: Space, word: str, said: str) -> None:
    done = space.iparsave(word)
    assert (done.returncode, done.stderr) == (2, f"iparsave: {said}\n")
