"""Options are declared once: command line, pyproject.toml, `save` and the documentation agree."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import pytest

from incremental_parsave import save
from incremental_parsave.api import saving
from incremental_parsave.options import HOW, LISTS, OPTIONS, OVERRIDES, WHAT, BuildOptions, MovieOptions, Option

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


def test_every_option_is_documented() -> None:
    text = DOCS.read_text()
    expected = [row(option) for option in (*WHAT, *HOW)] + [f"| | `{key}` | | {help} |" for key, help in LISTS.items()]
    missing = [line for line in expected if line not in text.splitlines()]
    assert missing == [], "docs/options.md lacks these lines"


KEYWORDS = inspect.signature(save).parameters


@pytest.mark.quick
def test_save_has_a_keyword_for_each_option() -> None:
    keywords = {option.name for option in HOW if option.name != "ffmpeg"}  # `save` uses matplotlib's setting
    assert {*keywords, *OVERRIDES} <= set(KEYWORDS)


@pytest.mark.quick
@pytest.mark.parametrize("name", [name for name in OPTIONS if name in KEYWORDS])
def test_keyword_of_save_agrees_with_its_option(name: str) -> None:
    option, keyword = OPTIONS[name], KEYWORDS[name]
    assert keyword.default in (None, option.default)
    declared = {**MovieOptions.__annotations__, **BuildOptions.__annotations__}[name].removesuffix(" | None")
    assert declared in keyword.annotation or keyword.annotation == "Any"
    if option.choices:
        listed = ", ".join(f'"{choice}"' for choice in option.choices)
        assert f"\n{name} : {{{listed}}}" in (inspect.getdoc(save) or "")


@pytest.mark.quick
def test_save_forwards_every_option(monkeypatch: pytest.MonkeyPatch) -> None:
    passed: dict[str, Any] = {}

    def build_for(anim: Any, asked: dict[str, Any], changes: dict[str, Any], cache_dir: str | None) -> None:
        passed.update(changes=changes, all={**asked, **changes, "cache_dir": cache_dir})

    monkeypatch.setattr(saving, "build_for", build_for)
    saving.save(None, "movie.mp4")
    assert passed["changes"] == {}
    for name, option in OPTIONS.items():
        if name in KEYWORDS:
            value = option.choices[-1] if option.choices else 7 if option.parse else True
            saving.save(None, "movie.mp4", **{name: value})
            assert passed["all"][name] == value, name


@pytest.mark.quick
def test_options_survive_serialization_to_a_scene_process() -> None:
    values = {name: (1, 2) if name == "frames" else f"a {name}" for name in OPTIONS if name != "cache_dir"}
    fields = json.loads(json.dumps(BuildOptions(values).to_config()))
    assert vars(BuildOptions.from_config(fields)) == {**values, "cache_dir": None}
    assert vars(BuildOptions.from_config({"overrides": {}})) == {name: each.default for name, each in OPTIONS.items()}


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
def test_invalid_setting_in_pyproject_is_an_error(space: Space, setting: str) -> None:
    space.write("pyproject.toml", f"[tool.iparsave]\n{setting}\n")
    space.write("scene.py", LINE)
    built = space.try_build("scene.py")
    what, todo = MISTAKES[setting]
    assert built.status == 2
    assert f"pyproject.toml: {what}\nhelp: {todo}" in built.errors
    assert built.errors.startswith("error: ")


def test_command_line_overrides_project_settings(space: Space) -> None:
    space.write("pyproject.toml", "[tool.iparsave]\nblock-size = 20\nfps = 5\njobs = 1\nexact = true\n")
    space.write("scene.py", LINE)
    assert len(space.build("scene.py").rendered) == 2
    assert len(space.build("scene.py", "--block-size", "10").rendered) == 4
    assert space.build("scene.py").rendered == []
    space.write("pyproject.toml", "[tool.iparsave]\nblock-size = 'all'\n")
    assert len(space.build("scene.py").rendered) == 1


def test_project_settings_apply_in_plain_python(space: Space) -> None:
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
def test_mistyped_command_is_an_error(space: Space, word: str, said: str) -> None:
    done = space.iparsave(word)
    assert (done.returncode, done.stderr) == (2, f"error: {said}\n")
