"""Scenes that exit: during a save, an exit is a build failure; after the save, it is not."""

from __future__ import annotations

import pytest

from .scenes import LINE, edited
from .space import Space, frames_of

BLOCKS = ("--block-size", "10")
EXITS = "import os\nimport sys\n" + LINE


def at_frame(what: str, scene: str = EXITS) -> str:
    """Return a scene whose `animate` does *what* at frame 25."""
    return edited(scene, "    # edit here\n", f"    if i == 25:\n        {what}\n")


def when_drawn(what: str, scene: str = EXITS) -> str:
    """Return a scene that does *what* when frame 14 is drawn."""
    formatter = (
        "def label(v, p):\n"
        "    if title.get_text() == 'frame 14':\n"
        f"        {what}\n"
        "    return ''\n\n\n"
        "ax.set_xticks([1])\nax.xaxis.set_major_formatter(label)\n"
    )
    return edited(scene, "anim = ", formatter + "anim = ")


def in_one_process(scene: str) -> str:
    """Return *scene* with a draw callback, so that it is built in one process."""
    return edited(scene, "anim = ", "fig.canvas.mpl_connect('draw_event', lambda event: None)\nanim = ")


def independently(scene: str) -> tuple[str, str]:
    return scene, "independent"


def failed_build(space: Space, scene: str, *args: str) -> tuple[int, str]:
    """Build *scene*, and expect that the old movie is kept; return the exit status and the errors."""
    space.write("out.mp4", "the old movie")
    space.write("scene.py", scene)
    built = space.try_build("scene.py", *BLOCKS, *args)
    assert built.targets == []
    assert space.path("out.mp4").read_text() == "the old movie"
    assert list(space.path(".iparsave_cache/tmp").glob("*")) == []
    return built.status, built.errors


@pytest.mark.rows(1)
@pytest.mark.parametrize(
    ("what", "status"),
    [("sys.exit(0)", 1), ("sys.exit()", 1), ("sys.exit(256)", 1), ("sys.exit(3)", 3), ("sys.exit('enough')", 1)],
)  # fmt: skip
def test_exit_in_animate(space: Space, what: str, status: int) -> None:
    ended, said = failed_build(space, at_frame(what))
    assert ended == status
    assert "at frame 25 (block 2) of out.mp4" in said
    assert ("enough" in said) == ("enough" in what)
    space.write("scene.py", LINE)
    assert space.build("scene.py", *BLOCKS).rendered == [2, 3]  # finished blocks were kept


@pytest.mark.parametrize(("what", "status"), [("os._exit(0)", 1), ("os._exit(4)", 4)])
def test_animate_calls_os_exit(space: Space, what: str, status: int) -> None:
    ended, said = failed_build(space, at_frame(what))
    assert ended == status
    assert f"called {what} at frame 25 (block 2) of out.mp4" in said


@pytest.mark.parametrize("what", ["sys.exit(0)", "os._exit(0)"])
def test_exit_while_a_frame_is_drawn(space: Space, what: str) -> None:
    ended, said = failed_build(space, when_drawn(what))
    assert ended == 1
    assert "frame 14" in said
    assert "block 1" in said


@pytest.mark.parametrize("what", ["sys.exit(0)", "os._exit(0)"])
@pytest.mark.parametrize("change", [at_frame, when_drawn])
def test_exit_in_a_one_process_build(space: Space, what: str, change: object) -> None:
    ended, said = failed_build(space, in_one_process(at_frame(what) if change is at_frame else when_drawn(what)))
    assert ended == 1
    assert f"at frame {25 if change is at_frame else 14} (block {2 if change is at_frame else 1}) of out.mp4" in said


@pytest.mark.parametrize("what", ["sys.exit(0)", "os._exit(0)"])
def test_exit_in_an_independently_stepping_worker(space: Space, what: str) -> None:
    ended, said = failed_build(space, at_frame(what), "--stepping", "independent")
    assert ended == 1
    assert "at frame 25 (block 2) of out.mp4" in said


