"""Installed packages are inputs by content, the scene's own as well as third-party ones.

The tests create a virtual environment that also sees the packages of the environment that runs them.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Callable, Iterator
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest

import incremental_parsave
from incremental_parsave.keys.packages import is_tracked_by_record

from .scenes import LINE, edited
from .space import Built, Space, frames_of
from .warm import WarmServer

BLOCKS = ("--block-size", "10")


class Installed(Space):
    """A space with an environment in which packages can be installed."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._server: WarmServer | None = None
        place = folder.parent / "environment"
        venv.create(place, symlinks=True, with_pip=False)
        self.interpreter = str(place / "bin/python")
        lib = subprocess.check_output(
            [self.interpreter, "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])"], text=True
        )
        self.packages = Path(lib.strip())
        package_root = Path(incremental_parsave.__file__).parent.parent
        (self.packages / "tests.pth").write_text(f"{sysconfig.get_paths()['purelib']}\n{package_root}\n")

    def warm_server(self) -> WarmServer:
        if self._server is None:
            self._server = WarmServer(self.environment, self.interpreter)
        return self._server

    def close(self) -> None:
        if self._server is not None:
            self._server.close()

    def run(self, command: list[str], stdin: str = "") -> subprocess.CompletedProcess[str]:
        return super().run([self.interpreter if part == sys.executable else part for part in command], stdin)

    def put(self, name: str, text: str) -> Path:
        """Write a file into site-packages."""
        path = self.packages / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def install(self, name: str, files: dict[str, str], version: str = "1.0") -> None:
        """Install a package as pip does: its files, and a RECORD that lists them."""
        about = f"{name}-{version}.dist-info"
        lines = [f"{about}/RECORD,,", f"../../../bin/{name},sha256={hash(str(self.packages))},9"]
        for file, text in {**files, f"{about}/METADATA": f"Name: {name}\nVersion: {version}\n"}.items():
            self.put(file, text)
            lines.append(f"{file},sha256={hashlib.sha256(text.encode()).hexdigest()},{len(text)}")
        self.put(f"{about}/RECORD", "\n".join(lines) + "\n")

    def rendered(self) -> list[int]:
        """Build; return the rendered blocks, which are none if the scene was not run."""
        return self.build("scene.py", *BLOCKS).rendered


@pytest.fixture
def space(tmp_path: Path) -> Iterator[Installed]:
    folder = tmp_path / "project"
    folder.mkdir()
    made = Installed(folder)
    yield made
    made.close()


def scene(head: str, value: str) -> str:
    return f"{head}\n" + edited(LINE, 'f"frame {i}"', f"str({value})")


def check(space: Installed, change: Callable[[], object], *, expect_same_movie: bool = False) -> Built:
    """Build, change something, build again; check that the movie equals one built from an empty cache."""
    space.build("scene.py", *BLOCKS)
    assert space.build("scene.py", *BLOCKS).reasons == {}
    before = frames_of(space.path("out.mp4"))
    change()
    built = space.build("scene.py", *BLOCKS)
    assert built.rendered == ([] if expect_same_movie else [0, 1, 2, 3])
    assert (frames_of(space.path("out.mp4")) == before) is expect_same_movie
    assert space.build("scene.py", *BLOCKS).reasons == {}
    made = space.path("out.mp4").read_bytes()
    space.build("scene.py", *BLOCKS, "--cache-dir", "clean")
    assert space.path("out.mp4").read_bytes() == made
    return built


PACKAGE = {"mine/__init__.py": "from .inner import V\n", "mine/inner.py": "V = 2\n", "mine/data.txt": "2"}
IMPORTED = scene("import mine", "mine.V")


def test_dependencies_of_matplotlib_are_tracked_by_record() -> None:
    """So a build does not compare about a hundred files one by one."""
    required = {re.split(r"[^\w-]", each)[0].lower() for each in requires("matplotlib") or () if "extra ==" not in each}
    packages = sysconfig.get_paths()["purelib"]
    names = [name for name, of in packages_distributions().items() if {each.lower() for each in of} & required]
    assert len(names) >= len(required)
    for name in names:
        module = f"{packages}/{name}"
        assert not os.path.isdir(module) or is_tracked_by_record(f"{module}/__init__.py"), name


@pytest.mark.exhaustive
def test_records_of_unimported_packages_are_not_inputs(space: Installed) -> None:
    space.install("other", {"other.py": "V = 1\n"})
    space.cold = True  # Python reads .pth files when it starts
    space.install("hack", {"_distutils_hack/__init__.py": ""})
    space.put("first.pth", "import _distutils_hack\n")
    space.write("scene.py", LINE)
    space.build("scene.py", *BLOCKS)
    space.install("other", {"other.py": "V = 2\n"})
    assert space.build("scene.py", *BLOCKS).reasons == {}


