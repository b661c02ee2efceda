"""Private names of matplotlib: all are listed, and the movie is the same if any of them is missing."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from incremental_parsave.mpl.private import OF_DRAWING, OF_SAVING, Names, missing

from .scenes import LINE, edited
from .space import Space, frames_of

PACKAGE = Path(__file__).parent.parent / "incremental_parsave"
WITH_MATPLOTLIB = ("drawing", "mpl", "frames", "trust")

# Private names of Python, and of libraries that a scene may use.
OTHER_PRIVATE_NAMES = set(
    "_getframe _exit _forkserver_address _forkserver_alive_fd _forkserver_pid _pipe_port _buffers _buffer_lock"
    " _input_request _data _name_ _value_ _lru_cache_wrapper".split()
)  # fmt: skip
# Looked up where they are used; without them, a build is only slower.
OPTIONAL_NAMES = set(
    "_prepare_font _draw_text_glyphs_and_boxes _DummyAxis _output_type _get_layout _get_tick _copy_tick_props"
    " _tick_class _major_tick_kw _minor_tick_kw _ensure_position_is_set _get_text1_transform"
    " _get_text2_transform".split()
)


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def foreign_private_names() -> dict[str, set[str]]:
    """Return the private attributes that the package reads from objects that are not its own, by file."""
    trees = {path: ast.parse(path.read_text()) for path in PACKAGE.rglob("*.py")}
    own: set[str] = set()
    for tree in trees.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                own.add(node.name)
            elif (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id in ("self", "cls")
            ):
                own.add(node.attr)
            elif isinstance(node, ast.AnnAssign | ast.Assign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                own.update(target.id for target in targets if isinstance(target, ast.Name))
    found: dict[str, set[str]] = {}
    for path, tree in trees.items():
        name = path.relative_to(PACKAGE).as_posix()
        if not name.startswith(WITH_MATPLOTLIB):
            continue
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Attribute)
                and node.attr[0] == "_"
                and node.attr[1:2] != "_"
                and node.attr not in own
            ):
                found.setdefault(node.attr, set()).add(name)
    return found


@pytest.mark.quick
def test_every_private_name_is_listed() -> None:
    listed = {name for row in (*OF_DRAWING, *OF_SAVING) for name in row.names.split()}
    assert foreign_private_names().keys() - listed - OTHER_PRIVATE_NAMES - OPTIONAL_NAMES == set()


@pytest.mark.quick
def test_installed_matplotlib_has_all_names() -> None:
    assert missing([*OF_DRAWING, *OF_SAVING]) == ""


@pytest.mark.quick
@pytest.mark.parametrize(
    ("row", "said"),
    [
        (Names("matplotlib.axis:Axis", "", "_update_ticks _no", ""), "matplotlib.axis.Axis._no"),
        (Names("matplotlib.axis:Axis", "__init__", "_no", ""), "matplotlib.axis.Axis._no"),
        (Names("matplotlib.axis:No", "", "_x", ""), "matplotlib.axis.No"),
        (Names("matplotlib.no:Axis", "", "_x", ""), "matplotlib.no.Axis"),
        (Names("matplotlib.lines:Line2D", "set_xdata", "_markevery", ""), ""),  # set elsewhere
    ],
)
def test_missing_name_is_reported_with_its_owner(row: Names, said: str) -> None:
    assert missing([row]) == said


# An import hook that renames a private name in all modules of matplotlib.
RENAMED = """\
import importlib.machinery, io, re, sys, tokenize
NAME = {name!r}


class Renaming(importlib.machinery.SourceFileLoader):
    def source_to_code(self, data, path, *, _optimization=-1):
        text = importlib.util.decode_source(data)
        if NAME in text:
            tokens = []
            for token in tokenize.generate_tokens(io.StringIO(text).readline):
                if token.string in (NAME, repr(NAME), '"' + NAME + '"'):
                    token = token._replace(string=token.string.replace(NAME, NAME + "_renamed"))
                elif token.type == tokenize.STRING and NAME in token.string and token.string[0] in "fF":
                    token = token._replace(string=re.sub(r"[.]" + NAME + r"\\b", "." + NAME + "_renamed", token.string))
                tokens.append(token[:2])
            text = tokenize.untokenize(tokens)
        return compile(text, path, "exec", dont_inherit=True)

    def get_code(self, fullname):
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] not in ("matplotlib", "mpl_toolkits"):
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and type(spec.loader) is importlib.machinery.SourceFileLoader:
            spec.loader = Renaming(spec.loader.name, spec.loader.path)
        return spec


import importlib.util
sys.meta_path.insert(0, Finder)
"""

SCENE = edited(edited(LINE, "FRAMES = 40", "FRAMES = 6"), '"out.mp4"', '"python.mkv", codec="ffv1"')
NAMES = sorted({(name, row in OF_SAVING) for row in (*OF_DRAWING, *OF_SAVING) for name in row.names.split()})
# Names that the compiled renderer reads, and a compiled module of matplotlib.
USED_IN_C = {"RendererAgg", "_path", "_alpha", "_forced_alpha", "_antialiased", "_capstyle", "_cliprect", "_joinstyle"}
USED_IN_C |= {"_linewidth", "_rgb"}
QUICK_NAMES = {"_update_ticks", "_is_saving", "_fig", "_post_draw", "_run", "_mtx"}


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("name", "of_saving"),
    [
        pytest.param(*each, id=each[0], marks=[] if each[0] in QUICK_NAMES else [pytest.mark.soak])
        for each in NAMES
        if each[0] not in USED_IN_C
    ],
)
def test_movie_is_the_same_without_a_private_name(name: str, of_saving: bool, space: Space) -> None:
    space.cold = True
    space.write("hooks/sitecustomize.py", RENAMED.format(name=name))
    space.environment["PYTHONPATH"] = str(space.path("hooks"))
    space.write("scene.py", SCENE)
    built = space.build("scene.py", "-o", "out.mkv")
    assert name in built.way, built.way
    assert built.way.startswith("matplotlib has no ")
    assert len(built.errors.splitlines()) == 1, built.errors
    space.python("scene.py")
    assert frames_of(space.path("out.mkv")) == frames_of(space.path("python.mkv"))
