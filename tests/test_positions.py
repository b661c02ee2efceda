"""Line numbers are inputs if the scene, or one of its modules, can read them."""

from __future__ import annotations

import pytest

from incremental_parsave.keys.positions import reads_positions

from .scenes import LINE, edited
from .space import Space, frames_of

BLOCKS = ("--block-size", "10")
READS_OF_LINE_NUMBERS = {
    "frame": "import sys\nV = sys._getframe().f_lineno",
    "code": "def f(): pass\nV = f.__code__.co_firstlineno",
    "logging": (
        "import io, logging\nout = io.StringIO()\nlogging.basicConfig(stream=out, format='%(lineno)d')\n"
        "logging.warning('')\nV = out.getvalue().strip()"
    ),
    "traceback": "import traceback\ntry:\n    1 / 0\nexcept Exception:\n    V = traceback.format_exc().split(',')[1]",
    "warnings": (
        "import warnings\nwith warnings.catch_warnings(record=True) as caught:\n    warnings.simplefilter('always')\n"
        "    warnings.warn('x')\nV = str(caught[0]).split('lineno')[1][:6]"
    ),
    "source": "import inspect\ndef f(): pass\nV = inspect.getsourcelines(f)[1]",
    "line": "import linecache\nV = len(linecache.getline(__file__, 4))",
    "loader": "import helper\nV = len(helper.__loader__.get_source('helper'))",
    "caller": "import helper\nV = helper.where()",
    "of a module": "import helper\nV = helper.HERE",
}
HELPER = """\
import sys
HERE = sys._getframe().f_lineno
def where():
    return sys._getframe(1).f_lineno
"""


def write_scene_with_label(space: Space, head: str) -> None:
    text = edited(
        LINE, 'title = ax.set_title("")', "ax.set_title(V, loc='left', fontsize=20)\ntitle = ax.set_title('')"
    )
    space.write("scene.py", f"{head}\n{text}")


@pytest.mark.exhaustive
@pytest.mark.parametrize("head", READS_OF_LINE_NUMBERS.values(), ids=READS_OF_LINE_NUMBERS)
def test_comment_above_a_line_whose_number_is_read_rebuilds(space: Space, head: str) -> None:
    space.write("helper.py", HELPER)
    write_scene_with_label(space, head)
    space.build("scene.py", *BLOCKS)
    assert space.build("scene.py", *BLOCKS).reasons == {}
    before = frames_of(space.path("out.mp4"))
    if head.endswith(("HERE", "get_source('helper'))")):
        space.write("helper.py", f"# a comment, which takes a line\n{HELPER}")
    else:
        write_scene_with_label(space, f"# a comment, which takes a line\n\n{head}")
    assert space.build("scene.py", *BLOCKS).rendered == [0, 1, 2, 3]
    assert frames_of(space.path("out.mp4")) != before
    assert space.build("scene.py", *BLOCKS).reasons == {}


def test_comment_above_a_line_whose_number_is_not_read_rebuilds_nothing(space: Space) -> None:
    space.write("helper.py", "import warnings\nwarnings.filterwarnings('ignore')\n")
    head = "# no traceback, no lineno\nimport helper, logging\nlogging.getLogger('x').warning('y')\nV = 2"
    write_scene_with_label(space, head)
    space.build("scene.py", *BLOCKS)
    write_scene_with_label(space, f"# a comment, which takes a line\n{head}")
    space.write("helper.py", f"# another\n{space.path('helper.py').read_text()}")
    assert space.build("scene.py", *BLOCKS).reasons == {}


@pytest.mark.parametrize(
    ("source", "reads"),
    [
        ("sys._getframe()", True),
        ("exec('import traceback')", True),
        ("ｓｙｓ.＿ｇｅｔｆｒａｍｅ()", True),
        ("sys.stderr = out", True),
        ("from inspect import stack", True),
        ("class Show(logging.Handler): pass", True),
        ("with warnings.catch_warnings(record=True) as w: pass", True),
        ("with warnings.catch_warnings(): pass", False),
        ("print('x', file=sys.stderr)", False),
        ("FuncFormatter(f)", False),
        ("pass  # lineno, inspect and traceback", False),
        ("distance = inspected = 1", False),
        ("not python, but lineno", True),
    ],
)
def test_source_that_reads_line_numbers_is_detected(source: str, reads: bool) -> None:
    assert reads_positions(source.encode()) is reads
