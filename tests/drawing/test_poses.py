"""Poses: what the artists hold, told without a draw.  Frames of equal poses must be drawn by equal calls."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import matplotlib
import matplotlib._mathtext
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle

from incremental_parsave.drawing import thing
from incremental_parsave.drawing.barrier import Barrier
from incremental_parsave.drawing.held import Held
from incremental_parsave.drawing.in_place import InPlace
from incremental_parsave.drawing.listed import Doubtful
from incremental_parsave.drawing.poses import Missed, Poses
from incremental_parsave.drawing.pristine import MATPLOTLIB
from incremental_parsave.drawing.recorder import Recorder

from . import kinds
from .kinds import X
from .test_remembered import PATTERNS
from .test_seen_missing import MISSED, Global
from .watched import plain


class Posed:
    """A figure that was recorded once and is only stepped from then on.

    Attributes
    ----------
    poses : Poses or None
        None if its frames have none.
    """

    def __init__(self, figure: Figure, barrier: Barrier, dpi: float = 50, **savefig: Any) -> None:
        self._savefig = savefig
        size = tuple(int(inches * dpi) for inches in figure.get_size_inches())
        self._recorder = Recorder(figure, dpi, size, barrier)
        self._recorder.record(savefig, whole=True)
        first = self._recorder.record(savefig, whole=True)
        self.poses: Poses | None = None
        with contextlib.suppress(Doubtful):
            self.poses = Poses(figure, first, savefig, barrier)

    def take(self, *, whole: bool = False) -> str | None:
        try:
            return self.poses.take(whole=whole) if self.poses is not None else None
        except Missed:
            return None

    def drawn(self) -> str:
        """Record the figure as it is now; no pose can be taken afterwards."""
        return self._recorder.record_apart(self._savefig).digest


@contextlib.contextmanager
def posed(fill: Callable[[Figure], Any], **savefig: Any) -> Iterator[tuple[Posed, Figure, Any]]:
    figure = Figure(figsize=(2.2, 1.6))
    FigureCanvasAgg(figure)
    held = fill(figure)
    barrier = Barrier()
    with barrier.installed():
        yield Posed(figure, barrier, **savefig), figure, held


def outcome(
    fill: Callable[[Figure], Any], write: Callable[[Figure, Any], Any], **savefig: Any
) -> tuple[str | None, str]:
    """Return the pose and the digest of a figure that was filled, recorded and written to."""
    with matplotlib.rc_context(), posed(fill, **savefig) as (one, figure, held):
        one.take()
        write(figure, held)
        return one.take(whole=True), one.drawn()


# Something of these is doubtful: other projections, layout engines, masks, artists that are not listed.
HAVE_NONE = {
    "clip_paths",
    "one_clip_path_two_rectangles",
    "composite_images",
    "images_not_uniform",
    "triangles",
    "contours",
    "vectors",
    "polar",
    "three_dimensions",
    "subfigures",
    "insets",
    "tables",
    "constrained",
    "tight",
    "rasterized",
    "agg_filters",
    "transparent",
    "offset_boxes",
    "many_paths",
    "pie",
    "spans",
}


@pytest.mark.parametrize("name", [name for name in kinds.KINDS if name != "usetex"])
def test_equal_poses_are_equal_drawings(name: str) -> None:
    def write(pattern: Callable[..., Any]) -> Callable[[Figure, Any], Any]:
        def on(figure: Figure, held: Any) -> None:
            ax = figure.axes[0] if figure.axes else figure.add_subplot()
            own = [child for child in ax._children if child.get_visible()]
            pattern(figure, ax, own[0] if own else ax.title)

        return on

    by_pose: dict[str, str] = {}
    with kinds.settings(name), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # limits of a logarithmic axis, say
        for pattern in dict.fromkeys(PATTERNS):
            pose, digest = outcome(kinds.KINDS[name], write(pattern), **kinds.SAVEFIG[name])
            if pose is not None:
                assert by_pose.setdefault(pose, digest) == digest, pattern.__name__
            elif not by_pose:
                break  # the first writes nothing
    assert bool(by_pose) != (name in HAVE_NONE), len(by_pose)


@pytest.mark.filterwarnings("ignore:The set_(under|bad) function:PendingDeprecationWarning")
@pytest.mark.parametrize("what", MISSED)
def test_change_is_seen(what: str) -> None:
    prepare, change = MISSED[what]

    def fill(figure: Figure) -> Any:
        ax = plain(figure)
        ax.set_ylim(-1.3, 1.3)
        return ax, prepare(ax)

    still, before = outcome(fill, lambda figure, held: None)
    moved, after = outcome(fill, lambda figure, held: change(*held))
    Global.color = "r"
    assert after != before
    assert moved is None or moved != still


def test_two_masks_are_two_poses() -> None:
    def fill(figure: Figure) -> Any:
        ax = plain(figure)
        return ax.scatter(X, X, c=X)

    poses = set()
    for row in (2, 3):
        pose, _ = outcome(fill, lambda figure, points, row=row: points.get_array().__setitem__(row, np.ma.masked))
        assert pose is not None
        poses.add(pose)
    assert len(poses) == 2


def test_one_value_in_two_attributes() -> None:
    def fill(figure: Figure) -> Any:
        line, shared = plain(figure).lines[0], [1.0, 0, 0]
        line.set(color=shared, marker="o", markerfacecolor=shared)
        return line, shared

    def write(green: float) -> Callable[[Figure, Any], Any]:
        def on(figure: Figure, held: Any) -> None:
            line, shared = held
            line.set_color("k")
            shared[1] = green

        return on

    outcomes = [outcome(fill, write(green)) for green in (0.2, 0.8)]
    assert outcomes[0][1] != outcomes[1][1]
    assert outcomes[0][0] != outcomes[1][0]


def test_path_of_a_line_changed_in_place() -> None:
    """On a logarithmic axis matplotlib goes on with the path that it has transformed: what is held does not tell."""

    def fill(figure: Figure) -> Any:
        ax = plain(figure)
        ax.set_yscale("log")
        return ax.plot(X, X + 1)[0]

    with posed(fill) as (one, _, line):
        one.take()
        line.set_ydata(X + 2)
        assert one.take() is not None
        line.get_path().vertices[:, 1] = 3
        assert one.take() is None
        line.set_ydata(X + 2)
        assert one.take() is not None


def changes_of(held: Held) -> bytes:
    """Return what has changed; a path that was written to in place is doubtful."""
    try:
        return held.changes()
    except Doubtful as doubt:
        return str(doubt).encode()


@pytest.mark.parametrize("name", [name for name in kinds.KINDS if name not in {"usetex", *HAVE_NONE}])
def test_what_is_compared_at_once_is_told_as_if_it_were_gone_through(name: str) -> None:
    """Whatever moved before: the pose of a frame does not depend on the frames that were stepped until then."""
    with kinds.settings(name), matplotlib.rc_context(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        figure = Figure(figsize=(2.2, 1.6))
        FigureCanvasAgg(figure)
        kinds.KINDS[name](figure)
        figure.draw_without_rendering()
        ax = figure.axes[0] if figure.axes else figure.add_subplot()
        artists = [each for each in (ax, *ax.get_children()) if each.get_visible() and not hasattr(each, "add_artist")]
        pairs = [(Held([artist]), Held([artist])) for artist in artists]
        own = [child for child in ax._children if child.get_visible()]
        told = 0
        for pattern in (*PATTERNS, *PATTERNS[::-1]):
            pattern(figure, ax, own[0] if own else ax.title)
            for at_once, gone_through in pairs:
                gone_through._at_rest = None
                told += bool(changes_of(gone_through))
                assert changes_of(at_once) == changes_of(gone_through), pattern.__name__
                assert at_once._passed_by or len(at_once._things) < 3
        assert told


def test_pose_is_that_of_the_same_figure_in_another_build() -> None:
    def write(figure: Figure, held: Any) -> None:
        held.lines[0].set_ydata(np.cos(kinds.X))
        held.title.set_text("moved")

    first, again = (outcome(plain, write)[0] for _ in range(2))
    assert first is not None
    assert first == again


def test_pose_returns_with_what_is_held() -> None:
    with posed(plain) as (one, _figure, ax):
        still = one.take()
        ax.title.set_text("moved")
        moved = one.take()
        ax.title.set_text("")
        assert one.take() == still
        assert moved not in (still, None)
        note = ax.text(0, 0, "another")
        assert one.take() is None  # the axes hold more
        note.remove()
        assert one.take() == still


def test_what_is_set_to_what_it_was_is_the_same_pose() -> None:
    """As after ``set_linewidth(3 if looked_at else 1.5)``, added to an animation."""

    def fill(figure: Figure) -> Any:
        ax = plain(figure)
        return ax, ax.add_patch(Rectangle((0, 0), 1, 1, alpha=0.5))

    with posed(fill) as (one, _figure, (ax, patch)):
        still = one.take()
        line, title = ax.lines[0], ax.title
        line.set(linewidth=line.get_linewidth(), color=line.get_color(), linestyle="-", alpha=None, visible=True)
        patch.set(linewidth=patch.get_linewidth(), linestyle=patch.get_linestyle(), alpha=patch.get_alpha())
        title.set(text=title.get_text(), fontsize=title.get_fontsize(), color=title.get_color())
        assert one.take() == still
        line.set_linewidth(3)
        assert one.take() != still


def test_what_is_hidden_is_another_pose() -> None:
    with posed(plain) as (one, _figure, ax):
        still = one.take()
        ax.lines[0].set_visible(False)
        assert one.take() not in (still, None)


@pytest.mark.parametrize(
    "write",
    [
        lambda ax: vars(ax.title).__setitem__("_text", "past the barrier"),
        lambda ax: object.__setattr__(ax.lines[0], "_linewidth", 7.0),
        lambda ax: vars(ax.xaxis.get_major_ticks()[0].label1).__setitem__("_color", "r"),
    ],
)
def test_what_is_written_past_the_barrier(write: Callable[[Any], Any]) -> None:
    with posed(plain) as (one, _figure, ax):
        still = one.take()
        assert still is not None
        write(ax)
        assert one.take() != still


def test_what_nobody_has_seen_is_missed_when_all_is_taken_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(InPlace, "is_written", lambda held: False)
    with posed(plain) as (one, _figure, ax):
        still = one.take()
        vars(ax.title)["_text"] = "past the barrier"
        assert one.take() == still
        assert one.poses is not None
        with pytest.raises(Missed):
            one.poses.take(whole=True)


def test_matrix_that_is_changed_and_nobody_told() -> None:
    """Whether it shows depends on what the transforms that it is part of have kept, which the next frames go by too."""
    own = matplotlib.transforms.Affine2D()

    def fill(figure: Figure) -> Any:
        ax = plain(figure)
        ax.lines[0].set_transform(own + ax.transData)
        return ax

    with posed(fill) as (one, _figure, ax):
        ax.lines[0].set_linewidth(3)
        assert one.take() is not None
        own.get_matrix()[0, 2] += 1
        assert one.take() is None
        own.get_matrix()[0, 2] -= 1
        assert one.take() is None


def test_clip_path_that_is_set_later() -> None:
    with posed(plain) as (one, _figure, ax):
        assert one.take() is not None
        ax.lines[0].set_clip_path(Circle((0, 0), 1, transform=ax.transData))
        assert one.take() is None


def test_what_matplotlib_is_different_in_is_in_the_pose(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for factor in (None, 0.3, 0.5):
        if factor is not None:
            monkeypatch.setattr(matplotlib._mathtext, "SHRINK_FACTOR", factor)
        assert not MATPLOTLIB.differences().code
        with posed(plain) as (one, _figure, ax):
            ax.title.set_text("$x_2$")  # not drawn in the first frame
            found.append(one.take())
    monkeypatch.undo()
    assert MATPLOTLIB.differences() == ("", "")
    assert None not in found
    assert len(set(found)) == 3


def test_many_that_move_have_no_pose() -> None:
    def fill(figure: Figure) -> Any:
        ax = figure.add_subplot(xlim=(0, 50))
        return [ax.add_patch(Rectangle((i, 0), 1, 1)) for i in range(50)]

    with posed(fill) as (one, _figure, bars):
        for bar in bars[:5]:
            bar.set_height(0.5)
        assert one.take() is not None
        for bar in bars:
            bar.set_height(0.5)
        assert one.take() is None


def test_array_that_is_filled_anew_in_place() -> None:
    """As simulations do: one array, shown by an image, written to in every frame."""
    grid = np.zeros((20, 20))

    def fill(figure: Figure) -> Any:
        return figure.add_subplot().imshow(grid, vmin=0, vmax=1)

    with posed(fill) as (one, _figure, image):
        still = one.take()
        image.get_array()[3, 4] = 1  # matplotlib has made it an array of its own
        changed = one.take()
        image.get_array()[3, 4] = 0
        assert one.take() == still
        assert changed not in (still, None)


def test_line_is_given_a_list_that_grows_later() -> None:
    """matplotlib takes the data when the frame is drawn; what the list comes to hold later is not shown."""
    with posed(plain) as (one, _figure, ax):
        x, y = [0.0, 1.0], [0.0, 1.0]
        ax.lines[0].set_data(x, y)
        given = one.take()
        x.append(2.0)
        y.append(0.5)
        assert one.take() == given
        ax.lines[0].set_data(x, y)
        assert one.take() not in (given, None)


def test_hidden_line_that_could_not_be_drawn() -> None:
    with posed(plain) as (one, _figure, ax):
        ax.lines[0].set_visible(False)
        ax.lines[0].set_xdata([1.0, 2.0])
        assert one.take() is None
        ax.lines[0].set_ydata([1.0, 2.0])
        assert one.take() is not None


def test_norm_that_scales_itself_when_it_is_drawn_has_no_pose() -> None:
    def fill(figure: Figure) -> Any:
        return figure.add_subplot().imshow(kinds.Z)

    with posed(fill) as (one, _figure, image):
        assert one.take() is not None
        image.norm.vmin = None
        assert one.take() is None


@pytest.mark.parametrize("name", ["zorder", "_dpi_cor"])
def test_value_that_is_set_on_a_class(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(figure: Figure) -> Any:
        return figure.add_subplot(xlim=(0, 2)).add_patch(Rectangle((0, 0), 1, 1))

    class Another(Rectangle):  # of matplotlib's own classes nothing is changed here
        pass

    before = thing._of_class.__wrapped__(Another)
    monkeypatch.setattr(Another, name, 7, raising=False)
    assert thing._of_class.__wrapped__(Another) != before
