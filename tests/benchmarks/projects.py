"""Folders with a scene, and the ways to make its movie: with matplotlib, and with iparsave."""

from __future__ import annotations

import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from incremental_parsave.media.stitcher import probe

from . import measure

HERE = Path(__file__).parent
PENDULUM = HERE.parent.parent / "examples/double_pendulum.py"


@dataclass(frozen=True)
class Lab:
    """Settings for the measurement of one row.

    Attributes
    ----------
    folder : Path
        An empty folder that only this row uses.
    ffmpeg : str
        The ffmpeg that both sides use.
    variables : dict
        Environment variables of all commands.
    rounds : int
        Number of measurements of each side.
    tiny : bool
        Use only a few frames, just to check that everything runs.
    """

    folder: Path
    ffmpeg: str
    variables: dict[str, str]
    rounds: int
    tiny: bool

    def pendulum(self) -> Pendulum:
        """Return the project of the double pendulum from the examples."""
        source = PENDULUM.read_text()
        if self.tiny:
            return Pendulum(self, _replaced(source, "T_STOP = 40.0", "T_STOP = 0.6"), 12, block=4, moment=(4, 8))
        return Pendulum(self, source, 800, block=50, moment=(300, 350))

    def scene(self, name: str, frames: int | None = None) -> Project:
        """Return the project of a scene in the folder ``scenes``; *frames* changes its number of frames."""
        source = (HERE / f"scenes/{name}.py").read_text()
        wanted = 4 if self.tiny and frames is None else frames
        if wanted is not None:
            source = re.sub(r"^FRAMES = \d+", f"FRAMES = {wanted}", source, count=1, flags=re.MULTILINE)
        found = re.search(r"^FRAMES = (\d+)$", source, re.MULTILINE)
        assert found, f"{name}.py does not say how many frames it has"
        return Project(self, source, int(found[1]), block=50)


class Project:
    """A scene, with a folder for each way to make its movie.

    Parameters
    ----------
    lab : Lab
    source : str
        Source of the scene.
    frames : int
        Number of frames of the movie.
    block : int
        Number of frames of a block.
    """

    def __init__(self, lab: Lab, source: str, frames: int, *, block: int) -> None:
        self.lab, self.source, self.frames, self.block = lab, source, frames, block
        self.blocks = max(1, -(-frames // block))
        self._built = lab.folder / "built"

    def fresh(self, name: str, source: str | None = None) -> Path:
        """Return an emptied folder that holds only the scene."""
        folder = self.lab.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        (folder / "scene.py").write_text(source or self.source)
        return folder

    def run(self, command: list[str], folder: Path, *, movie: bool = True) -> measure.Spent:
        """Run *command*; if *movie*, check that it made a movie with all frames."""
        spent = measure.run(command, folder, self.lab.variables)
        if movie:
            (made,) = (path for path in folder.glob("*.mp4") if not path.name.startswith("part"))
            count = probe(self.lab.ffmpeg, made).frames
            if count != self.frames:
                raise SystemExit(f"{' '.join(command)} made {count} of {self.frames} frames")
        return spent

    def run_module(self, command: list[str], folder: Path) -> measure.Spent:
        """Run *command*, which runs a module of the benchmarks, with the parent folder of `tests` on its path."""
        variables = {**self.lab.variables, "PYTHONPATH": str(HERE.parent.parent)}
        return measure.run(command, folder, variables)

    def by_matplotlib(self, source: str | None = None) -> measure.Spent:
        """Make the movie by running the script with Python alone."""
        return self.run([sys.executable, "scene.py"], self.fresh("matplotlib", source))

    def from_empty_cache(self, *options: str, source: str | None = None) -> measure.Spent:
        """Make the movie with iparsave, from an empty cache."""
        self.fresh("ours", source)
        return self._build(options, encoded=self.blocks)

    def keep(self) -> None:
        """Save a copy of the folder that `from_empty_cache` made, for `after_edit`."""
        shutil.rmtree(self._built, ignore_errors=True)
        shutil.copytree(self.lab.folder / "ours", self._built)

    def after_edit(self, source: str, *, encoded: int) -> measure.Spent:
        """Make the movie of an edited script with iparsave, starting from the copy that `keep` saved."""
        folder = self.lab.folder / "ours"
        shutil.rmtree(folder)
        shutil.copytree(self._built, folder)
        (folder / "scene.py").write_text(source)
        return self._build((), encoded=encoded)

    def _build(self, options: tuple[str, ...], *, encoded: int) -> measure.Spent:
        command = [sys.executable, "-m", "incremental_parsave", "build", *options]
        if self.block != 50:
            command += ["--block-size", str(self.block)]
        spent = self.run([*command, "scene.py"], self.lab.folder / "ours")
        found = re.search(r"rendered (\d+) of (\d+) blocks", spent.output)
        # If nothing was encoded, the output may also be "up to date".
        was = (int(found[1]), int(found[2])) if found else (0, self.blocks)
        if was != (encoded, self.blocks):
            raise SystemExit(f"{encoded} of {self.blocks} blocks were to be encoded:\n{spent.output}{spent.errors}")
        return spent


class Pendulum(Project):
    """The double pendulum, and edits of it.

    Parameters
    ----------
    moment : tuple of int
        First frame and stop of one block, in which edits change the text.
    """

    def __init__(self, lab: Lab, source: str, frames: int, *, block: int, moment: tuple[int, int]) -> None:
        super().__init__(lab, source, frames, block=block)
        self.moment = moment

    def with_text(self, text: str) -> str:
        """Return the script with another text in the frames of `moment`."""
        first, stop = self.moment
        line = '    time_text.set_text(f"time = {i * DT:.1f}s")\n'
        return _replaced(
            self.source, line, f"{line}    if {first} <= i < {stop}:\n        time_text.set_text({text!r})\n"
        )

    def with_colour(self, number: int) -> str:
        """Return the script with another colour of the line."""
        return _replaced(self.source, '"o-", lw=2', f'"o-", lw=2, color="C{number}"')

    def with_unreached(self, name: str) -> str:
        """Return the script with an additional function that nothing calls."""
        return _replaced(self.source, "y = simulate()\n", f"def {name}():\n    return 1\n\n\ny = simulate()\n")

    def with_clock(self) -> str:
        """Return the script with code that prints the duration of the save to standard error."""
        save = self._save()
        return _replaced(
            self.source,
            save,
            "import sys\n    import time\n\n    started = time.perf_counter()\n    "
            f"{save}\n    print(time.perf_counter() - started, file=sys.stderr)",
        )

    def without_save(self) -> str:
        """Return the script with an exit in place of the save."""
        return _replaced(self.source, self._save(), "raise SystemExit")

    def _save(self) -> str:
        found = re.search(r"^    (anim\.save\(.*\))$", self.source, re.MULTILINE)
        assert found, "the example does not save"
        return found[1]


def _replaced(source: str, old: str, new: str) -> str:
    assert source.count(old) == 1, f"the example does not hold {old!r} once"
    return source.replace(old, new)


def room_for(size: int) -> Path | None:
    """Return a folder in memory with twice *size* bytes free; None if there is none, so the page cache must do."""
    memory = Path("/dev/shm")
    if not memory.is_dir() or not os.access(memory, os.W_OK):
        return None
    found = os.statvfs(memory)
    return memory if found.f_bavail * found.f_frsize > 2 * size else None
