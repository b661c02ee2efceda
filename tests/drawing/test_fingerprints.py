"""Poses: what the artists hold, told without a draw.  What is another pose, what is the same one, and what has none."""

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
from .posed import outcome, posed
from .watched import plain


def test_fingerprint_is_equal_in_another_build() -> None:
    def write(figure: Figure, held: Any) -> None:
        held.lines[0].set_ydata(np.cos(kinds.X))
        held.title.set_text("moved")

    first, again = (outcome(plain, write)[0] for _ in range(2))
    assert first is not None
    assert first == again


def test_fingerprint_returns_with_the_values() -> None:
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


def test_value_set_to_itself_keeps_the_fingerprint() -> None:
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


def test_hidden_artist_changes_the_fingerprint() -> None:
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
def test_write_that_bypasses_the_barrier(write: Callable[[Any], Any]) -> None:
    with posed(plain) as (one, _figure, ax):
        still = one.take()
        assert still is not None
        write(ax)
        assert one.take() != still


def test_unseen_change_is_found_by_a_full_snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BatchSnapshot, "is_written", lambda held: False)
    with posed(plain) as (one, _figure, ax):
        still = one.take()
        vars(ax.title)["_text"] = "past the barrier"
        assert one.take() == still
        assert one.fingerprints is not None
        with pytest.raises(Missed):
            one.fingerprints.take(whole=True)


def test_matrix_changed_without_invalidation() -> None:
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


def test_rcparams_are_in_the_fingerprint(monkeypatch: pytest.MonkeyPatch) -> None:
    at_first = MATPLOTLIB.differences()
    found = []
    for factor in (None, 0.3, 0.5):
        if factor is not None:
            monkeypatch.setattr(matplotlib._mathtext, "SHRINK_FACTOR", factor)
        assert not MATPLOTLIB.differences().code
        with posed(plain) as (one, _figure, ax):
            ax.title.set_text("$x_2$")  # not drawn in the first frame
            found.append(one.take())
    monkeypatch.undo()
    assert MATPLOTLIB.differences() == at_first
    assert None not in found
    assert len(set(found)) == 3


def test_many_moving_artists_have_no_fingerprint() -> None:
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


def test_autoscaling_norm_has_no_fingerprint() -> None:
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

    before = node._of_class.__wrapped__(Another)
    monkeypatch.setattr(Another, name, 7, raising=False)
    assert node._of_class.__wrapped__(Another) != before
