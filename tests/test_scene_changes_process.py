"""A scene may change anything in its process: if Python alone makes the movie, a build makes the same one."""

# ruff: noqa: E501 - scenes as texts

from __future__ import annotations

import pytest

from .scenes import LINE, edited
from .space import Space, frames_of

BLOCKS = ("--block-size", "10")

CHANGES_AT_THE_TOP = {
    "descriptors 0-2 closed": "import os\nfor n in range(3):\n    os.close(n)\n",
    "descriptors 0-2 closed, and others in their place": (
        "import os\nfor n in range(3):\n    os.close(n)\nkept = [open('data.txt', 'w'), open('data.txt'), open('data.txt')]\n"
    ),
    "all others closed": "import os\nos.closerange(3, 256)\n",
    "all others closed one by one": (
        "import os\nfor n in range(3, 256):\n    try:\n        os.close(n)\n    except OSError:\n        pass\n"
    ),
    "streams are None": "import sys\nsys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = None\n",
    "streams are closed": "import sys\nsys.stdout.close()\nsys.stderr.close()\n",
    "streams of its own": "import io, sys\nsys.stdout = sys.stderr = io.StringIO()\n",
    "open replaced": "import builtins, io\n\n\ndef refuse(*args, **kwargs):\n    raise RuntimeError('open')\n\n\nbuiltins.open = refuse\n",
    "print replaced": "import builtins\nbuiltins.print = None\n",
    "json replaced": "import json\njson.dumps = json.loads = None\n",
    "time replaced": "import time\ntime.time = time.monotonic = lambda: 0\n",
    "time_ns replaced": "import time\ntime.time_ns = time.perf_counter = None\n",
    "exists replaced": "import os\nos.path.exists = lambda path: True\n",
    "basename and others replaced": "import os.path\nos.path.basename = os.path.relpath = os.path.lexists = None\n",
    "os.write replaced": "import os\nos.write = os.kill = os._exit = None\n",
    "os.replace replaced": "import os\nos.lseek = os.dup2 = os.replace = None\n",
    "os.fork replaced": "import os\nos.fork = os.killpg = os.setpgid = None\n",
    "os.listdir replaced": "import os\nos.getppid = os.makedirs = os.listdir = None\n",
    "os.unlink replaced": "import os\nos.unlink = os.remove = os.mkdir = os.rmdir = None\n",
    "os.open replaced": "import os\nos.open = os.rename = os.dup = os.waitpid = os.set_inheritable = None\n",
    "functions that count": (
        "import os\ncounts = {}\n\n\ndef counting(name, real):\n    def count(*args, **kwargs):\n"
        "        counts[name] = counts.get(name, 0) + 1\n        return real(*args, **kwargs)\n\n    return count\n\n\n"
        "for name in 'open unlink pipe close fork read write waitpid mkdir'.split():\n"
        "    setattr(os, name, counting(name, getattr(os, name)))\n"
    ),
    "subprocess replaced": "import subprocess, tempfile\nsubprocess.run = tempfile.TemporaryFile = tempfile.mkdtemp = None\n",
    "methods of a path replaced": "import pathlib\npathlib.Path.unlink = pathlib.Path.stat = pathlib.Path.mkdir = None\n",
    "shutil replaced": "import shutil\nshutil.copyfile = shutil.copy = shutil.move = None\n",
    "signal replaced": "import signal\nsignal.signal = signal.getsignal = signal.raise_signal = None\n",
    "os.stat replaced": "import os\n\n\ndef stat(*args, **kwargs):\n    return real(*args, **kwargs)\n\n\nreal, os.stat = os.stat, stat\n",
    "recursion limit": "import sys\nsys.setrecursionlimit(150)\n",
    "umask": "import os\nos.umask(0o777)\n",
    "no more descriptors": "import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (24, 24))\n",
    "signals blocked": "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())\n",
    "SIGPIPE": "import signal\nsignal.signal(signal.SIGPIPE, signal.SIG_DFL)\n",
    "tracing": "import sys\nsys.settrace(lambda frame, event, arg: None)\nsys.setprofile(lambda frame, event, arg: None)\n",
    "no collector": "import gc\ngc.disable()\n",
    "warnings are errors": "import warnings\nwarnings.simplefilter('error')\n",
    "floating point errors": "import numpy\nnumpy.seterr(all='raise')\n",
    "hooks": "import sys\nsys.excepthook = sys.unraisablehook = sys.displayhook = None\n",
    "temporary folder": "import tempfile\ntempfile.tempdir = '/nowhere'\n",
    "logging": "import logging\nlogging.disable(logging.CRITICAL)\nlogging.getLogger().setLevel(0)\nlogging.raiseExceptions = False\n",
    "environment": "import os\nos.environ.pop('HOME', None)\nos.environ['PATH'] = os.environ['PATH'] + ':'\n",
    "own session": "import os\nos.setsid() if os.getpid() != os.getsid(0) else None\n",
    "printing when deleted": (
        "class Loud:\n    def __del__(self):\n        print('gone', flush=True)\n\n\n"
        "kept = Loud()\nkept.again = kept\nlouds = [Loud() for _ in range(40)]\n"
    ),
    "children that run on": "import os\nif os.fork() == 0:\n    os._exit(3)\n",
    "a child that goes its own way": (
        "import os, sys\npid = os.fork()\nif pid == 0:\n    sys.exit(3)\n"
        "assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 3\n"
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return the frames of the movie that Python alone makes of the unchanged scene."""
    folder = tmp_path_factory.mktemp("python")
    Space(folder).write("scene.py", LOSSLESS)
    Space(folder).python("scene.py")
    return frames_of(folder / "out.mkv")


LOSSLESS = edited(LINE, '"out.mp4"', '"out.mkv", codec="ffv1"').replace("FRAMES = 40", "FRAMES = 20")


@pytest.mark.rows(7)
@pytest.mark.parametrize("what", CHANGES_AT_THE_TOP)
def test_process_changed_before_the_animation(space: Space, expected: list[str], what: str) -> None:
    space.write("scene.py", edited(LOSSLESS, "anim = ", CHANGES_AT_THE_TOP[what] + "\nanim = "))
    done = space.iparsave("build", "scene.py", *BLOCKS)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "out.mkv: 20 frames, rendered 2 of 2 blocks" in done.stdout
    assert frames_of(space.path("out.mkv")) == expected
    again = space.iparsave("build", "scene.py", *BLOCKS)
    assert "out.mkv: up to date" in again.stdout, again.stdout + again.stderr


def test_save_returns_the_path_of_the_movie(space: Space) -> None:
    """As a regular `Path`, because internal paths are of a class that the script cannot change."""
    scene = edited(LOSSLESS, 'anim.save("out.mkv", codec="ffv1")', 'movie = incremental_parsave.save(anim, "out.mkv")')
    scene += "assert movie.path == pathlib.Path('out.mkv'), movie\n"
    scene += "assert pickle.loads(pickle.dumps(movie)) == movie\nprint(type(movie.path) is type(pathlib.Path()))\n"
    space.write("scene.py", "import pathlib, pickle\n\nimport incremental_parsave\n" + scene)
    done = space.iparsave("build", "scene.py", *BLOCKS)
    assert (done.returncode, "True" in done.stdout) == (0, True), done.stdout + done.stderr


CHANGES_WHILE_FRAMES_RUN = {
    "folder changed": "        os.chdir('elsewhere')\n",
    "a child that ends": "        pid = os.fork()\n        if pid == 0:\n            os._exit(3)\n        os.waitpid(pid, 0)\n",
    "a child that exits": "        pid = os.fork()\n        if pid == 0:\n            sys.exit(0)\n        os.waitpid(pid, 0)\n",
    "descriptors 0-2 closed": "        os.closerange(0, 3)\n",
    "streams are None": "        sys.stdout = sys.stderr = None\n",
    "recursion limit": "        sys.setrecursionlimit(150)\n",
    "os.write replaced": "        os.write = os._exit = os.kill = None\n",
    "os.unlink replaced": "        os.unlink = os.open = os.mkdir = os.rmdir = None\n",
    "open replaced": "        builtins.open = None\n",
    "time replaced": "        time.time = time.monotonic = lambda: 0\n",
    "floating point errors": "        np.seterr(all='raise')\n",
    "printing when deleted": "        louds.pop()\n",
    "tracing": "        sys.settrace(lambda frame, event, arg: None)\n",
    "umask": "        os.umask(0o777)\n",
    "no more processes": "        resource.setrlimit(resource.RLIMIT_NOFILE, (24, 24))\n",
}  # fmt: skip

PRINTS_WHEN_DELETED = """\
import builtins, os, resource, sys, time


class Loud:
    def __del__(self):
        print("gone", flush=True)


louds = [Loud() for _ in range(5)]
"""


@pytest.mark.rows(4)
@pytest.mark.parametrize("what", CHANGES_WHILE_FRAMES_RUN)
def test_process_changed_while_frames_run(space: Space, expected: list[str], what: str) -> None:
    space.path("elsewhere").mkdir()
    scene = edited(LOSSLESS, "    # edit here\n", "    if i == 13:\n" + CHANGES_WHILE_FRAMES_RUN[what])
    space.write("scene.py", PRINTS_WHEN_DELETED + scene)
    done = space.iparsave("build", "scene.py", *BLOCKS)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "out.mkv: 20 frames, rendered 2 of 2 blocks" in done.stdout
    assert frames_of(space.path("out.mkv")) == expected
    assert done.stdout.count("gone") <= 5


def test_deleted_working_folder(space: Space, expected: list[str]) -> None:
    gone = "import os, shutil\nhere = os.getcwd()\nos.mkdir('gone')\nos.chdir('gone')\nshutil.rmtree(here + '/gone')\n"
    scene = edited(LOSSLESS, '"out.mkv"', 'here + "/out.mkv"')
    space.write("scene.py", edited(scene, "anim = ", gone + "anim = "))
    built = space.build("scene.py", *BLOCKS)
    assert built.rendered == [0, 1]
    assert "Traceback" not in built.errors
    assert frames_of(space.path("out.mkv")) == expected
    space.path("out.mkv").unlink()
    assert space.build("scene.py", *BLOCKS).rendered == []


def test_forked_child_that_saves_too(space: Space, expected: list[str]) -> None:
    """The child saves as with Python alone: it publishes nothing to the cache, and reports no events."""
    scene = edited(LOSSLESS, "anim = ", "import os\npid = os.fork()\nanim = ")
    scene = edited(scene, '"out.mkv"', '"child.mkv" if pid == 0 else "out.mkv"')
    scene += "if pid:\n    assert os.waitpid(pid, 0)[1] == 0\nelse:\n    print('child')\n"
    space.write("scene.py", scene)
    built = space.build("scene.py", *BLOCKS)
    assert built.rendered == [0, 1]
    assert [target["output"] for target in built.targets] == ["out.mkv"]
    assert frames_of(space.path("out.mkv")) == frames_of(space.path("child.mkv")) == expected
    assert "child" in built.errors


def test_child_forked_in_a_frame(space: Space, expected: list[str]) -> None:
    """With Python alone, two processes would write one movie; here, only one does."""
    scene = edited(LOSSLESS, "    # edit here\n", "    if i == 13:\n        os.fork()\n")
    space.write("scene.py", "import os\n" + scene + "print('after the save')\n")
    done = space.iparsave("build", "scene.py", *BLOCKS)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("after the save") == 1
    assert done.stdout.count("out.mkv: 20 frames") == 1
    assert frames_of(space.path("out.mkv")) == expected


def test_child_that_outlives_the_scene_is_not_waited_for(space: Space) -> None:
    """The command waits for the scene process, not for children that outlive it."""
    stays = "import os, time\nif os.fork() == 0:\n    time.sleep(20)\n    os._exit(0)\n"
    space.write(
        "scene.py",
        edited(LOSSLESS, "anim = ", stays.replace("time.sleep", "os.closerange(0, 3); time.sleep") + "anim = "),
    )
    import time

    begun = time.monotonic()
    assert space.build("scene.py", *BLOCKS).rendered == [0, 1]
    assert time.monotonic() - begun < 15


def test_descriptors_closed_between_two_saves(space: Space, expected: list[str]) -> None:
    again = (
        "import os\nfor n in map(int, os.listdir('/proc/self/fd')):\n    try:\n"
        "        if n > 2 and not os.readlink(f'/proc/self/fd/{n}').startswith('/'):\n            os.close(n)\n"
        "    except OSError:\n        pass\n"
        "anim.save('again.mkv', codec='ffv1')\n"
    )  # except those of matplotlib's fonts
    space.write("scene.py", LOSSLESS + again)
    built = space.build("scene.py", *BLOCKS)
    assert [target["output"] for target in built.targets] == ["out.mkv", "again.mkv"]
    assert frames_of(space.path("out.mkv")) == frames_of(space.path("again.mkv")) == expected


ODD_EXCEPTIONS = """\
class Odd(Exception):
    def __init__(self, one, two):
        super().__init__(f"{one} {two}")


class Text(Exception):
    def __reduce__(self):
        return str, ("no exception",)


class Local(Exception):
    held = None

    def __init__(self):
        super().__init__("with a function")
        self.held = lambda: None


class Runs(Exception):
    def __reduce__(self):
        return os.remove, ("kept.txt",)
"""


@pytest.mark.rows(1)
@pytest.mark.parametrize(
    ("raised", "said"),
    [
        ("Odd(1, 2)", "Odd: 1 2"),
        ("Text('odd')", "Text: odd"),
        ("Local()", "Local: with a function"),
        ("Runs('no')", "Runs: no"),
        ("KeyError('k')", "KeyError: 'k'"),
    ],
)
def test_exception_that_cannot_be_pickled_is_reported(space: Space, raised: str, said: str) -> None:
    formatter = f"def label(v, p):\n    if title.get_text() == 'frame 14':\n        raise {raised}\n    return ''\n\n\n"
    formatter += "ax.set_xticks([1])\nax.xaxis.set_major_formatter(label)\n"
    scene = "import os\n" + ODD_EXCEPTIONS + edited(LOSSLESS, "anim = ", formatter + "anim = ")
    space.write("kept.txt", "kept")
    space.write("scene.py", scene)
    built = space.try_build("scene.py", *BLOCKS)
    assert built.status == 1
    assert built.errors.count("Traceback") <= 2
    assert said in built.errors
    assert "frame 14" in built.errors
    assert "incremental_parsave" not in built.errors
    assert space.path("kept.txt").read_text() == "kept"
    name = raised.partition("(")[0]
    caught = edited(
        scene,
        'anim.save("out.mkv", codec="ffv1")',
        f"try:\n    anim.save('out.mkv')\nexcept {name}:\n    print('caught')",
    )
    space.write("scene.py", caught)
    done = space.iparsave("build", "scene.py", *BLOCKS)
    assert (done.returncode, done.stdout) == (0, "caught\n")
