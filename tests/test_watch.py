"""The real ``iparsave watch`` on real files, which are saved as editors save them."""

from __future__ import annotations

import os
import pty
import select
import sys
import time
from pathlib import Path

import pytest

from .scenes import ANNOTATED, LINE, SIMULATED, SLOW, annotation, edited
from .space import Space, frames_of
from .watching import PATIENCE, equals_clean_build, is_resumed, no_process_is_left, processes_in, rendered, watched

BLOCKS = ("--block-size", "10")

# -- how editors save files ----------------------------------------------------


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
            time.sleep(0.1)  # longer than the watch waits between two steps of a save


@pytest.mark.exhaustive
def test_saves_of_all_editors_are_detected(space: Space) -> None:
    path = space.write("scene.py", SIMULATED)
    with watched(space, "scene.py", *BLOCKS) as watching:
        assert rendered(watching.built()) == "4 of 4"
        save_functions = [
            in_place,
            by_renaming_over,
            as_vim_does,
            deleted_and_written_again,
            emptied_and_written_slowly,
        ]
        for n, save in enumerate(save_functions):
            save(path, annotation(n))
            heard = watching.until("done in")
            assert rendered(heard[-3:]) == "1 of 4", save
            assert not any("Traceback" in line for line in heard)
            assert "simulating" not in heard
            assert is_resumed(heard)
        assert watching.interrupt() == 130
    built = space.build("scene.py", *BLOCKS)
    assert built.up_to_date
    assert "simulating" not in built.errors  # a build finds the results of the watch without running the scene
    assert equals_clean_build(space, *BLOCKS)


def test_edit_without_effect_builds_nothing(space: Space) -> None:
    path = space.write("scene.py", LINE)
    with watched(space, "scene.py", *BLOCKS) as watching:
        watching.built()
        before = space.path("out.mp4").stat().st_mtime_ns
        path.write_text(LINE + "# a comment\n")
        assert watching.until("nothing changed|changed")[-1] == "nothing changed"
        os.utime(path)
        assert watching.until("nothing changed|changed")[-1] == "nothing changed"
        space.write("unrelated.txt", "x")
        assert rendered(watching.edit("scene.py", ANNOTATED)) == "1 of 4"
        assert not any("unrelated" in line for line in watching.printed)
    assert space.path("out.mp4").stat().st_mtime_ns > before


def test_change_of_any_input_rebuilds(space: Space) -> None:
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
        assert heard[0] == "label.txt changed"
        assert rendered(heard) == "4 of 4"
        assert is_resumed(heard)  # the file is read after the simulation
        heard = watching.edit("helper.py", space.path("helper.py").read_text().replace("np.sin(x)", "np.cos(x + i)"))
        assert heard[0] == "helper.py changed"
        assert rendered(heard) == "4 of 4"
        heard = watching.edit("more", "")
        assert rendered(heard) == "4 of 4"
        space.write("label.txt", "three")  # several at once
        space.write("scene.py", space.path("scene.py").read_text().replace("i / 5", "i / 6").replace("{i}", "no {i}"))
        heard = watching.built()
        while not any("scene.py" in line for line in heard):  # on a busy machine, the edits may be seen separately
            heard += watching.built()
        watching.interrupt()
    assert equals_clean_build(space, *BLOCKS)


@pytest.mark.exhaustive
def test_settings_changed_while_the_script_is_missing(space: Space) -> None:
    path = space.write("scene.py", LINE)
    space.write("pyproject.toml", "")
    space.write("more.dat", "1")
    with watched(space, "scene.py", *BLOCKS) as watching:
        watching.built()
        path.unlink()
        watching.built()
        space.write("pyproject.toml", '[tool.iparsave]\ninputs = ["more.dat"]\n')
        watching.built()
        watching.edit("scene.py", LINE)
        assert watching.edit("more.dat", "2")[0] == "more.dat changed"
        heard = watching.edit("pyproject.toml", "[tool]\niparsave = 3\n")
        assert any("[tool.iparsave] is not a table" in line for line in heard)
        watching.edit("pyproject.toml", "")
        assert watching.interrupt() == 130


@pytest.mark.exhaustive
def test_scene_that_redirects_its_output(space: Space) -> None:
    away = "import os\n_log = os.open('log.txt', os.O_WRONLY | os.O_CREAT)\nos.dup2(_log, 1)\nos.dup2(_log, 2)\n"
    space.write("scene.py", away + LINE)
    with watched(space, "scene.py", *BLOCKS, "--rerun") as watching:
        assert rendered(watching.built()) == "4 of 4"
        assert "done in" in watching.edit("scene.py", away + edited(LINE, "i / 5", "i / 6"))[-1]
        assert watching.interrupt() == 130
        assert no_process_is_left(space)


@pytest.mark.exhaustive
def test_changed_settings_restart_the_scene_process(space: Space) -> None:
    """The scene process gets the settings when it starts, so it is restarted."""
    run_cat = "import subprocess\nLABEL = subprocess.run(['cat', 'label.txt'], capture_output=True, text=True).stdout\n"
    space.write("scene.py", edited(run_cat + LINE, 'f"frame {i}"', 'f"{LABEL} {i}"'))
    space.write("label.txt", "one")
    space.write("pyproject.toml", "")
    with watched(space, "scene.py", *BLOCKS) as watching:
        watching.built()
        watching.edit("pyproject.toml", '[tool.iparsave]\ninputs = ["label.txt"]\n')
        heard = watching.edit("label.txt", "two")
        assert heard[0] == "label.txt changed"
        assert rendered(heard) == "4 of 4"
        heard = watching.edit("pyproject.toml", '[tool.iparsave]\ninputs = ["label.txt"]\ncache-dir = "elsewhere"\n')
        assert rendered(heard) == "4 of 4"
        assert space.path("elsewhere/segments").is_dir()
        watching.interrupt()
    assert equals_clean_build(space, *BLOCKS)


