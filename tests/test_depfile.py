"""Dependency files, which the real ninja and the real make read."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable

import pytest

from .scenes import LINE, edited
from .space import Space

NINJA = shutil.which("ninja") or shutil.which("ninja", path=sys.prefix + "/bin")
MAKE = shutil.which("make")
IPARSAVE = f"{sys.executable} -m incremental_parsave build -q --block-size 10"

NINJA_FILE = f"""\
rule movie
  command = {IPARSAVE} $in --depfile $out.d
  depfile = $out.d
  {{deps}}
build out.mp4: movie scene.py
"""
MAKEFILE = f"""\
out.mp4: scene.py
\t{IPARSAVE} $< --depfile $@.d
-include out.mp4.d
"""
# The test does not remove these: no rule of make can say that a file with % in its name may be missing.
NAMES = ["data.csv", "my data.csv", "50% $x #1.csv", "a:b.csv", "back\\slash.csv"]


def write(space: Space, data: str) -> None:
    space.write("helper.py", "PACE = 5\n")
    space.write(data, "1")
    head = f"import os\nimport helper\nassert os.path.exists('looked_for.txt')\nshift = float(open({data!r}).read())\n"
    space.write("looked_for.txt", "")
    space.write("scene.py", head + edited(LINE, "i / 5", "i / helper.PACE + shift"))


def check(space: Space, command: list[str], up_to_date: str, data: str) -> None:
    """Check that the movie is made again if and only if something has changed."""

    def run() -> bool:
        done = space.run(command)
        assert done.returncode == 0, done.stdout + done.stderr
        return up_to_date not in done.stdout

    movie = space.path("out.mp4")
    assert (run(), run()) == (True, False)
    changes: list[Callable[[], object]] = [
        lambda: space.write("helper.py", "PACE = 4\n"),
        lambda: space.write(data, "2"),
        lambda: space.write("looked_for.txt", "it grew"),
        lambda: space.write("helper.py", "PACE = 4  # a comment: the movie stays as it is\n"),
        lambda: movie.unlink(),
        lambda: (space.path(data).unlink(), space.write("scene.py", LINE)),  # a missing file is no error
    ]
    for change in changes:
        change()
        assert (run(), run()) == (True, False), change
        assert movie.exists()


@pytest.mark.exhaustive
@pytest.mark.skipif(NINJA is None, reason="ninja is not installed")
@pytest.mark.parametrize("deps", ["", "deps = gcc"])
def test_ninja_makes_the_movie_again_only_after_a_change(space: Space, deps: str) -> None:
    write(space, "my $x #1.csv")
    space.write("build.ninja", NINJA_FILE.format(deps=deps))
    check(space, [str(NINJA)], "no work to do", "my $x #1.csv")


@pytest.mark.exhaustive
@pytest.mark.skipif(MAKE is None, reason="make is not installed")
def test_make_makes_the_movie_again_only_after_a_change(space: Space) -> None:
    write(space, "my $x #1.csv")
    space.write("Makefile", MAKEFILE)
    check(space, [str(MAKE)], "is up to date", "my $x #1.csv")


@pytest.mark.exhaustive
@pytest.mark.skipif(NINJA is None or MAKE is None, reason="ninja and make are not both installed")
def test_files_with_special_characters_in_their_names_are_dependencies(space: Space) -> None:
    for name in NAMES:
        space.write(name, "1")
    head = f"for name in {NAMES!r}:\n    open(name).close()\n"
    space.write("scene.py", head + LINE)
    space.write("build.ninja", NINJA_FILE.format(deps=""))
    space.write("Makefile", MAKEFILE)
    for command, up_to_date in (([NINJA], "no work to do"), ([MAKE], "is up to date")):
        space.path("out.mp4").unlink(missing_ok=True)
        assert up_to_date not in space.run([*command]).stdout
        assert up_to_date in space.run([*command]).stdout
        for name in NAMES:
            space.write(name, "1")
            assert up_to_date not in space.run([*command]).stdout, name
            assert up_to_date in space.run([*command]).stdout, name


def test_dependency_file_is_written_without_a_run_and_for_several_movies(space: Space) -> None:
    scene = "import sys\nprint('runs', file=sys.stderr)\n" + edited(
        LINE, 'anim.save("out.mp4")', 'anim.save("a.mp4")\nanim.save("b.mp4")'
    )
    space.write("scene.py", scene)
    space.write("other.py", edited(LINE, "out.mp4", "c.mp4"))
    expected = "a.mp4 b.mp4: \\\n  scene.py\nc.mp4: \\\n  other.py\nscene.py:\nother.py:\n"
    for _ in range(2):
        space.path("deps").unlink(missing_ok=True)
        done = space.iparsave("build", "--depfile", "deps", "scene.py", "other.py")
        assert done.returncode == 0, done.stderr
        assert space.path("deps").read_text() == expected
    assert "runs" not in done.stderr
    space.path("deps").unlink()
    assert space.iparsave("build", "-n", "--depfile", "deps", "scene.py", "other.py").returncode == 0
    assert not space.path("deps").exists()
    done = space.iparsave("build", "--depfile", "nowhere/deps", "other.py")
    assert (done.returncode, "cannot write the dependency file nowhere/deps" in done.stderr) == (1, True)


def test_incomplete_dependency_file_is_reported(space: Space) -> None:
    space.write("scene.py", "import subprocess\nsubprocess.run(['true'])\n" + LINE)
    done = space.iparsave("build", "--depfile", "deps", "scene.py")
    assert "the dependency file of scene.py may be incomplete: the script used subprocess.Popen" in done.stderr
