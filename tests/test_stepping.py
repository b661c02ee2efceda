"""Frames that depend on earlier ones through state that neither the frames at the seams nor any digest shows.

The frames are slow enough to be stepped in the worker that draws them.  Only frame 14, in the
middle of a block, shows the accumulated state.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from .space import Built, Space, frames_of

HEAD = """\
import builtins, contextvars, decimal, functools, itertools, logging, string, sys, threading, types, warnings, weakref
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation
from matplotlib.lines import Line2D
from matplotlib.ticker import ScalarFormatter

LOSSLESS = {"codec": "ffv1", "extra_args": ["-pix_fmt", "bgr0"]}


def begun():
    fig, ax = plt.subplots(figsize=(0.8, 0.4), dpi=50, subplot_kw={"xticks": [], "yticks": []})
    (dot,) = ax.plot([0], [0], "o")
    return fig, ax, dot, ax.text(0, 0, "")
"""

SCENE = """\


def scene_{name}():
    fig, ax, dot, word = begun()
    {setup}

    def animate(i):
        sum(range(300_000))
        {write}
        word.set_text(str({read}) if i == 14 else "")

    anim = FuncAnimation(fig, animate, frames=17)
    anim.save("{name}.mkv", **LOSSLESS)
    plt.close(fig)


scene_{name}()
"""

FRAMES = 17

HIDDEN_STATES = {
    # name: (before, in each frame, what frame 14 shows)
    "artist_attribute": ("dot.n = 0", "dot.n += 1", "dot.n"),
    "artist_dictionary": ("vars(dot)['n'] = 0", "vars(dot)['n'] += 1", "vars(dot)['n']"),
    "rotation_while_hidden": (
        "hidden = ax.text(0, 0, 'a', visible=False)",
        "hidden.set_rotation(hidden.get_rotation() + 1)",
        "hidden.get_rotation()",
    ),
    "label": ("dot.set_label('0')", "dot.set_label(str(int(dot.get_label()) + 1))", "dot.get_label()"),
    "line_in_no_axes": ("loose = Line2D([], [], lw=0)", "loose.set_lw(loose.get_lw() + 1)", "loose.get_lw()"),
    "handle_of_legend": (
        "handle = ax.legend([dot], ['a']).legend_handles[0]",
        "handle.set_gid((handle.get_gid() or 0) + 1)",
        "handle.get_gid()",
    ),
    "animation_attribute": ("fig.n = 0", "anim.n = getattr(anim, 'n', 0) + 1", "anim.n"),
    "figure_list": ("fig.seen = []", "fig.seen.append(i)", "len(fig.seen)"),
    "axes_private_list": ("ax._seen = []", "ax._seen.append(i)", "len(ax._seen)"),
    "canvas": ("fig.canvas.n = 0", "fig.canvas.n += 1", "fig.canvas.n"),
    "formatter": ("form = ScalarFormatter(); form.n = 0; ax.xaxis.set_major_formatter(form)", "form.n += 1", "form.n"),
    "callback_of_axes": (
        "seen = []; ax.callbacks.connect('xlim_changed', lambda ax: [seen.append(1), dot.set_gid(len(seen))])",
        "ax.set_xlim(-1, 1)",
        "dot.get_gid()",
    ),
    "pyplot_attribute": ("plt.n = 0", "plt.n += 1", "plt.n"),
    "builtins": ("builtins.n = 0", "builtins.n += 1", "n"),
    "decimal_context": ("", "decimal.getcontext().prec += 1", "decimal.getcontext().prec"),
    "globals": ("globals()['count'] = 0", "globals()['count'] += 1", "globals()['count']"),
    "module_of_its_own": (
        "sys.modules['counted'] = types.SimpleNamespace(n=0)",
        "import counted; counted.n += 1",
        "__import__('counted').n",
    ),
    "module_imported_inside": ("string.n = 0", "import string as s; s.n += 1", "string.n"),
    "own_cache": ("cached = functools.lru_cache(maxsize=0)(int)", "cached()", "cached.cache_info().misses"),
    "closure": ("seen = []; count = lambda: seen.append(1)", "count()", "len(seen)"),
    "default_argument": ("count = lambda seen=[]: seen.append(1) or len(seen)", "n = count()", "n"),
    "function_attribute": ("count = lambda: None; count.n = 0", "count.n += 1", "count.n"),
    "class_attribute": ("State = type('State', (), {'n': 0})", "State.n += 1", "State.n"),
    "class_of_matplotlib": ("Line2D.n = 0", "type(dot).n += 1", "Line2D.n"),
    "dictionary_of_matplotlib": ("", "dot.markers[f'_{i}'] = 'nothing'", "len(dot.markers)"),
    "iterator": ("steps = iter(range(99))", "n = next(steps)", "n"),
    "count": ("steps = itertools.count()", "n = next(steps)", "n"),
    "generator": ("steps = (n * n for n in range(99))", "n = next(steps)", "n"),
    "context_variable": ("var = contextvars.ContextVar('n', default=0)", "var.set(var.get() + 1)", "var.get()"),
    "weak_dictionary": ("weak = weakref.WeakKeyDictionary({dot: 0})", "weak[dot] += 1", "weak[dot]"),
    "logger": ("log = logging.getLogger('n')", "log.setLevel(log.level + 1)", "log.level"),
    "warning_filters": ("", "warnings.filters.append(warnings.filters[0])", "len(warnings.filters)"),
    "error_state": ("", "np.seterr(over='ignore' if i == 6 else None)", "np.geterr()['over']"),
    "print_options": (
        "np.set_printoptions(precision=0)",
        "np.set_printoptions(precision=np.get_printoptions()['precision'] + 1)",
        "np.get_printoptions()['precision']",
    ),
    "names_of_threads": ("", "thread = threading.Thread()", "thread.name"),
    "colormaps": (
        "",
        "mpl.colormaps.register(mpl.colormaps['gray'], name=f'n{len(mpl.colormaps)}')",
        "len(mpl.colormaps)",
    ),
    "recursion_limit": ("", "sys.setrecursionlimit(sys.getrecursionlimit() + 1)", "sys.getrecursionlimit()"),
}

ADVERSARY = """\
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(1.6, 1.2), dpi=50)
dot, = ax.plot([0], [5], "o")
A = np.random.default_rng(0).random((400, 400))
dot.hits = 0
f = ax.text(0, 5, "")


