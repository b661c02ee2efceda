"""Inputs that are easily missed: each is shown in the frames of one block, and then changed.

One scene reads all of them.  `before` creates an input, and `change` changes
it.  Question 0 and the key of question 1 must report each change by the name
`called`, and its block must be rendered again.
"""

from __future__ import annotations

import os
import py_compile
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np
import pytest

from incremental_parsave.tracing.inputs import Inputs

from .scenes import LINE, edited
from .space import Space


def file(name: str, text: str) -> Callable[[Space], object]:
    return lambda space: space.write(name, text)


def link(name: str, target: str) -> Callable[[Space], object]:
    def make(space: Space) -> None:
        space.path(name).unlink(missing_ok=True)
        space.path(name).symlink_to(target)

    return make


def hdf(name: str, value: float) -> Callable[[Space], object]:
    def write(space: Space) -> None:
        space.path(name).parent.mkdir(parents=True, exist_ok=True)
        with h5py.File(space.path(name), "w") as out:
            out["x"] = value

    return write


def variable(name: str, value: str) -> Callable[[Space], object]:
    return lambda space: space.environment.__setitem__(name, value)


def lone_pyc(value: str) -> Callable[[Space], object]:
    def compile_alone(space: Space) -> None:
        source = space.write("aside/lone.txt", f"V = {value}\n")
        py_compile.compile(str(source), cfile=str(space.path("lone.pyc")))

    return compile_alone


def shared_library(value: str) -> Callable[[Space], object]:
    def compile_it(space: Space) -> None:
        source = space.write("aside/k.c", f"int value(void) {{ return {value}; }}\n")
        new = space.path("aside/new.so")
        subprocess.run(["cc", "-shared", "-fPIC", "-o", str(new), str(source)], check=True)
        os.replace(new, space.path("libk.so"))

    return compile_it


class Hidden(NamedTuple):
    called: str
    value: str
    change: Callable[[Space], object]
    before: tuple[Callable[[Space], object], ...] = ()


CASES = {
    "variable read while a module is imported": Hidden("the environment variable SCALE",
        "__import__('conf').v", variable("SCALE", "7"),
        (file("conf.py", "import os\nv = os.getenv('SCALE')\n"), variable("SCALE", "2"))),
    "hidden file read while a module is imported": Hidden(".env",
        "__import__('conf2').v", file(".env", "7"), (file("conf2.py", "v = open('.env').read()\n"), file(".env", "2"))),
    "folder listed by a package": Hidden("the list of files in plugins",
        "__import__('plugins').ALL", file("plugins/b.py", ""),
        (file("plugins/__init__.py", "import os\nALL = len([n for n in os.listdir(os.path.dirname(__file__))"
              " if n.endswith('.py')])\n"),)),
    "source that is newer than its cache": Hidden("the modification time of d.txt",
        "from_cache('d.txt', 'cache.txt')", file("d.txt", "7"), (file("d.txt", "2"),)),
    "newest of several files": Hidden("the modification time of run1.txt",
        "open(max(glob.glob('run*.txt'), key=os.path.getmtime)).read()", lambda space: os.utime(space.path("run1.txt")),
        (file("run1.txt", "7"), lambda space: os.utime(space.path("run1.txt"), (5, 5)), file("run2.txt", "2"))),
    "modification time of a file": Hidden("the modification time of timed",
        "os.path.getmtime('timed') % 97", lambda space: os.utime(space.path("timed"), (11, 11)), (file("timed", ""),)),
    "folder behind a link": Hidden("the link latest",
        "(Path('latest').resolve() / 'd.txt').read_text()", link("latest", "r2"),
        (file("r1/d.txt", "2"), file("r2/d.txt", "7"), link("latest", "r1"))),
    "target of a link": Hidden(
        "the link current", "os.readlink('current')[-1]", link("current", "x7"), (link("current", "x2"),)),
    "new environment variable": Hidden("the list of environment variables",
        "[v for k, v in os.environ.items() if k.startswith('SIM_')]", variable("SIM_V", "7")),
    "environment variable read as bytes": Hidden("the environment variable RAW",
        "os.environb.get(b'RAW', b'2')", variable("RAW", "7")),
    "module that is created earlier in the path": Hidden("the module over/helper",
        "__import__('helper').v", file("over/helper.py", "v = 7\n"), (file("helper.py", "v = 2\n"),)),
    "HDF5 behind a linked folder": Hidden("linked/x.h5",
        "float(h5py.File('linked/x.h5')['x'][()])", hdf("../far/x.h5", 7),
        (hdf("../far/x.h5", 2), link("linked", "../far"))),
    "HDF5 behind a link": Hidden("far2/y.h5",
        "float(h5py.File('y.h5')['x'][()])", hdf("../far2/y.h5", 7),
        (hdf("../far2/y.h5", 2), link("y.h5", "../far2/y.h5"))),
    "hidden HDF5": Hidden(".z.h5", "float(h5py.File('.z.h5')['x'][()])", hdf(".z.h5", 7), (hdf(".z.h5", 2),)),
    "HDF5 in a folder that a variable names": Hidden("far3/v.h5",
        "float(h5py.File(os.environ['FAR'] + '/v.h5')['x'][()])", hdf("../far3/v.h5", 7), (hdf("../far3/v.h5", 2),)),
    "module without source": Hidden("lone.pyc", "__import__('lone').V", lone_pyc("7"), (lone_pyc("2"),)),
    "shared library": Hidden(
        "libk.so", "ctypes.CDLL('./libk.so').value()", shared_library("7"), (shared_library("2"),)),
    "file in shared memory": Hidden("/dev/shm/",
        "Path(MEMORY).read_text()", lambda space: memory(space).write_text("7"),
        (lambda space: memory(space).write_text("2"),)),
}  # fmt: skip
HEAD = """\
import ctypes, glob, os, sys
from pathlib import Path
import h5py
sys.path.insert(0, "over")

def from_cache(source, cache):
    if not os.path.exists(cache) or os.path.getmtime(cache) < os.path.getmtime(source):
        Path(cache).write_text(Path(source).read_text())
    return Path(cache).read_text()

"""