@pytest.mark.exhaustive
def test_reinstalling_a_package_with_the_same_version_rebuilds(space: Installed) -> None:
    space.install("mine", PACKAGE)
    space.write("scene.py", IMPORTED)
    check(space, lambda: space.install("mine", {**PACKAGE, "mine/inner.py": "V = 7\n"}))


@pytest.mark.exhaustive
def test_editing_an_installed_package_in_place_rebuilds(space: Installed) -> None:
    space.install("mine", PACKAGE)
    space.write("scene.py", IMPORTED)
    check(space, lambda: space.put("mine/inner.py", "V = 77\n"))


@pytest.mark.exhaustive
def test_values_computed_on_import_are_in_the_key_of_inputs(space: Installed) -> None:
    """No function captures the label, because the script sets it before the animation."""
    space.install("mine", PACKAGE)
    space.write("scene.py", "import mine\n" + edited(LINE, "# edit here", 'ax.set_xlabel("label")'))
    text = edited(LINE, 'title = ax.set_title("")', "ax.set_xlabel(mine.V)\ntitle = ax.set_title('')")
    space.write("scene.py", "import mine\n" + text)
    check(space, lambda: space.put("mine/inner.py", "V = 77\n"))


def test_reinstalling_an_identical_package_rebuilds_nothing(space: Installed) -> None:
    space.install("mine", PACKAGE)
    space.install("other", {"other.py": "V = 1\n"})
    space.write("scene.py", IMPORTED)
    space.build("scene.py", *BLOCKS)
    space.install("mine", PACKAGE)
    for path in space.packages.rglob("mine/*"):
        os.utime(path)
    space.install("other", {"other.py": "V = 2\n"})  # which the scene does not import
    assert space.build("scene.py", *BLOCKS).reasons == {}
    record = space.packages / "mine-1.0.dist-info/RECORD"
    lines = record.read_text().replace("bin/mine,sha256=", "bin/mine,sha256=another-environments-")
    record.write_text("\n".join(reversed(lines.splitlines())) + "\nmine-1.0.dist-info/INSTALLER,sha256=uv,2\n")
    assert space.build("scene.py", *BLOCKS).reasons == {}


def test_data_file_read_by_a_c_extension_is_tracked_by_record(space: Installed) -> None:
    """The read of `data.txt` is not recorded, but RECORD shows that the file has changed."""
    space.install("mine", PACKAGE)
    space.write("scene.py", IMPORTED)
    space.build("scene.py", *BLOCKS)
    space.install("mine", {**PACKAGE, "mine/data.txt": "7"})
    done = space.iparsave("build", "-v", "scene.py", *BLOCKS)
    assert "mine-1.0.dist-info/RECORD changed" in done.stderr


UNOWNED_FILES = {
    "module": ("import loose", "loose.V", "loose.py", "V = {}\n"),
    "in a package": ("import loose.inner", "loose.inner.V", "loose/inner.py", "V = {}\n"),
    "beside an installed namespace": ("import shared.mine", "shared.mine.V", "shared/mine.py", "V = {}\n"),
    "data file": ("", "open(PACKAGES + '/loose.txt').read()", "loose.txt", "{}"),
    "data file of a package": (
        "import importlib.resources", "importlib.resources.files('owned').joinpath('d.txt').read_text()",
        "owned/d.txt", "{}"),
    "data by pkgutil": ("import pkgutil", "pkgutil.get_data('owned', 'd.txt')", "owned/d.txt", "{}"),
    "data that appears": ("import os", "os.path.exists(PACKAGES + '/owned/new.txt')", "owned/new.txt", "{}"),
    "version that is changed in place": (
        "import importlib.metadata", "importlib.metadata.version('owned')", "owned-1.0.dist-info/METADATA",
        "Name: owned\nVersion: {}\n"),
}  # fmt: skip


@pytest.mark.exhaustive
@pytest.mark.parametrize("case", UNOWNED_FILES)
def test_files_without_a_record_are_inputs(space: Installed, case: str) -> None:
    head, value, name, text = UNOWNED_FILES[case]
    space.install("owned", {"owned/__init__.py": "", "owned/d.txt": "2", "shared/theirs.py": ""})
    if case != "data that appears":
        space.put(name, text.format(2))
    space.write("scene.py", scene(f"{head}\nPACKAGES = {str(space.packages)!r}\nV = {value}", "V"))
    check(space, lambda: space.put(name, text.format(7)))


@pytest.mark.exhaustive
def test_comment_in_an_unowned_module_rebuilds_nothing(space: Installed) -> None:
    space.put("loose.py", "V = 2\n")
    space.write("scene.py", scene("import loose", "loose.V"))
    space.build("scene.py", *BLOCKS)
    space.put("loose.py", "# a comment\nV = 2\n")
    assert space.build("scene.py", *BLOCKS).reasons == {}


