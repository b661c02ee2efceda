"""Watching: real files, edited as editors do it, and the real command."""

from __future__ import annotations

import os
import pty
import select
import sys
import time
from pathlib import Path

import pytest

from .scenes import ANNOTATED, LINE, edited
from .space import Space, frames_of
from .watching import PATIENCE, is_as_clean, is_resumed, living, none_living, rendered, watched

BLOCKS = ("--block-size", "10")

SIMULATED = edited(
    LINE,
    "FRAMES = 40\n",
    'import time\n\nprint("simulating")\ntime.sleep(0.3)\nFRAMES = 40\n',
)
"""As LINE, but with something at the top that takes a while."""

SLOW = edited(SIMULATED, "    # edit here\n", "    time.sleep(0.05)\n")


def annotation(n: int) -> str:
    return edited(SIMULATED, "    # edit here\n", f'    if 20 <= i < 30:\n        title.set_text("look {n}")\n')


# -- the ways in which files are saved -----------------------------------------


def in_place(path: Path, text: str) -> None:
    path.write_text(text)


def by_renaming_over(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.tmp")
    beside.write_text(text)
    beside.replace(path)


def as_vim_does(path: Path, text: str) -> None:
    backup = path.with_name(f"{path.name}~")
    path.rename(backup)
    path.write_text(text)
    backup.unlink()


def deleted_and_written_again(path: Path, text: str) -> None:
    path.unlink()
    time.sleep(0.3)
    path.write_text(text)


def emptied_and_written_slowly(path: Path, text: str) -> None:
    with path.open("w") as file:
        for part in (text[:100], text[100:200], text[200:]):
            file.write(part)
            file.flush()
            time.sleep(0.02)


def test_however_an_editor_saves(space: Space) -> None:
    path = space.write("scene.py", SIMULATED)
    with watched(space, "scene.py", *BLOCKS) as watching:
        assert rendered(watching.built()) == "4 of 4"
        ways = [in_place, by_renaming_over, as_vim_does, deleted_and_written_again, emptied_and_written_slowly]
        for n, save in enumerate(ways):
            save(path, annotation(n))
            heard = watching.until("ready after")
            assert rendered(heard[-3:]) == "1 of 4", save
            assert "simulating" not in heard
            assert is_resumed(heard)
        assert watching.interrupt() == 130
    built = space.build("scene.py", *BLOCKS)
    assert built.up_to_date
    assert "simulating" not in built.errors  # what the watch has made, a build knows without running the scene
    assert is_as_clean(space, *BLOCKS)


def test_what_changes_nothing_builds_nothing(space: Space) -> None:
    path = space.write("scene.py", LINE)
    with watched(space, "scene.py", *BLOCKS) as watching:
        watching.built()
        before = space.path("out.mp4").stat().st_mtime_ns
        path.write_text(LINE + "# a comment\n")
        assert watching.until("nothing changed|changed")[-1] == "iparsave: nothing changed"
        os.utime(path)
        assert watching.until("nothing changed|changed")[-1] == "iparsave: nothing changed"
        space.write("unrelated.txt", "x")
        assert rendered(watching.edit("scene.py", ANNOTATED)) == "1 of 4"
        assert not any("unrelated" in line for line in watching.said)
    assert space.path("out.mp4").stat().st_mtime_ns > before


def test_whatever_the_movie_depends_on(space: Space) -> None:
    scene = edited(SIMULATED, "def position(i):\n    return np.sin(x + i / 5)\n", "from helper import position\n")
    scene = edited(scene, "import time\n", "import os\nimport time\n")
    scene = edited(
        scene, "title = ", "LABEL = open('label.txt').read()\nif os.path.exists('more'):\n    LABEL += '!'\ntitle = "
    )
    space.write("scene.py", edited(scene, 'f"frame {i}"', 'f"{LABEL} {i}"'))
    space.write(
        "helper.py", "import numpy as np\n\nx = np.linspace(0, 6, 40)\n\n\ndef position(i):\n    return np.sin(x)\n"
    )
    space.write("label.txt", "one")
    with watched(space, "scene.py", *BLOCKS) as watching:
        watching.built()
        heard = watching.edit("label.txt", "two")
        assert heard[0] == "iparsave: label.txt changed"
        assert rendered(heard) == "4 of 4"
        assert is_resumed(heard)  # the file is read after the simulation
        heard = watching.edit("helper.py", space.path("helper.py").read_text().replace("np.sin(x)", "np.cos(x + i)"))
        assert heard[0] == "iparsave: helper.py changed"
        assert rendered(heard) == "4 of 4"
        heard = watching.edit("more", "")
        assert rendered(heard) == "4 of 4"
        space.write("label.txt", "three")  # several at once
        space.write("scene.py", space.path("scene.py").read_text().replace("i / 5", "i / 6").replace("{i}", "no {i}"))
        heard = watching.built()
        assert heard[0] == "iparsave: label.txt and scene.py changed"
        watching.interrupt()
    assert is_as_clean(space, *BLOCKS)


# -- taken up where it was -------------------------------------------------------


def test_what_the_state_is_made_of(space: Space) -> None:
    """Random generators, positions in files, and what is read from standard modules are as in a run from the top."""
    space.write("numbers.txt", "".join(f"{n}\n" for n in range(100)))
    scene = edited(
        SIMULATED,
        "FRAMES = 40\n",
        "import random\nrandom.seed(3)\nnp.random.seed(4)\nrandom.random()\n"
        "numbers = open('numbers.txt')\nfirst = next(numbers)\ntime.sleep(0.2)\nFRAMES = 40\n",
    )
    scene = edited(
        scene,
        "    # edit here\n",
        "    line.set_linewidth(1 + random.random() + np.random.rand())\n    title.set_text(next(numbers).strip())\n",
    )
    space.write("scene.py", scene)
    with watched(space, "scene.py", *BLOCKS) as watching:
        watching.built()
        for color in ("r", "g"):
            heard = watching.edit("scene.py", edited(scene, "np.sin(x))", f"np.sin(x), color={color!r})"))
            assert is_resumed(heard)
            assert rendered(heard) == "4 of 4"
        watching.interrupt()
    assert is_as_clean(space, *BLOCKS)


def test_a_main_guard_is_split_and_lines_follow_the_file(space: Space) -> None:
    body = SIMULATED.partition("fig, ax")[2].replace("\n", "\n    ")
    scene = (
        SIMULATED.partition("fig, ax")[0]
        + "def fail(i):\n    return 1 / (i - i)\n\n\n"
        + 'if __name__ == "__main__":\n    time.sleep(0.2)\n    fig, ax'
        + body
    ).rstrip() + "\n"
    space.write("scene.py", scene)
    with watched(space, "scene.py", *BLOCKS) as watching:
        assert rendered(watching.built()) == "4 of 4"
        failing = edited(scene, "# edit here", "fail(i)")
        heard = watching.edit("scene.py", "# moved\n# down\n" + failing)
        number = next(n for n, line in enumerate(failing.splitlines(), 3) if "1 / (i - i)" in line)
        assert any(f'scene.py", line {number}, in fail' in line for line in heard), heard
        assert "    return 1 / (i - i)" in heard
        assert "simulating" not in heard
        heard = watching.edit("scene.py", scene)
        assert is_resumed(heard)


def test_copies_are_dropped_when_what_they_rest_on_changes(space: Space) -> None:
    space.write("scene.py", edited(SIMULATED, "import time\n", "import helper\nimport time\n"))
    space.write("helper.py", "N = 1\n")
    with watched(space, "scene.py", *BLOCKS) as watching:
        assert "simulating" in watching.built()
        heard = watching.edit("helper.py", "N = 2\n")
        assert "simulating" in heard
        assert rendered(heard) == "0 of 4"
        scene = edited(SIMULATED, "import time\n", "import helper\nimport time\nopen('left.txt', 'w').write('x')\n")
        assert "simulating" in watching.edit("scene.py", scene)
        space.path("left.txt").write_text("meddled with")
        heard = watching.edit("scene.py", edited(scene, "i / 5", "i / 6"))
        assert "simulating" in heard
        watching.interrupt()
    assert is_as_clean(space, *BLOCKS)


@pytest.mark.parametrize("imports", ["import matplotlib.pyplot as plt", "from matplotlib import pyplot as plt", ""])
def test_matplotlib_is_imported_once(space: Space, imports: str) -> None:
    """A run from the very top finds what takes long to import, and nothing that the script does not."""
    scene = "import sys\n\nprint('there:', 'matplotlib.pyplot' in sys.modules, 1)\n" + edited(
        LINE,
        "import matplotlib.pyplot as plt",
        imports or "from importlib import import_module\nplt = import_module('matplotlib.pyplot')",
    )
    space.write("scene.py", scene)
    with watched(space, "scene.py", *BLOCKS) as watching:
        assert f"there: {bool(imports)} 1" in watching.built()
        heard = watching.edit("scene.py", scene.replace(", 1)", ", 2)"))
        assert f"there: {bool(imports)} 2" in heard
        assert not is_resumed(heard)
        assert watching.interrupt() == 130
    assert space.build("scene.py", *BLOCKS).up_to_date


def test_copies_are_bounded(space: Space) -> None:
    naps = "".join(f"nap_{n} = time.sleep(0.12)\n" for n in range(12))
    space.write("scene.py", edited(LINE, "FRAMES = 40\n", f"import time\n{naps}FRAMES = 8\n"))
    with watched(space, "scene.py", *BLOCKS) as watching:
        watching.built()
        assert len(living(space)) == 1 + 6
        heard = watching.edit("scene.py", space.path("scene.py").read_text().replace("i / 5", "i / 6"))
        assert is_resumed(heard)
        assert len(living(space)) == 1 + 6


def test_rerun_runs_from_the_beginning(space: Space) -> None:
    space.write("scene.py", SIMULATED)
    with watched(space, "scene.py", *BLOCKS, "--rerun") as watching:
        assert rendered(watching.built()) == "4 of 4"
        heard = watching.edit("scene.py", annotation(1))
        assert rendered(heard) == "1 of 4"
        assert "simulating" in heard
        assert not is_resumed(heard)
        heard = watching.edit("scene.py", edited(SIMULATED, "    # edit here\n", "    assert i < 25, 'too far'\n"))
        assert "AssertionError: too far" in heard
        space.write("scene.py", SLOW)
        watching.until("changed")
        time.sleep(1)
        space.write("scene.py", annotation(2))
        watching.until("the build is stopped")
        watching.built()
        assert watching.interrupt() == 130
        assert none_living(space)
    assert is_as_clean(space, *BLOCKS)


# -- several edits, and wrong ones -----------------------------------------------


def test_the_newest_edit_wins(space: Space) -> None:
    space.write("scene.py", SLOW)
    with watched(space, "scene.py", *BLOCKS, "-j1", "--stepping", "sequential") as watching:
        watching.built()
        for n in range(3):
            space.write("scene.py", edited(SLOW, "i / 5", f"i / {6 + n}"))
            watching.until("changed")
            time.sleep(0.5 * n)
        watching.built()
        assert sum("the build is stopped" in line for line in watching.said) == 2
        assert sum("rendered" in line for line in watching.said) == 2, "\n".join(watching.said)  # first and last
        watching.interrupt()
    assert is_as_clean(space, *BLOCKS)


def test_a_run_that_does_not_let_itself_be_stopped(space: Space) -> None:
    nap = "        try:\n            time.sleep(0.1)\n        except KeyboardInterrupt:\n            pass\n"
    stubborn = f"    for _ in range(3):\n{nap}"
    space.write("scene.py", SIMULATED)
    with watched(space, "scene.py", *BLOCKS, "-j1", "--stepping", "sequential") as watching:
        watching.built()
        space.write("scene.py", edited(SIMULATED, "    # edit here\n", stubborn))
        watching.until("changed")
        time.sleep(1)
        space.write("scene.py", annotation(1))
        heard = watching.until("ready after")
        assert is_resumed(heard)  # those asleep were left alone
        assert sum("rendered" in line for line in watching.said) == 2
        watching.interrupt()
    assert is_as_clean(space, *BLOCKS)


def test_errors_are_shown_and_cleared(space: Space) -> None:
    space.write("scene.py", LINE)
    with watched(space, "scene.py", *BLOCKS) as watching:
        watching.built()
        good = space.path("out.mp4").read_bytes()
        heard = watching.edit("scene.py", edited(LINE, "def animate(i):", "def animate(i:"))
        assert any("SyntaxError" in line for line in heard)
        assert not any("incremental_parsave" in line or "ast.py" in line for line in heard), heard
        heard = watching.edit("scene.py", edited(LINE, "    # edit here\n", "    assert i < 25, 'too far'\n"))
        assert "AssertionError: too far" in heard
        assert heard[-1] == "iparsave: waiting for the next edit; the movie stays as it was"
        assert space.path("out.mp4").read_bytes() == good
        heard = watching.edit("scene.py", edited(LINE, "FRAMES = 40\n", "import gone\nFRAMES = 40\n"))
        assert any("No module named 'gone'" in line for line in heard)
        heard = watching.edit("gone.py", "")
        assert rendered(heard) == "0 of 4"
        heard = watching.edit(
            "scene.py", edited(LINE, "FRAMES = 40\n", "import os\nos.kill(os.getpid(), 9)\nFRAMES = 40\n")
        )
        assert any("was ended from outside, or crashed" in line for line in heard)
        space.path("scene.py").unlink()
        heard = watching.built()
        assert any("scene.py cannot be read" in line for line in heard)
        assert rendered(watching.edit("scene.py", ANNOTATED)) == "1 of 4"
        watching.interrupt()
    assert is_as_clean(space, *BLOCKS)


@pytest.mark.parametrize("when", ["idle", "building", "starting"])
def test_ctrl_c_leaves_nothing(space: Space, when: str) -> None:
    space.write("scene.py", SLOW)
    with watched(space, "scene.py", *BLOCKS) as watching:
        watching.until("watching")
        if when == "idle":
            watching.built()
        elif when == "building":
            watching.until("simulating")
            time.sleep(1)
        assert watching.interrupt() == 130
        assert none_living(space), living(space)
        assert list(space.path(".iparsave_cache").glob("tmp/*")) == []
        assert [path.name for path in space.folder.glob(".*tmp*")] == []


def test_a_watch_that_is_killed_leaves_no_process(space: Space) -> None:
    space.write("scene.py", SIMULATED)
    with watched(space, "scene.py", *BLOCKS) as watching:
        watching.built()
        watching.process.kill()
        assert none_living(space), living(space)


# -- on a terminal ---------------------------------------------------------------


class Terminal:
    """A watch on a terminal of its own, and a pair of hands."""

    def __init__(self, space: Space, *args: str) -> None:
        self.pid, self.end = pty.fork()
        if self.pid == 0:
            os.chdir(space.folder)
            command = [sys.executable, "-m", "incremental_parsave", "watch", *args]
            os.execve(sys.executable, command, {**space.environment, "TERM": "xterm-256color"})
        self.seen = ""

    def until(self, text: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while text not in self.seen:
            assert time.monotonic() < deadline, (text, self.seen)
            if select.select([self.end], [], [], 0.2)[0]:
                try:
                    self.seen += os.read(self.end, 1 << 16).decode(errors="replace")
                except OSError:
                    raise AssertionError(f"it has ended: {self.seen}") from None
        self.seen = self.seen.partition(text)[2]

    def press(self, key: str) -> None:
        os.write(self.end, key.encode())

    def ended(self) -> int:
        """Return its exit status; what it still writes is read, or it could not end."""
        while True:
            try:
                if not os.read(self.end, 1 << 16):
                    break
            except OSError:
                break
        os.close(self.end)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


@pytest.mark.parametrize(("key", "status"), [("q", 0), ("\x03", 130)])
def test_a_terminal(space: Space, key: str, status: int) -> None:
    space.write("scene.py", SIMULATED)
    terminal = Terminal(space, "scene.py", *BLOCKS)
    terminal.until("simulating")
    terminal.until("40 frames, rendered 4 of 4 blocks")
    terminal.until("up to date")
    terminal.until("q quit  r rebuild")
    space.write("scene.py", edited(SIMULATED, "    # edit here\n", "    assert i < 25, 'too far'\n"))
    terminal.until("scene.py changed")
    terminal.until("failed; the movie stays as it was")
    terminal.until("AssertionError: too far")
    space.write("scene.py", SIMULATED + "# again\n")
    terminal.until("up to date")
    terminal.press("r")
    terminal.until("simulating")
    terminal.until("up to date")
    terminal.press(key)
    assert terminal.ended() == status
    assert none_living(space), living(space)


# -- drafts ----------------------------------------------------------------------


def test_a_draft_comes_first_and_never_into_the_movie(space: Space) -> None:
    space.write("scene.py", SIMULATED)
    with watched(space, "scene.py", *BLOCKS, "--draft") as watching:
        heard = watching.built()
        assert any(line.startswith("out.mp4 (draft): 40 frames, rendered 4 of 4") for line in heard)
        assert not space.path("out.mp4").exists()
        heard = watching.built()
        assert any(line.startswith("out.mp4: 40 frames, rendered 4 of 4") for line in heard)
        assert is_resumed(heard)
        before = space.path("out.mp4").read_bytes()
        heard = watching.edit("scene.py", annotation(1))
        assert any(line.startswith("out.mp4 (draft): 40 frames, rendered 1 of 4") for line in heard)
        assert space.path("out.mp4").read_bytes() == before
        assert rendered(watching.built()) == "1 of 4"
        watching.interrupt()
    (draft,) = space.path(".iparsave_cache/drafts").iterdir()
    assert len(frames_of(draft)) == 40
    assert draft.read_bytes() != space.path("out.mp4").read_bytes()
    assert is_as_clean(space, *BLOCKS)


def test_what_follows_the_save_does_not_replace_it(space: Space) -> None:
    """A copy that slept behind the save would go on without the movie: it may be asked for in another way."""
    space.write("scene.py", SIMULATED + "after = 1\n")
    with watched(space, "scene.py", *BLOCKS, "--draft") as watching:
        watching.built()
        heard = watching.built()
        assert any(line.startswith("out.mp4: 40 frames, rendered 4 of 4") for line in heard)
        space.path("out.mp4").unlink()
        watching.edit("scene.py", SIMULATED + "after = 2\n")
        watching.built()
        watching.interrupt()
    assert is_as_clean(space, *BLOCKS)