def memory(space: Space) -> Path:
    return Path(f"/dev/shm/{space.folder.parent.name}-{os.getpid()}")


@pytest.mark.skipif(shutil.which("cc") is None, reason="a C compiler is not installed")
def test_changed_hidden_input_is_named_and_renders_its_block(space: Space) -> None:
    for case in CASES.values():
        for make in case.before:
            make(space)
    kept = ("PATH", "PYTHONHASHSEED", "MPLBACKEND", "IPARSAVE_FFMPEG", "OPENBLAS_NUM_THREADS")
    space.environment = {name: space.environment[name] for name in kept}  # the scene lists all variables
    space.environment["FAR"] = str(space.folder.parent / "far3")
    values = ",\n    ".join(case.value for case in CASES.values())
    head = HEAD + f"MEMORY = {str(memory(space))!r}\nvalues = [\n    {values},\n]\n"
    scene = edited(LINE, 'f"frame {i}"', "__import__('zlib').crc32(str(values[i // 4]).encode()) % 1000")
    space.write("scene.py", head + edited(scene, "FRAMES = 40", f"FRAMES = {4 * len(CASES)}"))
    time.sleep(0.1)  # files that are opened outside Python must be older than the scene
    build = ("scene.py", "--block-size", "4")
    assert len(space.build(*build).rendered) <= len(CASES)
    space.build(*build)  # this build finds cache.txt, which the first has written
    assert space.build(*build).reasons == {}
    for half in (0, 1):
        changed = list(CASES.values())[half::2]
        for case in changed:
            case.change(space)
        time.sleep(0.05)
        seen = space.changed_inputs(*build)
        assert [case.called for case in changed if not any(case.called in name for name in seen)] == []
        built = space.build(*build, "--explain")
        seen = built.changed  # they are in the key of question 1, too
        assert [case.called for case in changed if not any(case.called in line for line in seen)] == []
        assert built.target["blocks"]["total"] == len(CASES)
        assert built.rendered == list(range(half, len(CASES), 2)), built.reasons
    incremental = space.path("out.mp4").read_bytes()
    space.build(*build, "--cache-dir", "clean")
    memory(space).unlink()
    assert space.path("out.mp4").read_bytes() == incremental


THREADS = """\
from concurrent.futures import ThreadPoolExecutor
import os
def load(i):
    return float(open(f"data/{i:03d}/d.txt").read())
with ThreadPoolExecutor(8) as executor:
    shift = sum(executor.map(load, range(200)))
"""
SPAWN = """\
import multiprocessing, os
def load(i):
    return float(os.environ.get("SIM_V", "2"))
shift = 0.0
if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        shift = pool.map(load, [0])[0]
"""


def shifted(head: str) -> str:
    return head + edited(LINE, "i / 5", "i / 5 + shift")


def test_files_read_by_threads_are_inputs(space: Space) -> None:
    for i in range(200):
        space.write(f"data/{i:03d}/d.txt", "0.001")
    space.write("scene.py", shifted(THREADS))
    space.build("scene.py", "--block-size", "10")
    (manifest,) = (path for path in space.path(".iparsave_cache/manifests").rglob("*") if path.is_file())
    assert manifest.read_text().count("/d.txt") >= 200


@pytest.mark.exhaustive
def test_environment_variable_read_by_a_spawned_process_is_an_input(space: Space) -> None:
    space.write("scene.py", shifted(SPAWN).replace("anim.save(", "if __name__ == '__main__':\n    anim.save("))
    space.build("scene.py", "--block-size", "10")
    space.environment["SIM_V"] = "7"
    assert space.build("scene.py", "--block-size", "10").rendered == [0, 1, 2, 3]


def test_files_opened_by_other_processes_are_no_inputs(tmp_path: Path) -> None:
    """Looking at a folder, as Python does along its path, does not make the files next to it inputs."""
    for name in ("noise.log", "looked_for.h5"):
        tmp_path.joinpath(name).touch()
    project = tmp_path / "project"
    project.mkdir()
    inputs = Inputs(str(project), str(project / "cache"))
    inputs.add("stat", str(project))
    subprocess.run(["cat", tmp_path / "noise.log"], check=True)
    assert inputs.mark() == 1
    inputs.add("stat", str(tmp_path / "looked_for"))
    subprocess.run(["cat", tmp_path / "looked_for.h5"], check=True)
    assert inputs.mark() == 3


