"""Inputs of a scene are detected automatically: every test changes one, and checks which blocks are built again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from .scenes import LINE, edited
from .space import Space

BLOCKS = ("--block-size", "10")


# Name of an input: the expression that looks it up, and a change of it.
FILE_PROBES: dict[str, tuple[str, Callable[[Path], object]]] = {
    "the list of files in data": (
        "len(list(Path('data').glob('*.txt')))",
        lambda data: (data / "new.txt").write_text("x"),
    ),
    "the list of files in names": (
        "sorted(os.listdir('names'))",
        lambda data: (data / "../names/a").rename(data / "../names/b"),
    ),
    "the list of files in walked": (
        "len([n for _, _, n in os.walk('walked')])",
        lambda data: (data / "../walked/deeper").mkdir(),
    ),
    "flag": ("os.path.exists('flag')", lambda data: (data / "../flag").touch()),
    "flags/flag": ("Path('flags/flag').is_file()", lambda data: (data / "../flags/flag").touch()),
    "sized": ("os.stat('sized').st_size", lambda data: (data / "../sized").write_text("longer")),
    "flags/other": ("os.access('flags/other', os.R_OK)", lambda data: (data / "../flags/other").touch()),
    "flags/late": ("try_open()", lambda data: (data / "../flags/late").write_text("x")),
}


@pytest.mark.exhaustive
def test_path_lookups_are_inputs(space: Space) -> None:
    for name in ("data/old.txt", "names/a", "walked/a", "flags/a", "sized"):
        space.write(name, "old")
    head = (
        "import os\nfrom pathlib import Path\n\ndef try_open():\n    try:\n        open('flags/late').close()\n"
        "    except OSError:\n        return True\n\n"
    )
    looks = ", ".join([look for look, _ in FILE_PROBES.values()] + ["os.environ.get('LABEL')"])
    label = "__import__('zlib').crc32(str(FILE_PROBES[i // 4]).encode()) % 1000"
    scene = edited(edited(LINE, 'f"frame {i}"', label), "FRAMES = 40", f"FRAMES = {4 * len(FILE_PROBES) + 4}")
    space.write("scene.py", f"{head}FILE_PROBES = [{looks}]\n{scene}")
    build = ("scene.py", "--block-size", "4")
    space.build(*build)
    assert space.build(*build).reasons == {}
    built = space.build(*build, skip_manifest=True)
    assert built.reasons == dict.fromkeys(range(len(FILE_PROBES) + 1), "inputs unchanged")
    for _, change in FILE_PROBES.values():
        change(space.path("data"))
    space.environment["LABEL"] = "other"
    assert {*FILE_PROBES, "the environment variable LABEL"} <= set(space.changed_inputs(*build))
    built = space.build(*build, "--explain")
    told = {line.removesuffix(" changed").removesuffix(" appeared") for line in built.changed}
    assert {*FILE_PROBES, "the environment variable LABEL"} <= told  # each of them is in the key of question 1
    assert built.rendered == list(range(len(FILE_PROBES) + 1))
    assert space.build(*build).reasons == {}


IMPORTS = {
    "helper.py": ("import helper", "helper.PACE"),
    "package/__init__.py": ("import package", "package.PACE"),
    "package/inner.py": ("from package import inner", "inner.PACE"),
    "namespace/inner.py": ("import namespace.inner", "namespace.inner.PACE"),
    "by_name.py": ("import importlib\nby_name = importlib.import_module('by_name')", "by_name.PACE"),
    "by_spec.py": (
        "import importlib.util as u\ns = u.spec_from_file_location('h', 'by_spec.py')\n"
        "by_spec = u.module_from_spec(s)\ns.loader.exec_module(by_spec)", "by_spec.PACE"),
    "run.py": ("import runpy\nrun = runpy.run_path('run.py')", "run['PACE']"),
    "lib/far.py": ("import sys\nsys.path.append('lib')\nimport far", "far.PACE"),
    "late.py": ("late = lambda: __import__('late').PACE", "late()"),
}  # fmt: skip


def test_local_modules(space: Space) -> None:
    """Each module is used in the frames of one block."""
    for n, path in enumerate(IMPORTS):
        space.write(path, f"PACE = {n + 1}\n")
    imports = "".join(f"{imported}\n" for imported, _ in IMPORTS.values())
    used = "".join(f"lambda: {use}, " for _, use in IMPORTS.values())
    scene = edited(LINE, "FRAMES = 40\n", f"{imports}paces = [{used}]\nFRAMES = {4 * len(IMPORTS)}\n")
    space.write("scene.py", edited(scene, "i / 5", "i / paces[i // 4]()"))
    blocks = ("--block-size", "4")
    assert space.build("scene.py", *blocks).rendered == list(range(len(IMPORTS)))
    for n, path in enumerate(IMPORTS):
        if path != "run.py":  # run.py is read as data, so a comment would change it
            space.write(path, f"# a comment\nPACE = {n + 1}\n")
    assert space.build("scene.py", *blocks).reasons == {}
    paths = list(IMPORTS)
    for n in range(0, len(paths), 3):  # three at a time, to be quick
        for m, path in enumerate(paths[n : n + 3], n):
            space.write(path, f"PACE = {m + 1.5}\n")
        assert space.build("scene.py", *blocks).rendered == [n, n + 1, n + 2], paths[n : n + 3]


def with_helper(space: Space, imported: str, used: str = "helper.PACE") -> None:
    scene = edited(LINE, "import numpy as np\n", f"import numpy as np\n{imported}\n")
    space.write("scene.py", edited(scene, "i / 5", f"i / {used}"))


@pytest.mark.exhaustive
def test_module_of_an_editable_install(space: Space, tmp_path: Path) -> None:
    space.cold = True  # Python reads it when it starts
    source = tmp_path / "elsewhere"
    source.mkdir()
    (source / "helper.py").write_text("PACE = 5\n")
    with_helper(space, "import helper")
    space.environment["PYTHONPATH"] = str(source)  # what a .pth file does
    space.build("scene.py", *BLOCKS)
    assert space.build("scene.py", *BLOCKS).up_to_date
    (source / "helper.py").write_text("PACE = 4\n")
    assert space.build("scene.py", *BLOCKS).rendered == [0, 1, 2, 3]


def test_module_that_appears_later(space: Space) -> None:
    """A module whose import failed, one that shadows the standard library, and packages that shadow modules."""
    space.write("helper.py", "PACE = 5\n")
    with_helper(
        space, "import colorsys, helper\ntry:\n    from fast import PACE\nexcept ImportError:\n    PACE = 0", "5"
    )
    label = "hasattr(colorsys, 'rgb_to_hsv')"
    scene = space.path("scene.py").read_text()
    space.write("scene.py", edited(scene, 'f"frame {i}"', f'f"{{PACE}} {{helper.PACE}} {{{label}}}"'))
    space.build("scene.py", *BLOCKS)
    space.write("unrelated.py", "PACE = 3\n")
    assert space.build("scene.py", *BLOCKS).reasons == {}
    for n, appears in enumerate(["fast.py", "fast/__init__.py", "colorsys.py", "helper/__init__.py"]):
        space.write(appears, f"PACE = {n + 6}\n")
        assert space.build("scene.py", *BLOCKS).rendered == [0, 1, 2, 3], appears


@pytest.mark.exhaustive
def test_matplotlibrc_and_style(space: Space) -> None:
    space.cold = True  # matplotlib reads it when it is imported
    space.write("scene.py", edited(LINE, "FRAMES =", "plt.style.use('./my.mplstyle')\nFRAMES ="))
    space.write("my.mplstyle", "lines.linewidth: 2\n")
    space.build("scene.py", *BLOCKS)
    assert space.build("scene.py", *BLOCKS).up_to_date
    space.write("my.mplstyle", "lines.linewidth: 4\n")
    assert space.build("scene.py", *BLOCKS).rendered == [0, 1, 2, 3]
    space.write("matplotlibrc", "axes.facecolor: yellow\n")
    assert space.build("scene.py", *BLOCKS).rendered == [0, 1, 2, 3]
    space.write("matplotlibrc", "axes.facecolor: red\n")
    assert space.build("scene.py", *BLOCKS).rendered == [0, 1, 2, 3]


@pytest.mark.exhaustive
def test_each_argument_list_has_its_own_manifest(space: Space) -> None:
    """Runs with different arguments that share an output never mistake each other's movie for their own."""
    space.write("scene.py", "import sys\n" + edited(LINE, "i / 5", "i / 5 + float(sys.argv[-1])"))
    space.build("scene.py", *BLOCKS, "--", "--seed", "1")
    one = space.path("out.mp4").read_bytes()
    assert space.build("scene.py", *BLOCKS, "--", "--seed", "2").rendered == [0, 1, 2, 3]
    two = space.path("out.mp4").read_bytes()
    for seed, movie in (("1", one), ("2", two), ("2", two), ("1", one)):
        stands = space.path("out.mp4").read_bytes() == movie
        built = space.build("scene.py", *BLOCKS, "--", "--seed", seed)
        assert (built.reasons, built.up_to_date) == ({}, stands)
        assert space.path("out.mp4").read_bytes() == movie


