"""The direction of imports: each layer may import only from the layers below it."""

from __future__ import annotations

import ast
import graphlib
from pathlib import Path

import pytest

pytestmark = pytest.mark.quick

PACKAGE = Path(__file__).parent.parent / "incremental_parsave"

# From the command line down to data and errors.
LAYERS = [
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
]
RANK = {name: rank for rank, line in enumerate(LAYERS) for name in line}

# Packages that may import a library.
ALLOWED_IMPORTERS = {
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
    "protocol", "options", "processes", "model", "errors", "spans",
}  # fmt: skip


def unit(path: Path) -> str:
    relative = path.relative_to(PACKAGE)
    return relative.parts[0].removesuffix(".py")


def imports(path: Path, *, for_types: bool = True) -> set[str]:
    """Return the absolute names of the imports of a file, including those for type checking."""
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


def test_every_package_has_a_layer() -> None:
    assert {unit(path) for path in FILES} == RANK.keys()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_downward(path: Path) -> None:
    own = unit(path)
    for name in imports(path):
        if not name.startswith("incremental_parsave."):
            continue
        other = name.split(".")[1]
        assert other == own or other not in RANK or RANK[other] > RANK[own], f"{own} imports {other}"


def test_no_circular_imports() -> None:
    module = {
        path: ".".join(["incremental_parsave", *path.relative_to(PACKAGE).with_suffix("").parts]) for path in FILES
    }
    graphlib.TopologicalSorter(
        {module[path]: imports(path, for_types=False) & set(module.values()) for path in FILES}
    ).prepare()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_libraries_are_imported_only_where_allowed(path: Path) -> None:
    names = imports(path)
    for library, allowed in ALLOWED_IMPORTERS.items():
        if any(name == library or name.startswith(library + ".") for name in names):
            assert unit(path) in allowed, f"{unit(path)} imports {library}"
    if unit(path) in WITHOUT_NUMPY:
        assert not {name.split(".")[0] for name in names} & {"numpy", "matplotlib"}


def test_files_have_at_most_400_lines() -> None:
    assert {path.name: n for path in FILES if (n := len(path.read_text().splitlines())) > 400} == {}


def test_folders_are_small() -> None:
    count = {folder: len(list(folder.glob("*.py"))) for folder in {path.parent for path in FILES}}
    assert count.pop(PACKAGE) <= 8
    assert max(count.values()) <= 12


# Only `processes` may start programs, fork, send signals, wait, read Linux's /proc, or lock files.
PROCESS_CALLS = {
    "subprocess", "fcntl", "os.fork", "os.kill", "os.killpg", "os.setpgid", "signal.signal", "signal.raise_signal",
    "time.sleep",
}  # fmt: skip
EXCEPTIONS = {"commands/watch.py": {"signal.signal"}}  # Ctrl-C ends a watch
MAY_NAME_PROC = {"tracing/audit.py", "tracing/opens.py", "tracing/sensors.py"}  # handle paths that a scene may read


def used(path: Path) -> set[str]:
    """Return the modules that a file imports, the attributes of modules that it uses, and whether it names /proc."""
    tree = ast.parse(path.read_text())
    found = imports(path)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found.add(f"{node.value.id}.{node.attr}")
    strings = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    documentation = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    if any(node.value.startswith("/proc") for node in strings if node not in documentation):
        found.add("/proc")
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_process_calls_are_made_only_in_processes(path: Path) -> None:
    name = path.relative_to(PACKAGE).as_posix()
    if unit(path) == "processes":
        return
    does = used(path) & {*PROCESS_CALLS, "/proc"} - EXCEPTIONS.get(name, set())
    assert does - ({"/proc"} if name in MAY_NAME_PROC else set()) == set()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_records_and_messages_are_parsed_in_one_place(path: Path) -> None:
    name = path.relative_to(PACKAGE).as_posix()
    assert "json.loads" not in used(path) or name in ("cache/records.py", "protocol/lines.py")