@pytest.mark.exhaustive
def test_clock_read_by_an_unowned_module_is_detected(space: Installed) -> None:
    """A module without a RECORD is treated as the user's own code."""
    space.put("loose.py", "import time\n\ndef now():\n    return time.perf_counter_ns()\n")
    space.write("scene.py", scene("import loose", "loose.now()"))
    assert set(space.rendered()) == {0, 1, 2, 3}  # some of them twice, before the build falls back to one process
    assert set(space.build("scene.py", *BLOCKS, skip_manifest=True).rendered) == {0, 1, 2, 3}


def test_module_added_to_site_packages_rebuilds(space: Installed) -> None:
    space.write("scene.py", scene("try:\n    from fast import V\nexcept ImportError:\n    V = 2", "V"))
    check(space, lambda: space.put("fast.py", "V = 7\n"))


@pytest.mark.exhaustive
def test_site_packages_on_pythonpath_are_inputs(space: Installed) -> None:
    """A site-packages folder on ``PYTHONPATH`` is treated like Python's own."""
    space.cold = True  # Python reads it when it starts
    home = space.folder.parent / "home/lib/site-packages"
    home.mkdir(parents=True)
    space.environment["PYTHONPATH"] = str(home)
    (home / "loose.py").write_text("V = 2\n")
    space.write("scene.py", scene("import loose", "loose.V"))
    check(space, lambda: (home / "loose.py").write_text("V = 7\n"))


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", ["dist-packages"])
def test_system_packages_without_record_are_tracked_by_content(space: Installed, name: str) -> None:
    """Packages of a system package manager have no RECORD, so their files are compared by content."""
    space.cold = True  # Python reads the variable when it starts
    place = space.folder.parent / name
    (place / "theirs-1.0.egg-info").mkdir(parents=True)
    (place / "theirs.py").write_text("V = 2\n")
    space.environment["PYTHONPATH"] = str(place)
    space.write("scene.py", scene("import theirs", "theirs.V"))
    check(space, lambda: (place / "theirs.py").write_text("V = 7\n"))


EDITABLE_FINDER = """\
import sys
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        return spec_from_file_location(name, {path!r}) if name == "edited" else None
def install():
    sys.meta_path.append(Finder)
"""


@pytest.mark.exhaustive
@pytest.mark.parametrize("how", ["folder", "finder", "code", "module"])
def test_changed_pth_file_rebuilds(space: Installed, how: str) -> None:
    space.cold = True  # Python reads them when it starts
    for n in (2, 7):
        (space.folder.parent / f"v{n}").mkdir()
        (space.folder.parent / f"v{n}/edited.py").write_text(f"V = {n}\n")
    paths = {n: str(space.folder.parent / f"v{n}") for n in (2, 7)}
    lines = {
        "folder": lambda n: space.put("e.pth", f"{paths[n]}\n"),
        "code": lambda n: space.put("e.pth", f"import sys; sys.path.append('v'); sys.V = {n}\n"),
        "finder": lambda n: (
            space.put("e.pth", "import __editable___e_finder; __editable___e_finder.install()\n"),
            space.put("__editable___e_finder.py", EDITABLE_FINDER.format(path=f"{paths[n]}/edited.py")),
        ),
        "module": lambda n: (
            space.put("e.pth", "import started\n"), space.put("started.py", f"import sys\nsys.V = {n}\n"),
        ),
    }[how]  # fmt: skip
    lines(2)
    in_sys = how in ("code", "module")
    text = edited(
        LINE, 'title = ax.set_title("")', f"ax.set_xlabel({'sys' if in_sys else 'edited'}.V)\ntitle = ax.set_title('')"
    )
    space.write("scene.py", ("import sys\n" if in_sys else "import edited\n") + text)
    check(space, lambda: lines(7))


@pytest.mark.exhaustive
def test_added_sitecustomize_rebuilds(space: Installed) -> None:
    space.cold = True  # Python imports it when it starts
    head = "import builtins\nV = getattr(builtins, 'V', 2)"
    space.write("scene.py", scene(head, "V"))
    check(space, lambda: space.put("sitecustomize.py", "import builtins\nbuiltins.V = 7\n"))
    space.put("sitecustomize.py", "import builtins\nbuiltins.V = 8\n")
    assert space.rendered() == [0, 1, 2, 3]


@pytest.mark.exhaustive
def test_keys_do_not_depend_on_package_location(space: Installed, tmp_path: Path) -> None:
    (tmp_path / "b/project").mkdir(parents=True)
    other = Installed(tmp_path / "b/project")
    for one in (space, other):
        one.cold = True  # two environments, and one build in each
        one.install("mine", PACKAGE)
        one.put("loose.py", "V = 2\n")
        one.write("scene.py", scene("import mine, loose", "mine.V + loose.V"))
        one.environment["IPARSAVE_CACHE_DIR"] = str(tmp_path / "cache")
    assert space.rendered() == [0, 1, 2, 3]
    built = other.build("scene.py", *BLOCKS)
    assert built.reasons == dict.fromkeys(range(4), "inputs unchanged")
