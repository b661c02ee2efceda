"""Frame fingerprints: which changes alter them, which do not, and which frames have none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import matplotlib
import matplotlib._mathtext
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle

from incremental_parsave.drawing.pristine import MATPLOTLIB
from incremental_parsave.drawing.reuse import snapshot_node as node
from incremental_parsave.drawing.reuse.batch_snapshot import BatchSnapshot
from incremental_parsave.drawing.reuse.fingerprint import Missed

from . import kinds
from .fingerprinted import fingerprinted, outcome
from .watched import plain


def test_fingerprint_is_equal_in_another_build() -> None:
    def write(figure: Figure, held: Any) -> None:
        held.lines[0].set_ydata(np.cos(kinds.X))
        held.title.set_text("moved")

    first, again = (outcome(plain, write)[0] for _ in range(2))
    assert first is not None
    assert first == again


def test_fingerprint_is_the_same_again_after_values_are_restored() -> None:
    with fingerprinted(plain) as (one, _figure, ax):
        still = one.take()
        ax.title.set_text("moved")
        moved = one.take()
        ax.title.set_text("")
        assert one.take() == still
        assert moved not in (still, None)
        note = ax.text(0, 0, "another")
        assert one.take() is None  # the axes have one artist more
        note.remove()
        assert one.take() == still


def test_value_set_to_itself_keeps_the_fingerprint() -> None:
    """As after ``set_linewidth(3 if is_highlighted else 1.5)`` was added to an animation."""

    def fill(figure: Figure) -> Any:
        ax = plain(figure)
        return ax, ax.add_patch(Rectangle((0, 0), 1, 1, alpha=0.5))

    with fingerprinted(fill) as (one, _figure, (ax, patch)):
        still = one.take()
        line, title = ax.lines[0], ax.title
        line.set(linewidth=line.get_linewidth(), color=line.get_color(), linestyle="-", alpha=None, visible=True)
        patch.set(linewidth=patch.get_linewidth(), linestyle=patch.get_linestyle(), alpha=patch.get_alpha())
        title.set(text=title.get_text(), fontsize=title.get_fontsize(), color=title.get_color())
        assert one.take() == still
        line.set_linewidth(3)
        assert one.take() != still


def test_hidden_artist_changes_the_fingerprint() -> None:
    with fingerprinted(plain) as (one, _figure, ax):
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
def test_write_that_bypasses_the_barrier_alters_the_fingerprint(write: Callable[[Any], Any]) -> None:
    with fingerprinted(plain) as (one, _figure, ax):
        still = one.take()
        assert still is not None
        write(ax)
        assert one.take() != still


def test_change_that_the_barrier_misses_is_found_by_a_full_snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BatchSnapshot, "is_written", lambda held: False)
    with fingerprinted(plain) as (one, _figure, ax):
        still = one.take()
        vars(ax.title)["_text"] = "past the barrier"
        assert one.take() == still
        assert one.fingerprints is not None
        with pytest.raises(Missed):
            one.fingerprints.take(whole=True)


def test_frames_have_no_fingerprint_after_a_matrix_is_changed_without_invalidation() -> None:
    """Whether the change shows depends on the caches of other transforms, which later frames use, too."""
    own = matplotlib.transforms.Affine2D()

    def fill(figure: Figure) -> Any:
        ax = plain(figure)
        ax.lines[0].set_transform(own + ax.transData)
        return ax

    with fingerprinted(fill) as (one, _figure, ax):
        ax.lines[0].set_linewidth(3)
        assert one.take() is not None
        own.get_matrix()[0, 2] += 1
        assert one.take() is None
        own.get_matrix()[0, 2] -= 1
        assert one.take() is None


def test_frame_has_no_fingerprint_after_a_clip_path_is_set() -> None:
    with fingerprinted(plain) as (one, _figure, ax):
        assert one.take() is not None
        ax.lines[0].set_clip_path(Circle((0, 0), 1, transform=ax.transData))
        assert one.take() is None


def test_replaced_value_of_matplotlib_is_in_the_fingerprint(monkeypatch: pytest.MonkeyPatch) -> None:
    at_first = MATPLOTLIB.differences()
    found = []
    for factor in (None, 0.3, 0.5):
        if factor is not None:
            monkeypatch.setattr(matplotlib._mathtext, "SHRINK_FACTOR", factor)
        assert not MATPLOTLIB.differences().code
        with fingerprinted(plain) as (one, _figure, ax):
            ax.title.set_text("$x_2$")  # not drawn in the first frame
            found.append(one.take())
    monkeypatch.undo()
    assert MATPLOTLIB.differences() == at_first
    assert None not in found
    assert len(set(found)) == 3


def test_frame_with_many_changed_artists_has_no_fingerprint() -> None:
    def fill(figure: Figure) -> Any:
        ax = figure.add_subplot(xlim=(0, 50))
        return [ax.add_patch(Rectangle((i, 0), 1, 1)) for i in range(50)]

    with fingerprinted(fill) as (one, _figure, bars):
        for bar in bars[:5]:
            bar.set_height(0.5)
        assert one.take() is not None
        for bar in bars:
            bar.set_height(0.5)
        assert one.take() is None


def test_array_changed_in_place_alters_the_fingerprint() -> None:
    """Simulations often show one array by an image, and change it in place in every frame."""
    grid = np.zeros((20, 20))

    def fill(figure: Figure) -> Any:
        return figure.add_subplot().imshow(grid, vmin=0, vmax=1)

    with fingerprinted(fill) as (one, _figure, image):
        still = one.take()
        image.get_array()[3, 4] = 1  # matplotlib has copied the array
        changed = one.take()
        image.get_array()[3, 4] = 0
        assert one.take() == still
        assert changed not in (still, None)


def test_fingerprint_does_not_change_when_a_list_given_to_a_line_grows() -> None:
    """matplotlib copies the data when the frame is drawn; later changes of the list are not shown."""
    with fingerprinted(plain) as (one, _figure, ax):
        x, y = [0.0, 1.0], [0.0, 1.0]
        ax.lines[0].set_data(x, y)
        given = one.take()
        x.append(2.0)
        y.append(0.5)
        assert one.take() == given
        ax.lines[0].set_data(x, y)
        assert one.take() not in (given, None)


def test_line_with_data_of_unequal_lengths_has_no_fingerprint_unless_it_is_hidden() -> None:
    with fingerprinted(plain) as (one, _figure, ax):
        ax.lines[0].set_visible(False)
        given = one.take()
        ax.lines[0].set_xdata([1.0, 2.0])
        assert one.take() == given is not None
        ax.lines[0].set_visible(True)
        assert one.take() is None
        ax.lines[0].set_ydata([1.0, 2.0])
        assert one.take() not in (given, None)


def with_hidden_line(figure: Figure) -> Any:
    ax = plain(figure)
    ax.plot([0, 1], [1, 0], visible=False)
    return ax


def test_hidden_artists_count_only_while_they_are_visible() -> None:
    with fingerprinted(with_hidden_line) as (one, _figure, ax):
        line = ax.lines[-1]
        hidden = one.take()
        line.set_ydata([1, 1])
        assert one.take() == hidden is not None
        line.set_visible(True)
        shown = one.take()
        line.set_ydata([0, 1])
        changed = one.take()
        assert None not in (shown, changed)
        assert len({hidden, shown, changed}) == 3
        line.set_visible(False)
        assert one.take() == hidden


@pytest.mark.parametrize("name", ["title", "patch"])
def test_hidden_artists_by_which_others_are_placed_always_count(name: str) -> None:
    def fill(figure: Figure) -> Any:
        ax = plain(figure)
        ax.set_title("one")
        getattr(ax, name).set_visible(False)
        return ax

    with fingerprinted(fill) as (one, _figure, ax):
        given = one.take()
        ax.title.set_text("two") if name == "title" else ax.patch.set_width(0.5)
        assert one.take() != given


def test_autoscaling_norm_has_no_fingerprint() -> None:
    def fill(figure: Figure) -> Any:
        return figure.add_subplot().imshow(kinds.Z)

    with fingerprinted(fill) as (one, _figure, image):
        assert one.take() is not None
        image.norm.vmin = None
        assert one.take() is None


@pytest.mark.parametrize("name", ["zorder", "_dpi_cor"])
def test_value_set_on_a_class_alters_its_digest(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(figure: Figure) -> Any:
        return figure.add_subplot(xlim=(0, 2)).add_patch(Rectangle((0, 0), 1, 1))

    class Another(Rectangle):  # so that matplotlib's own classes are not changed
        pass

    before = node._of_class.__wrapped__(Another)
    monkeypatch.setattr(Another, name, 7, raising=False)
    assert node._of_class.__wrapped__(Another) != before


@pytest.mark.parametrize("of_figure", [False, True], ids=["legend", "legend of the figure"])
def test_hidden_artists_count_if_a_legend_seeks_the_best_place(of_figure: bool) -> None:
    """It keeps away from hidden lines, too."""

    def fill(figure: Figure) -> Any:
        ax = with_hidden_line(figure)
        ax.legend(loc="best")
        if of_figure:
            figure.add_subplot(label="beside")
        return ax

    with fingerprinted(fill) as (one, _figure, ax):
        given = one.take()
        ax.lines[-1].set_data([0, 5, 6], [0.9, 0.9, 1.0])
        assert one.take() != given


def test_frame_has_no_fingerprint_once_a_legend_seeks_the_best_place() -> None:
    def fill(figure: Figure) -> Any:
        ax = with_hidden_line(figure)
        ax.legend(loc="upper left")
        return ax

    with fingerprinted(fill) as (one, _figure, ax):
        assert one.take() is not None
        ax.get_legend().set_loc("best")
        assert one.take() is None