WRITE = {
    "h5": "import h5py\nwith h5py.File(path, 'w') as file:\n    file['y'] = y",
    "nc": (
        "import netCDF4\nwith netCDF4.Dataset(path, 'w') as file:\n    file.createDimension('x', len(y))\n"
        "    file.createVariable('y', 'f8', ('x',))[:] = y"
    ),
    "parquet": "import pyarrow as pa, pyarrow.parquet as pq\npq.write_table(pa.table({'y': y}), path)",
    "tables": "import tables\nwith tables.open_file(path, 'w') as file:\n    file.create_array('/', 'y', y)",
    "csv": "np.savetxt(path, y, header='y', comments='')",
    "npy": "np.save(path, y)",
}
READ = {
    "h5py": ("h5", "h5py.File(path)['y'][:]"),
    "netCDF4": ("nc", "netCDF4.Dataset(path)['y'][:].filled()"),
    "xarray": ("nc", "xarray.load_dataset(path)['y'].values"),
    "pyarrow.parquet": ("parquet", "pyarrow.parquet.read_table(path)['y'].to_numpy()"),
    "pandas": ("parquet", "pandas.read_parquet(path)['y'].to_numpy()"),
    "tables": ("tables", "tables.open_file(path).root.y[:]"),
    "polars": ("csv", "polars.read_csv(path)['y'].to_numpy()"),
    "numpy": ("npy", "numpy.load(path, mmap_mode='r')"),
}


