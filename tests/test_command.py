"""The command line: kinds of scenes, options, and messages."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from .scenes import LINE, edited
from .space import Space, frames_of, times_of

SHOWN = edited(LINE, 'anim.save("out.mp4")\n', "plt.show()\n")
BLOCKS = ("--block-size", "10")


def test_script_that_only_shows_its_animation_is_built(space: Space) -> None:
    space.write("scene.py", SHOWN)
    assert space.build("scene.py", *BLOCKS).target["output"] == "scene.mp4"
    assert len(frames_of(space.path("scene.mp4"))) == 40


def test_shown_animations_are_named_after_their_variables(space: Space) -> None:
    scene = edited(SHOWN, "plt.show()\n", "other = FuncAnimation(fig, animate, frames=5)\nplt.show()\n")
    space.write("scene.py", scene)
    built = space.build("scene.py", *BLOCKS)
    assert [target["output"] for target in built.targets] == ["scene-anim.mp4", "scene-other.mp4"]
    assert [target["frames"] for target in built.targets] == [40, 5]


def test_animation_that_is_shown_in_a_function_is_built(space: Space) -> None:
    head, tail = SHOWN.split("anim = ")
    space.write("scene.py", f"{head}\ndef main():\n    anim = {tail.splitlines()[0]}\n    plt.show()\n\n\nmain()\n")
    assert space.build("scene.py", *BLOCKS).target["frames"] == 40


def test_interactive_backend_opens_no_window(space: Space) -> None:
    space.write("scene.py", "import matplotlib\nmatplotlib.use('TkAgg')\n" + SHOWN)
    assert space.build("scene.py", *BLOCKS).way == "fast"


ENVIRONMENT = """
import inspect, json, os, sys
from fractions import Fraction
from pathlib import Path
import matplotlib.pyplot as plt
import neighbour
facts = {
    "argv": sys.argv, "file": __file__, "name": __name__, "path": sys.path[0], "cwd": os.getcwd(),
    "stdin": sys.stdin.read(), "main": sys.modules["__main__"].__dict__ is globals(), "neighbour": neighbour.__file__,
    "spec": __spec__ is None, "doc": __doc__,
    "plot": plt.plot.__doc__, "set": plt.Line2D.set.__doc__, "cleandoc": inspect.cleandoc.__module__,
}
Path(sys.argv[1]).write_text(json.dumps(facts))
"""


WINDOW = """\
    fig.canvas.manager.set_window_title(f"frame {i}")
    plt.get_current_fig_manager().full_screen_toggle()
    fig.canvas.manager.resize(900, 700)
    fig.set_size_inches(2.4, 1.8)