@pytest.mark.parametrize("what", ["sys.exit(0)", "os._exit(0)"])
@pytest.mark.parametrize("where", ["init_func", "frames", "progress_callback"])
def test_exit_in_other_functions_of_the_save(space: Space, what: str, where: str) -> None:
    text = f"def other(*args):\n    {what}\n    yield 1\n\n\n"
    if where != "frames":
        text = text.replace("    yield 1\n", "")
    scene = edited(EXITS, "anim = ", text + "anim = ")
    if where == "progress_callback":
        scene = edited(scene, '"out.mp4"', '"out.mp4", progress_callback=other')
    else:
        scene = edited(
            scene,
            "frames=FRAMES",
            f"frames={'FRAMES' if where != 'frames' else 'other'}, {where}=other"
            if where != "frames"
            else "frames=other, save_count=9",
        )
    ended, said = failed_build(space, scene)
    assert ended == 1
    assert "of out.mp4" in said


def test_exit_in_a_draw_event_callback(space: Space) -> None:
    scene = edited(EXITS, "anim = ", "fig.canvas.mpl_connect('draw_event', lambda event: sys.exit(0))\nanim = ")
    ended, said = failed_build(space, scene)
    assert ended == 1
    assert "at frame 0 (block 0) of out.mp4" in said


def test_crash_of_a_one_process_build_is_reported(space: Space) -> None:
    ended, said = failed_build(space, in_one_process(at_frame("os.kill(os.getpid(), 11)")))
    assert ended == 1
    assert "killed by signal 11" in said
    assert "out.mp4" in said


@pytest.mark.rows(1)
@pytest.mark.parametrize("what", ["sys.exit(0)", "sys.exit(None)", "os._exit(0)", "raise SystemExit"])
def test_exit_after_the_save_does_not_fail_the_build(space: Space, what: str) -> None:
    space.write("scene.py", EXITS + what + "\n")
    assert space.build("scene.py", *BLOCKS).rendered == [0, 1, 2, 3]
    assert space.build("scene.py", *BLOCKS).up_to_date
    assert space.build("scene.py", *BLOCKS).drawn == []


def test_os_exit_in_an_atexit_function_does_not_fail_the_build(space: Space) -> None:
    space.write("scene.py", "import atexit\n" + EXITS + "atexit.register(os._exit, 0)\n")
    assert space.build("scene.py", *BLOCKS).rendered == [0, 1, 2, 3]
    assert space.build("scene.py", *BLOCKS).up_to_date


def test_exit_status_of_the_script_is_reported(space: Space) -> None:
    scene = EXITS + "def main():\n    return int(sys.argv[1])\n\n\nif __name__ == '__main__':\n    sys.exit(main())\n"
    space.write("scene.py", scene)
    assert space.build("scene.py", *BLOCKS, "--", "0").rendered == [0, 1, 2, 3]
    built = space.try_build("scene.py", *BLOCKS, "--", "7")
    assert built.status == 7
    assert "scene.py exited with status 7" in built.errors
    assert len(frames_of(space.path("out.mp4"))) == 40


def test_script_can_catch_its_exit(space: Space) -> None:
    scene = edited(
        at_frame("sys.exit(0)"),
        'anim.save("out.mp4")\n',
        "try:\n    anim.save('out.mp4')\nexcept SystemExit:\n    print('caught')\n",
    )
    space.write("scene.py", scene)
    done = space.iparsave("build", "scene.py", *BLOCKS)
    assert (done.returncode, done.stdout) == (0, "caught\n")


def test_exit_of_a_forked_child_does_not_fail_the_build(space: Space) -> None:
    child = (
        "pid = os.fork()\nif pid == 0:\n    os._exit(5)\nassert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 5\n"
    )
    space.write("scene.py", edited(EXITS, "anim = ", child + "anim = "))
    assert space.build("scene.py", *BLOCKS).rendered == [0, 1, 2, 3]


@pytest.mark.parametrize("change", [at_frame, when_drawn])
def test_exit_in_a_plain_script(space: Space, change: object) -> None:
    """Python exits as the scene requests, and reports that there is no movie."""
    scene = at_frame("sys.exit(0)") if change is at_frame else when_drawn("sys.exit(0)")
    scene = edited(scene, "from matplotlib.animation import", "from incremental_parsave import")
    space.write("scene.py", scene)
    space.write("out.mp4", "the old movie")
    done = space.python("scene.py")
    assert "out.mp4 was not built: the script exited" in done.stderr
    assert space.path("out.mp4").read_text() == "the old movie"


def test_exit_during_a_watch_is_reported(space: Space) -> None:
    from .watching import watched

    space.write("scene.py", at_frame("os._exit(0)"))
    with watched(space, "scene.py", *BLOCKS) as watching:
        heard = watching.built()
    assert any("called os._exit(0) at frame 25 (block 2) of out.mp4" in line for line in heard)