# -- several edits, and wrong ones -----------------------------------------------


def test_newest_edit_wins(space: Space) -> None:
    space.write("scene.py", SLOW)
    with watched(space, "scene.py", *BLOCKS, "-j1", "--stepping", "sequential") as watching:
        watching.built()
        for n in range(3):
            space.write("scene.py", edited(SLOW, "i / 5", f"i / {6 + n}"))
            watching.until("changed")
            time.sleep(0.5 * n)
        watching.built()
        assert sum("edited again: restarting" in line for line in watching.printed) == 2
        assert sum("rendered" in line for line in watching.printed) == 2, "\n".join(watching.printed)  # first and last
        watching.interrupt()
    assert equals_clean_build(space, *BLOCKS)


@pytest.mark.exhaustive
def test_run_that_ignores_interrupts(space: Space) -> None:
    nap = "        try:\n            time.sleep(0.1)\n        except KeyboardInterrupt:\n            pass\n"
    stubborn = f"    for _ in range(3):\n{nap}"
    space.write("scene.py", SIMULATED)
    with watched(space, "scene.py", *BLOCKS, "-j1", "--stepping", "sequential") as watching:
        watching.built()
        space.write("scene.py", edited(SIMULATED, "    # edit here\n", stubborn))
        watching.until("changed")
        time.sleep(1)
        space.write("scene.py", annotation(1))
        heard = watching.until("done in")
        assert is_resumed(heard)  # the sleeping copies were kept
        assert sum("rendered" in line for line in watching.printed) == 2
        watching.interrupt()
    assert equals_clean_build(space, *BLOCKS)


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
        assert heard[-1] == "waiting for the next edit; the last movie is kept"
        assert space.path("out.mp4").read_bytes() == good
        heard = watching.edit("scene.py", edited(LINE, "FRAMES = 40\n", "import gone\nFRAMES = 40\n"))
        assert any("No module named 'gone'" in line for line in heard)
        heard = watching.edit("gone.py", "")
        assert rendered(heard) == "0 of 4"
        heard = watching.edit(
            "scene.py", edited(LINE, "FRAMES = 40\n", "import os\nos.kill(os.getpid(), 9)\nFRAMES = 40\n")
        )
        assert any("was killed or crashed" in line for line in heard)
        space.path("scene.py").unlink()
        heard = watching.built()
        assert any("no such file: scene.py" in line for line in heard)
        assert rendered(watching.edit("scene.py", ANNOTATED)) == "1 of 4"
        watching.interrupt()
    assert equals_clean_build(space, *BLOCKS)


@pytest.mark.exhaustive
def test_deleted_movie_is_made_again(space: Space) -> None:
    space.write("scene.py", SIMULATED)
    movie = space.path("out.mp4")
    with watched(space, "scene.py", *BLOCKS) as watching:
        watching.built()
        made = movie.read_bytes()
        for _ in range(2):
            movie.unlink()
            heard = watching.built()
            assert any("out.mp4 changed" in line for line in heard)
            assert is_resumed(heard)
            assert rendered(heard) == "0 of 4"
            assert movie.read_bytes() == made


# -- on a terminal ---------------------------------------------------------------


class Terminal:
    """A watch on a pseudo-terminal, with simulated key presses."""

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
        """Return the exit status; the remaining output is read first, or the process could not exit."""
        while True:
            try:
                if not os.read(self.end, 1 << 16):
                    break
            except OSError:
                break
        os.close(self.end)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


@pytest.mark.rows(1)
@pytest.mark.parametrize(("key", "status"), [("q", 0), ("\x03", 130)])
def test_status_and_keys_on_a_terminal(space: Space, key: str, status: int) -> None:
    space.write("scene.py", SIMULATED)
    terminal = Terminal(space, "scene.py", *BLOCKS)
    terminal.until("simulating")
    terminal.until("40 frames, rendered 4 of 4 blocks")
    terminal.until("built in")
    terminal.until("q quit  r rebuild")
    space.write("scene.py", edited(SIMULATED, "    # edit here\n", "    assert i < 25, 'too far'\n"))
    terminal.until("scene.py changed")
    terminal.until("failed; the last movie is kept")
    terminal.until("AssertionError: too far")
    space.write("scene.py", SIMULATED + "# again\n")
    terminal.until("built in")
    terminal.press("r")
    terminal.until("simulating")
    terminal.until("built in")
    terminal.press(key)
    assert terminal.ended() == status
    assert no_process_is_left(space), processes_in(space)


# -- drafts ----------------------------------------------------------------------


@pytest.mark.exhaustive
def test_draft_is_built_first_and_never_published(space: Space) -> None:
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
    assert equals_clean_build(space, *BLOCKS)


@pytest.mark.exhaustive
def test_edit_after_the_save_still_builds_the_movie(space: Space) -> None:
    """A copy that sleeps after the save would resume without saving the movie, for example with draft settings."""
    space.write("scene.py", SIMULATED + "after = 1\n")
    with watched(space, "scene.py", *BLOCKS, "--draft") as watching:
        watching.built()
        heard = watching.built()
        assert any(line.startswith("out.mp4: 40 frames, rendered 4 of 4") for line in heard)
        space.path("out.mp4").unlink()
        watching.edit("scene.py", SIMULATED + "after = 2\n")
        watching.built()
        watching.interrupt()
    assert equals_clean_build(space, *BLOCKS)