"""
TITLED = edited(SHOWN, "    # edit here\n", WINDOW)


@pytest.mark.exhaustive
def test_window_calls_of_a_shown_figure_do_not_change_the_movie(space: Space) -> None:
    space.write("scene.py", SHOWN)
    space.build("scene.py", *BLOCKS)
    frames = frames_of(space.path("scene.mp4"))
    again = "print(fig.canvas.manager.get_window_title(), fig.canvas.manager is manager)\n"
    scene = edited(TITLED, "\n\ndef position", "\nmanager = fig.canvas.manager\n\n\ndef position")
    space.write("scene.py", scene + again)
    built = space.iparsave("build", "scene.py", *BLOCKS)
    assert built.returncode == 0, built.stderr
    assert "plain" not in built.stderr
    assert frames_of(space.path("scene.mp4")) == frames
    assert space.iparsave("verify", "scene.py").returncode == 0
    assert space.build("scene.py", "-o", "scene.gif", "--writer", "pillow").way == "written by PillowWriter"
    space.write("scene.py", edited(TITLED, "    fig.set_size", "    fig.canvas.draw()\n    fig.set_size"))
    assert "draws or reads pixels" in space.build("scene.py", *BLOCKS).way
    assert frames_of(space.path("scene.mp4")) == frames


def test_window_calls_of_a_saved_figure_fail_as_in_python(space: Space) -> None:
    space.write("scene.py", edited(TITLED, "plt.show()\n", 'anim.save("out.mp4")\n'))
    built = space.try_build("scene.py", *BLOCKS)
    theirs = space.run([sys.executable, "scene.py"])
    for status, errors in ((built.status, built.errors), (theirs.returncode, theirs.stderr)):
        assert status == 1
        assert "AttributeError: 'NoneType' object has no attribute 'set_window_title'" in errors


@pytest.mark.exhaustive
def test_script_has_the_same_environment_as_in_python(space: Space) -> None:
    space.write("deep/scene.py", '"""A docstring."""\n' + ENVIRONMENT + LINE)
    space.write("deep/neighbour.py", "")
    space.run([sys.executable, "deep/scene.py", "python.json", "--seed", "3"], stdin="typed")
    space.build("deep/scene.py", *BLOCKS, "--", "iparsave.json", "--seed", "3", stdin="typed")
    theirs, ours = (json.loads(space.path(f"{name}.json").read_text()) for name in ("python", "iparsave"))
    assert theirs.pop("argv")[2:] == ours.pop("argv")[2:] == ["--seed", "3"]
    assert ours == theirs


def test_saves_in_a_loop_are_built(space: Space) -> None:
    head = LINE.split("anim = ")[0]
    loop = "\nfor n in (5, 6, 7):\n    FuncAnimation(fig, animate, frames=n).save(f'loop{n // 6}.mp4')\n"
    space.write("scene.py", head + loop + "from pathlib import Path\nassert Path('loop1.mp4').stat().st_size > 999\n")
    built = space.build("scene.py")
    assert [(t["output"], t["frames"]) for t in built.targets] == [("loop0.mp4", 5), ("loop1.mp4", 6), ("loop1.mp4", 7)]
    assert len(frames_of(space.path("loop1.mp4"))) == 7


@pytest.mark.exhaustive
def test_output_option_names_the_movie_or_a_folder(space: Space) -> None:
    space.write("scene.py", LINE)
    assert space.build("scene.py", *BLOCKS, "-o", "named.mkv").target["output"] == "named.mkv"
    assert len(frames_of(space.path("named.mkv"))) == 40
    space.path("folder").mkdir()
    assert space.build("scene.py", *BLOCKS, "-o", "folder").target["output"] == "folder/out.mp4"
    space.write("scene.py", LINE + 'anim.save("other.mp4")\n')
    built = space.try_build("scene.py", *BLOCKS, "-o", "one.mp4")
    assert built.status == 2
    assert "help: pass a folder to -o" in built.errors
    assert space.try_build("scene.py", "scene.py", "-o", "one.mp4").status == 2


def test_other_writer_writes_the_whole_movie(space: Space) -> None:
    space.write("scene.py", edited(LINE, '"out.mp4"', '"out.gif", writer="pillow"'))
    assert space.build("scene.py", "-n").target["frames"] == 40
    assert not space.path("out.gif").exists()
    built = space.build("scene.py")
    assert (built.target["frames"], built.way) == (40, "written by PillowWriter")
    assert "out.gif is written whole by PillowWriter, which does not support blocks" in built.errors
    assert len(frames_of(space.path("out.gif"))) == 40


def test_scenes_and_cache_dir_of_pyproject_are_used(space: Space) -> None:
    space.write("pyproject.toml", '[tool.iparsave]\nscenes = ["a.py", "sub/b.py"]\ncache-dir = "kept"\n')
    space.write("a.py", LINE)
    space.write("sub/b.py", edited(LINE, "out.mp4", "b.mp4"))
    built = space.build(*BLOCKS)
    assert [target["output"] for target in built.targets] == ["out.mp4", "b.mp4"]
    assert space.path("kept/CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55")
    assert space.path("kept/.gitignore").read_text() == "*\n"


def test_usage_error_without_a_scene_shows_the_setting(space: Space) -> None:
    built = space.try_build()
    assert built.status == 2
    assert '[tool.iparsave]\n  scenes = ["scene.py"]' in built.errors


@pytest.mark.exhaustive
def test_cache_dir_option_overrides_the_environment_variable(space: Space) -> None:
    space.write("scene.py", LINE)
    space.environment["IPARSAVE_CACHE_DIR"] = "from_env"
    space.build("scene.py", *BLOCKS)
    space.build("scene.py", *BLOCKS, "--cache-dir", "from_option")
    assert {path.name for path in space.folder.iterdir() if path.is_dir()} == {"from_env", "from_option"}


def test_printed_lines_depend_on_verbosity(space: Space) -> None:
    space.write("scene.py", "print('from the scene')\n" + LINE)
    done = space.iparsave("build", "scene.py", *BLOCKS)
    assert done.stdout.splitlines()[0] == "from the scene"
    assert done.stdout.splitlines()[1].startswith("out.mp4: 40 frames, rendered 4 of 4 blocks, ")
    assert done.stderr == ""
    shutil.rmtree(space.path(".iparsave_cache/manifests"))
    assert "block 2 (frames 20-29): inputs unchanged" in space.iparsave("build", "-v", "scene.py", *BLOCKS).stdout
    shutil.rmtree(space.path(".iparsave_cache/manifests"))
    assert space.iparsave("build", "-q", "scene.py", *BLOCKS).stdout == "from the scene\n"


def test_output_of_frames_is_printed_once(space: Space) -> None:
    space.write("scene.py", edited(LINE, "    # edit here\n", "    print('frame', i)\n"))
    done = space.iparsave("build", "-q", "scene.py", *BLOCKS)
    assert done.stdout.splitlines() == ["frame 0", *(f"frame {i}" for i in range(40))]


def build_on_a_terminal(space: Space, *args: str, typed: str = "") -> str:
    """Build on a pseudo-terminal; return all that was written to it."""
    main, side = pty.openpty()
    command = [sys.executable, "-m", "incremental_parsave", "build", "scene.py", *args]
    process = subprocess.Popen(command, cwd=space.folder, env=space.environment, stdin=side, stdout=side, stderr=side)
    os.close(side)
    os.write(main, typed.encode())
    seen = b""
    while True:
        try:
            chunk = os.read(main, 4096)
        except OSError:  # the build has ended
            break
        if not chunk:
            break
        seen += chunk
    os.close(main)
    assert process.wait() == 0, seen
    return seen.decode()


def test_output_before_a_fallback_is_printed_once(space: Space) -> None:
    draws = edited(LINE, "    # edit here\n", "    if i == 15:\n        fig.canvas.draw()\n")
    space.write("scene.py", "print('before')\n" + draws + "print('after')\n")
    done = space.iparsave("build", "scene.py", *BLOCKS)
    lines = done.stdout.splitlines()
    assert lines[0] == "before"
    assert lines.count("after") == 1
    assert len(lines) == 3
    assert done.stderr == ("warning: building out.mp4 in one process (slower): the animation draws or reads pixels\n")


def test_terminal_shows_progress(space: Space) -> None:
    space.write("scene.py", "import time\ntime.sleep(1.2)\nprint('a line of its own')\n" + LINE)
    text = build_on_a_terminal(space, *BLOCKS)
    assert "running scene.py..." in text
    assert " 1 s" in text
    assert "/4 blocks" in text
    assert "frames/s" in text
    assert "\r\x1b[2Ka line of its own\r\n" in text
    assert "out.mp4: 40 frames, rendered 4 of 4 blocks" in text


def test_prompt_on_a_terminal_is_not_overwritten(space: Space) -> None:
    asking = "import time\ntime.sleep(0.5)\nname = input('name? ')\ntime.sleep(0.6)\n"
    space.write("scene.py", asking + edited(LINE, '"out.mp4"', 'name + ".mp4"'))
    text = build_on_a_terminal(space, *BLOCKS, typed="asked\n")
    assert "name? " in text
    assert "asked.mp4: 40 frames" in text


def test_scene_can_read_standard_input(space: Space) -> None:
    space.write("scene.py", "name = input('name? ')\n" + edited(LINE, '"out.mp4"', 'name + ".mp4"'))
    assert space.build("scene.py", *BLOCKS, stdin="asked\n").target["output"] == "asked.mp4"


def test_scene_that_reads_standard_input_is_never_up_to_date(space: Space) -> None:
    space.write(
        "scene.py", "import sys\nLABEL = sys.stdin.readline().strip()\n" + edited(LINE, '"frame {i}"', '"{LABEL}"')
    )
    space.build("scene.py", *BLOCKS, stdin="one\n")
    built = space.build("scene.py", *BLOCKS, stdin="two\n")
    assert built.rendered == [0, 1, 2, 3], built


def test_help_lists_options_in_at_most_100_columns(space: Space) -> None:
    top = space.iparsave("--help").stdout
    assert "exit status: 0 built or up to date; 1 build failed; 2 usage error; 130 interrupted" in top
    text = space.iparsave("build", "--help").stdout
    for option in ("-o", "-j", "-n", "--force", "--frames", "--block-size", "--fps", "--dpi", "--writer", "--codec",
                   "--bitrate", "--stitcher", "--stepping", "--cache-dir", "--json", "-q", "-v"):  # fmt: skip
        assert f" {option}" in text
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize(
    "args",
    [["build", "--frames", "9:3", "x.py"], ["build", "-j0", "x.py"], ["build", "--fps", "-1", "x.py"], ["frob"], []],
)
def test_wrong_usage_exits_with_status_2(space: Space, args: list[str]) -> None:
    assert space.iparsave(*args).returncode == 2


def test_bundled_ffmpeg_is_used_without_a_system_ffmpeg(space: Space, tmp_path: Path) -> None:
    """A build without a system ffmpeg uses the one of imageio-ffmpeg; the scene finds it, too."""
    space.environment["PATH"] = str(tmp_path / "nothing")
    space.environment.pop("IPARSAVE_FFMPEG", None)
    space.write("scene.py", "from matplotlib.animation import writers\nassert writers.is_available('ffmpeg')\n" + LINE)
    assert space.build("scene.py", *BLOCKS).rendered == [0, 1, 2, 3]
    assert len(frames_of(space.path("out.mp4"))) == 40


def test_named_ffmpeg_that_does_not_exist_is_a_usage_error(space: Space) -> None:
    space.write("scene.py", LINE)
    built = space.try_build("scene.py", "--ffmpeg", "/no/such/ffmpeg")
    assert built.status == 2
    assert ": no such program: '/no/such/ffmpeg', set by --ffmpeg\n" in built.errors


def test_ffmpeg_is_chosen_by_option_then_variable_then_pyproject(space: Space) -> None:
    space.write("scene.py", LINE)
    space.write("pyproject.toml", '[tool.iparsave]\nffmpeg = "/of/pyproject"\n')
    errors = []
    for variable, option in (("", []), ("/of/variable", []), ("/of/variable", ["--ffmpeg", "/of/option"])):
        space.environment["IPARSAVE_FFMPEG"] = variable
        errors.append(space.try_build("scene.py", *option).errors)
    assert ["'/of/pyproject'" in errors[0], "'/of/variable'" in errors[1], "'/of/option'" in errors[2]] == [True] * 3, (
        errors
    )


def two_saves(first: str, second: str) -> str:
    return edited(LINE, '"out.mp4"', f'"{first}")\nanim.save("{second}", fps=10')


@pytest.mark.exhaustive
def test_second_movie_for_one_output_name_is_refused(space: Space) -> None:
    """The first movie is written before the second save is known, since the script may use it."""
    space.write("x.mp4", "the old movie")
    space.write("scene.py", two_saves("one.mp4", "two.mp4"))
    built = space.try_build("scene.py", *BLOCKS, "-o", "x.mp4")
    assert built.status == 2
    assert "scene.py saves one.mp4 and two.mp4, but -o x.mp4 writes both to x.mp4: one.mp4 was written" in built.errors
    assert "two.mp4 was not" in built.errors
    assert "help: pass a folder to -o" in built.errors
    assert [target["output"] for target in built.targets] == ["x.mp4"]
    assert times_of(space.path("x.mp4"))[1] == Fraction(1, 20)
    space.path("out").mkdir()
    assert len(space.build("scene.py", *BLOCKS, "-o", "out").targets) == 2
    assert times_of(space.path("out/two.mp4"))[1] == Fraction(1, 10)


def test_movies_of_equal_names_in_two_folders_are_refused_in_one_output_folder(space: Space) -> None:
    space.write("scene.py", "import os\nos.makedirs('a', exist_ok=True)\n" + two_saves("out.mp4", "a/out.mp4"))
    built = space.try_build("scene.py", *BLOCKS, "-o", "movies/")
    assert built.status == 1  # there is no such folder
    space.path("movies").mkdir()
    built = space.try_build("scene.py", *BLOCKS, "-o", "movies/")
    assert built.status == 2
    assert "scene.py saves out.mp4 and a/out.mp4, but -o movies/ writes both to movies/out.mp4" in built.errors


@pytest.mark.exhaustive
def test_output_option_keeps_the_later_of_two_saves_of_one_movie(space: Space) -> None:
    space.write("scene.py", two_saves("out.mp4", "out.mp4"))
    space.build("scene.py", *BLOCKS, "-o", "x.mp4")
    assert times_of(space.path("x.mp4"))[1] == Fraction(1, 10)
    again = space.build("scene.py", *BLOCKS, "-o", "x.mp4")
    assert again.rendered == []
    assert times_of(space.path("x.mp4"))[1] == Fraction(1, 10)


def test_two_shown_animations_for_one_output_name_are_refused(space: Space) -> None:
    space.write("x.mp4", "the old movie")
    other = "other = FuncAnimation(fig, animate, frames=FRAMES)\nplt.show()\n"
    space.write("scene.py", edited(LINE, 'anim.save("out.mp4")\n', other))
    built = space.try_build("scene.py", *BLOCKS, "-o", "x.mp4")
    assert built.status == 2
    assert "scene.py creates 2 animations, but -o x.mp4 is one file" in built.errors
    assert space.path("x.mp4").read_text() == "the old movie"