@pytest.mark.exhaustive
@pytest.mark.parametrize("libraries", [tuple(READ)[n::3] for n in range(3)], ids=" ".join)
def test_files_opened_by_libraries_are_inputs(space: Space, tmp_path: Path, libraries: tuple[str, ...]) -> None:
    """Each library opens a file in the project, which affects one block, and one outside, which affects the next."""
    head, paths = "import os\nshifts = []\n", []

    def write(path: Path, end: float) -> None:
        path.parent.mkdir(exist_ok=True)
        exec(WRITE[path.suffix[1:]], {"path": str(path), "y": np.linspace(0, end, 40), "np": np})

    for library in libraries:
        pytest.importorskip(library)
        kind, reading = READ[library]
        head += f"import {library}\n"
        for folder in ("data", str(tmp_path / "outside")):
            head += f"path = os.path.join({folder!r}, '{library}.{kind}')\nshifts.append({reading})\n"
            paths.append(space.path(folder) / f"{library}.{kind}")
            write(paths[-1], 1)
    scene = edited(LINE, "FRAMES = 40", f"FRAMES = {4 * len(paths)}")
    space.write("scene.py", head + edited(scene, "i / 5", "i / 5 + shifts[i // 4]"))
    build = ("scene.py", "--block-size", "4")
    space.build(*build)
    built = space.build(*build)
    assert built.reasons == {}, built
    for place in (0, 1):
        for path in paths[place::2]:
            write(path, 2)
        names = {str(path).removeprefix(f"{space.folder}/") for path in paths[place::2]}
        assert names <= set(space.changed_inputs(*build))
        built = space.build(*build, "--explain")
        assert {f"{name} changed" for name in names} <= set(built.changed), built
        assert built.rendered == list(range(place, len(paths), 2))