@pytest.mark.exhaustive
def test_file_that_changed_after_a_c_library_read_it_renders_every_block(space: Space) -> None:
    hdf("x.h5", 2)(space)
    time.sleep(0.1)
    space.write("writer.py", "import h5py\nh5py.File('x.h5', 'w')['x'] = 7.0\n")
    head = "import os, h5py\nwith h5py.File('x.h5') as f:\n    shift = f['x'][()]\n"
    change = f"os.system('{sys.executable} writer.py')\n"
    space.write("pyproject.toml", '[tool.iparsave]\ninputs = ["nothing"]\n')  # else the process alone causes a build
    space.write("scene.py", shifted(head + change))
    space.build("scene.py", "--block-size", "10")
    space.write("writer.py", "")
    assert space.build("scene.py", "--block-size", "10").rendered == [0, 1, 2, 3]
    assert np.isclose(h5py.File(space.path("x.h5"))["x"][()], 7)


def test_scene_that_changes_its_working_folder_is_up_to_date(space: Space) -> None:
    space.write("sub/scene.py", "import os\nos.chdir(os.path.dirname(os.path.abspath(__file__)))\n" + LINE)
    space.build("sub/scene.py", "--block-size", "10")
    for _ in range(2):
        assert space.build("sub/scene.py", "--block-size", "10").up_to_date
        assert sorted(path.name for path in space.folder.glob("*.mp4")) == []
    whole = space.path("sub/out.mp4").read_bytes()
    space.path("sub/out.mp4").unlink()
    assert space.build("sub/scene.py", "--block-size", "10").reasons == {}
    assert space.path("sub/out.mp4").read_bytes() == whole


@pytest.mark.exhaustive
def test_movie_that_the_scene_moves_or_saves_twice_is_up_to_date(space: Space) -> None:
    space.write("scene.py", LINE + "import os\nos.replace('out.mp4', 'final.mp4')\n")
    space.build("scene.py", "--block-size", "10")
    assert space.build("scene.py", "--block-size", "10").reasons == {}
    assert not space.path("out.mp4").exists()
    space.path("final.mp4").unlink()
    space.build("scene.py", "--block-size", "10")
    assert space.path("final.mp4").exists()
    again = "def other(i):\n    line.set_alpha(0.5)\nFuncAnimation(fig, other, frames=20).save('out.mp4')\n"
    space.write("scene.py", LINE + again)
    space.build("scene.py", "--block-size", "10")
    movie = space.path("out.mp4").read_bytes()
    built = space.build("scene.py", "--block-size", "10")
    assert [target["up_to_date"] for target in built.targets] == [True, True]
    assert space.path("out.mp4").read_bytes() == movie


def test_movie_is_written_to_the_target_of_a_link(space: Space) -> None:
    space.path("pub").mkdir()
    link("out.mp4", "pub/out.mp4")(space)
    space.write("scene.py", LINE)
    space.build("scene.py", "--block-size", "10")
    assert space.path("out.mp4").is_symlink()
    assert space.path("pub/out.mp4").stat().st_size > 500
    assert space.build("scene.py", "--block-size", "10").up_to_date


WRITING_SCENES = {
    "temporary folder": (
        "import tempfile\nwith tempfile.TemporaryDirectory() as t:\n    np.save(t + '/a.npy', np.loadtxt('d.txt'))\n"
        "    shift = np.load(t + '/a.npy')\n"
    ),
    "work folder that is created again": (
        "import os, shutil\nshutil.rmtree('work', ignore_errors=True)\nos.makedirs('work')\n"
        "np.save('work/a.npy', np.loadtxt('d.txt'))\nshift = np.load('work/a.npy')\n"
    ),
    "variables set by the scene": (
        "import os\nos.environ['SIM_V'] = open('d.txt').read()\nshift = float(os.environ['SIM_V'])\n"
    ),
    "file rewritten unchanged": "text = open('d.txt').read()\nopen('d.txt', 'w').write(text)\nshift = float(text)\n",
}


@pytest.mark.rows(1)
@pytest.mark.parametrize("head", WRITING_SCENES.values(), ids=WRITING_SCENES)
def test_files_and_variables_written_by_the_scene_do_not_cause_a_build(space: Space, head: str) -> None:
    space.write("d.txt", "2")
    space.write("scene.py", "import numpy as np\n" + shifted(head))
    space.build("scene.py", "--block-size", "10")
    space.build("scene.py", "--block-size", "10")  # this build may find a folder that the first has created
    done = space.iparsave("build", "-v", "scene.py", "--block-size", "10")
    assert "is run" not in done.stderr, done.stderr
    assert "up to date" in done.stdout
    space.write("d.txt", "7")
    assert space.build("scene.py", "--block-size", "10").rendered == [0, 1, 2, 3]