def animate(i):
    np.linalg.svd(A[:250, :250])
    dot.hits += 1
    f.set_text(f"hits {dot.hits}" if i % 10 == 5 else "")


anim = FuncAnimation(fig, animate, frames=32)
anim.save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
"""

SUBCLASS = """\
import matplotlib.pyplot as plt
from matplotlib.animation import FuncAnimation


class Counting(FuncAnimation):
    n = 0

    def __init__(self, fig, word):
        self.word = word
        super().__init__(fig, self.step, frames=17)

    def step(self, i):
        sum(range(300_000))
        self.n += 1
        self.word.set_text(f"{self.n}" if i == 14 else "")


fig, ax = plt.subplots(figsize=(0.8, 0.4), dpi=50)
Counting(fig, ax.text(0, 0, "")).save("out.mkv", codec="ffv1", extra_args=["-pix_fmt", "bgr0"])
"""


def build_and_run(space: Space, scene: str, *options: str) -> tuple[Built, Path]:
    """Build *scene*; return the result, and the folder of the movies that Python alone makes."""
    space.write("scene.py", scene)
    reference = Space(space.folder.parent / "reference")
    reference.write("scene.py", scene)
    reference.python("scene.py")
    return space.build("scene.py", "-j2", *options), reference.folder


QUICK = list(HIDDEN_STATES)[::4]
STATES = {"quick": QUICK, "soak": [state for state in HIDDEN_STATES if state not in QUICK]}


@pytest.fixture(scope="module")
def counted(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> tuple[dict[str, str], dict[str, list[str]], dict[str, list[str]]]:
    """Movies of many states, saved by one script: how each was built, its frames, and its frames with Python alone."""
    space = Space(tmp_path_factory.mktemp("states") / "project")
    scenes = []
    names = STATES[request.param]
    for name in names:
        before, within, shown = HIDDEN_STATES[name]
        scenes.append(SCENE.format(name=name, setup=before or "pass", write=within, read=shown))
    built, reference = build_and_run(space, HEAD + "".join(scenes), "--block-size", "8")
    made = []
    for folder in (space.folder, reference):
        frames = frames_of(*(folder / f"{name}.mkv" for name in names))
        assert len(frames) == FRAMES * len(names)
        made.append({name: frames[FRAMES * n : FRAMES * (n + 1)] for n, name in enumerate(names)})
    return {Path(each["output"]).stem: each["way"] for each in built.targets}, made[0], made[1]


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("counted", "state"),
    [
        pytest.param(name, state, marks=[pytest.mark.soak] if name == "soak" else [], id=state)
        for name, states in STATES.items()
        for state in states
    ],
    indirect=["counted"],
    scope="module",
)
def test_slow_frames_with_hidden_state(
    counted: tuple[dict[str, str], dict[str, list[str]], dict[str, list[str]]], state: str
) -> None:
    modes, actual, reference = counted
    assert actual[state] == reference[state]
    assert len({*actual[state][9:14], *actual[state][15:]}) == 1  # only frame 14 shows the state
    assert actual[state][14] != actual[state][13]
    assert modes[state] == "fast" or "the animation changes" in modes[state]  # in matplotlib itself


@pytest.mark.exhaustive
@pytest.mark.parametrize("scene", [ADVERSARY, SUBCLASS], ids=["artist", "subclass"])
def test_slow_frames_are_stepped_in_order(space: Space, scene: str) -> None:
    built, reference = build_and_run(space, scene, "--block-size", "8")
    assert frames_of(space.path("out.mkv")) == frames_of(reference / "out.mkv")
    assert built.way == "fast"


@pytest.mark.exhaustive
def test_blocks_stepped_independently_are_not_reused_without_the_option(space: Space) -> None:
    """The option was wrong, and so is the first movie; the next one does not reuse its blocks."""
    quick = ADVERSARY.replace("    np.linalg.svd(A[:250, :250])\n", "")
    built, reference = build_and_run(space, quick, "--block-size", "8", "--stepping", "independent")
    assert built.way == "fast"
    wrong = [k for k, (a, b) in enumerate(zip(*movies(space, reference), strict=True)) if a != b]
    assert wrong == [15, 25]
    again = space.build("scene.py", "-j2", "--block-size", "8")
    assert again.rendered == [1, 3]  # the others look the same
    actual, expected = movies(space, reference)
    assert actual == expected


def movies(space: Space, reference: Path) -> tuple[list[str], list[str]]:
    return frames_of(space.path("out.mkv")), frames_of(reference / "out.mkv")


def test_first_frame_is_drawn_before_independent_stepping(space: Space) -> None:
    """State that matplotlib sets at the first draw, here the limits of a norm, is set by the first frame."""
    scene = (Path(__file__).parent / "fidelity/scenes/norm_from_first_draw.py").read_text()
    built, reference = build_and_run(space, scene, "--block-size", "6", "--stepping", "independent")
    actual, expected = movies(space, reference)
    assert actual == expected
    assert built.way == "fast"