@pytest.mark.exhaustive
def test_files_read_by_a_library_within_frames_are_inputs(space: Space) -> None:
    pytest.importorskip("h5py")
    write = "import h5py, sys\nwith h5py.File(sys.argv[1], 'w') as file:\n    file['y'] = float(sys.argv[2])\n"
    for i in range(40):
        space.python("-c", write, f"y{i}.h5", str(i / 5)) if i in (0, 15, 20) else None
    read = "i / 5 + h5py.File(f'y{i}.h5')['y'][()] * (i == 20) if i in (0, 15, 20) else 0"
    space.write("scene.py", "import h5py\n" + edited(LINE, "x + i / 5", f"x + ({read})"))
    space.build("scene.py", *BLOCKS)
    space.python("-c", write, "y20.h5", "9.5")
    built = space.build("scene.py", *BLOCKS)
    assert built.rendered == [2]
    assert built.reasons[0] == "inputs unchanged"


def run_by_shell(command: str) -> str:
    return f"import subprocess\nSHIFT = float(subprocess.check_output({command!r}, shell=True))\n"


def test_scene_that_starts_processes_always_runs(space: Space) -> None:
    space.write("shift.txt", "0.5")
    space.write("scene.py", run_by_shell("cat shift.txt") + edited(LINE, "i / 5", "i / 5 + SHIFT"))
    space.build("scene.py", *BLOCKS)
    assert set(space.build("scene.py", *BLOCKS).reasons.values()) == {"looks the same"}
    note = "note: the next build will run scene.py again: the script used subprocess.Popen"
    assert note in space.iparsave("build", "-v", "scene.py", *BLOCKS).stderr


@pytest.mark.exhaustive
@pytest.mark.parametrize("by", ["pyproject", "save"])
def test_declared_inputs(space: Space, by: str) -> None:
    space.write("data/shift.txt", "0.5")
    scene = run_by_shell("cat data/*.txt | head -1") + edited(LINE, "i / 5", "i / 5 + SHIFT")
    if by == "pyproject":
        space.write("pyproject.toml", '[tool.iparsave]\ninputs = ["data/*.txt"]\n')
    else:
        scene = edited(scene, 'anim.save("out.mp4")', 'iparsave.save(anim, "out.mp4", inputs=["data/*.txt"])')
        scene = "import incremental_parsave as iparsave\n" + scene
    space.write("scene.py", scene)
    space.build("scene.py", *BLOCKS)
    assert space.build("scene.py", *BLOCKS).reasons == {}
    space.write("data/shift.txt", "0.75")
    assert space.build("scene.py", *BLOCKS).rendered == [0, 1, 2, 3]
    space.write("data/a.txt", "0.25\n")
    assert space.build("scene.py", *BLOCKS).rendered == [0, 1, 2, 3]
    assert space.build("scene.py", *BLOCKS).reasons == {}


def test_writes_and_reads_after_the_save_are_tracked(space: Space) -> None:
    """The manifest covers everything until the process exits."""
    space.write("caption.txt", "one")
    after = "import atexit\natexit.register(lambda: open('summary.txt', 'w').write(open('caption.txt').read()))\n"
    space.write("scene.py", LINE + "np.save('last.npy', line.get_ydata())\n" + after)
    space.build("scene.py", *BLOCKS)
    assert space.build("scene.py", *BLOCKS).up_to_date
    assert space.build("scene.py", *BLOCKS).reasons == {}
    space.path("last.npy").unlink()
    assert set(space.build("scene.py", *BLOCKS).reasons.values()) == {"inputs unchanged"}
    assert space.path("last.npy").exists()
    space.write("caption.txt", "two")
    assert space.build("scene.py", *BLOCKS).rendered == []
    assert space.path("summary.txt").read_text() == "two"
    assert space.build("scene.py", *BLOCKS).reasons == {}


