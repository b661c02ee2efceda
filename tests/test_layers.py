"""The direction of imports: each line may import only from the lines below it."""

from __future__ import annotations

import ast
import graphlib
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "incremental_parsave"

# The way of a build, from the words of the command line down to data and errors.
LINES = [
    {"__main__"},
    {"cli"},
    {"commands"},
    {"watch"},
    {"preview"},
    {"supervisor"},  # starts `scene_host.child_main` in a process of its own, and never imports it
    {"display"},
    {"scene_host"},
    {"api"},
    {"builder"},
    {"pool"},
    {"blocks"},
    {"frames"},
    {"trust"},
    {"mpl"},
    {"drawing"},
    {"tracing"},
    {"media"},
    {"cache"},
    {"keys"},
    {"config"},
    {"options"},
    {"processes", "model"},
    {"protocol"},
    {"errors", "spans"},
    {"own"},
]
RANK = {name: rank for rank, line in enumerate(LINES) for name in line}

# Who may know what.
ONLY = {
    "matplotlib.animation": {"mpl", "frames", "trust", "api"},
    "matplotlib.backends": {"drawing"},
    "matplotlib.backend_bases": {"drawing"},
    "rich": {"display"},
    "watchdog": {"watch"},
    "starlette": {"preview"},
    "uvicorn": {"preview"},
}
WITHOUT_NUMPY = {
    "__main__", "cli", "commands", "watch", "preview", "supervisor", "display", "cache", "media", "tracing", "config",
    "protocol", "options", "processes", "model", "errors", "spans", "own",
}  # fmt: skip


def unit(path: Path) -> str:
    relative = path.relative_to(PACKAGE)
    return relative.parts[0].removesuffix(".py")


def imports(path: Path, *, for_types: bool = True) -> set[str]:
    """Return the absolute names of what a file imports, what it names in its types alone included."""
    package = ["incremental_parsave", *path.relative_to(PACKAGE).parts[:-1]]
    found = set()
    tree = ast.parse(path.read_text())
    of_types = [node for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)]
    left_out = set() if for_types else {each for node in of_types for each in ast.walk(node)}
    for node in ast.walk(tree):
        if node in left_out:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1] if node.level else [])
            module = ".".join(filter(None, [base, node.module or ""]))
            found.add(module)
            found |= {f"{module}.{alias.name}" for alias in node.names}
    return found


FILES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def test_every_file_has_its_line() -> None:
    assert {unit(path) for path in FILES} == RANK.keys()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_downward(path: Path) -> None:
    own = unit(path)
    for name in imports(path):
        if not name.startswith("incremental_parsave."):
            continue
        other = name.split(".")[1]
        assert other == own or other not in RANK or RANK[other] > RANK[own], f"{own} imports {other}"


def test_no_files_import_each_other_in_a_circle() -> None:
    module = {
        path: ".".join(["incremental_parsave", *path.relative_to(PACKAGE).with_suffix("").parts]) for path in FILES
    }
    graphlib.TopologicalSorter(
        {module[path]: imports(path, for_types=False) & set(module.values()) for path in FILES}
    ).prepare()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_those_who_may_know(path: Path) -> None:
    names = imports(path)
    for library, allowed in ONLY.items():
        if any(name == library or name.startswith(library + ".") for name in names):
            assert unit(path) in allowed, f"{unit(path)} knows {library}"
    if unit(path) in WITHOUT_NUMPY:
        assert not {name.split(".")[0] for name in names} & {"numpy", "matplotlib"}


def test_no_file_grows_past_400_lines() -> None:
    assert {path.name: n for path in FILES if (n := len(path.read_text().splitlines())) > 400} == {}


def test_folders_are_small() -> None:
    count = {folder: len(list(folder.glob("*.py"))) for folder in {path.parent for path in FILES}}
    assert count.pop(PACKAGE) <= 8
    assert max(count.values()) <= 12