@pytest.mark.exhaustive
def test_file_read_and_then_written_forces_a_run(space: Space) -> None:
    """The next run reads other content, so question 0 must not report that the movie is up to date."""
    space.write("count.txt", "1")
    count = "COUNT = int(open('count.txt').read())\nopen('count.txt', 'w').write(str(COUNT + 1))\n"
    space.write("scene.py", count + edited(LINE, 'f"frame {i}"', 'f"{COUNT}"'))
    for expected in (2, 3, 4):
        assert space.build("scene.py", *BLOCKS).rendered == [0, 1, 2, 3]
        assert space.path("count.txt").read_text() == str(expected)


@pytest.mark.exhaustive
def test_input_changed_during_the_build_is_not_cached(space: Space) -> None:
    """The result is not published under the old key, and the next build runs."""
    space.write("shift.txt", "0.5")
    change = "    if i == 30:\n        __import__('os').utime('shift.txt', (5, 5))\n"
    head = "SHIFT = float(open('shift.txt').read())\n"
    quiet = "import ctypes\nlibc = ctypes.CDLL(None)\n"  # changes made by a C library are not recorded
    change = "    if i == 30:\n        libc.truncate(b'shift.txt', 1)\n"
    scene = edited(edited(LINE, "i / 5", "i / 5 + SHIFT"), "    # edit here\n", change)
    space.write("scene.py", quiet + head + scene)
    space.build("scene.py", *BLOCKS)
    built = space.build("scene.py", *BLOCKS)
    assert built.rendered == [0, 1, 2, 3]
    space.write("shift.txt", "0.5")
    built = space.build("scene.py", *BLOCKS)
    assert set(built.reasons.values()) <= {"looks the same", "inputs unchanged"}


@pytest.mark.rows(1)
@pytest.mark.parametrize("cache", ["functools.cache", "remember"])
def test_block_depends_on_files_read_by_an_earlier_block(space: Space, cache: str) -> None:
    """Block 1 does not open the files that block 0 opened, but depends on them."""
    for i in range(40):
        space.write(f"step{i}.txt", "0.1")
    load = (
        "import functools\nknown = {}\ndef remember(load):\n    def get(i):\n"
        "        if i not in known:\n            known[i] = load(i)\n        return known[i]\n    return get\n"
        f"@{cache}\ndef step(i):\n    with open(f'step{{i}}.txt') as file:\n        return float(file.read())\n"
        "def total(i):\n    return sum(step(j) for j in range(i + 1))\n"
    )
    space.write("scene.py", load + edited(LINE, "i / 5", "total(i)"))
    space.build("scene.py", *BLOCKS)
    space.write("step15.txt", "0.9")
    built = space.build("scene.py", *BLOCKS)
    assert built.rendered == [1, 2, 3]
    # The content of functools.cache cannot be inspected, so the blocks are drawn and compared.
    assert built.reasons[0] == ("inputs unchanged" if cache == "remember" else "looks the same")


@pytest.mark.exhaustive
def test_cached_blocks_leave_the_same_script_state_as_a_save(space: Space) -> None:
    """The rest of the script sees the figure, the random generators and the files as after a real save."""
    scene = edited(LINE, "    # edit here\n", "    line.set_alpha(0.5 + np.random.random() / 2)\n")
    scene = edited(scene, "FRAMES =", "np.random.seed(3)\nFRAMES =")
    after = "print(title.get_text(), line.get_ydata()[0], np.random.random(), line.get_alpha())\n"
    space.write("scene.py", scene + after)
    plain = space.python("scene.py").stdout
    assert plain == space.iparsave("build", "-q", "scene.py", *BLOCKS).stdout
    space.write("scene.py", scene + after + "print('again')\n")  # blocks are found by their frames
    assert plain + "again\n" == space.iparsave("build", "-q", "scene.py", *BLOCKS).stdout
    built = space.build("scene.py", *BLOCKS, skip_manifest=True)  # now they are found by their inputs
    assert set(built.reasons.values()) == {"inputs unchanged"}
    assert built.errors == plain + "again\n"
