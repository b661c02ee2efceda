"""A figure's size is set before a frame where that would tell a transform of something, and else not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Affine2D, Bbox, BboxTransformTo, TransformedBbox, blended_transform_factory

from incremental_parsave.drawing.size import Size
from incremental_parsave.drawing.written import NUMBERED


class Counted(Figure):
    """Counts how often its size is set."""

    sets = 0

    def set_size_inches(self, *args: Any, **kwargs: Any) -> None:
        self.sets += 1
        super().set_size_inches(*args, **kwargs)


class Scene:
    def __init__(self, **axes: Any) -> None:
        self.figure = Counted(figsize=(2, 2))
        FigureCanvasAgg(self.figure)
        self.ax = self.figure.add_subplot(**axes)
        self.own = Affine2D()
        self.box = Bbox([[0, 0], [1, 1]])
        self.mixed = blended_transform_factory(self.own, self.ax.transAxes)
        self.ax.plot([0, 1], [0, 1], transform=self.mixed)
        within = BboxTransformTo(TransformedBbox(self.box, self.ax.transAxes))
        (self.line,) = self.ax.plot([0, 1], [0, 1], transform=within)
        self.figure.canvas.draw()
        self.size = Size(self.figure, (2, 2))

    def sets(self, frames: int) -> int:
        """Return how often the size is set in so many frames."""
        before = self.figure.sets
        for _ in range(frames):
            self.size.set()
        return self.figure.sets - before


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.mark.skipif(not NUMBERED, reason="dictionaries of this Python have no versions: the size is always set")
def test_it_is_not_set_while_nothing_changes(scene: Scene) -> None:
    assert scene.sets(2) == 2
    for i in range(20):
        scene.line.set_data([0, i], [0, 1])
        scene.ax.title.set_text(str(i))
        assert scene.sets(1) == 0


CHANGES: dict[str, Callable[[Scene], object]] = {
    "a matrix in place": lambda scene: scene.own.get_matrix().__setitem__((0, 2), 9.0),
    "a box in place": lambda scene: scene.box.get_points().__setitem__((1, 1), 0.5),
    "the view in place": lambda scene: scene.ax.viewLim.get_points().__setitem__((1, 1), 0.5),
    "a part": lambda scene: setattr(scene.mixed, "_x", Affine2D()),
    "a drawn line in place": lambda scene: scene.line.get_path().vertices.__setitem__((0, 0), 0.5),
    "another who goes by it": lambda scene: scene.ax.axhline(0.5),
    "the size": lambda scene: scene.figure.set_size_inches(3, 2),
}


@pytest.mark.parametrize("change", CHANGES)
def test_it_is_set_when_something_has_changed(scene: Scene, change: str) -> None:
    scene.sets(5)
    CHANGES[change](scene)
    assert scene.sets(1) == 1
    assert tuple(scene.figure.get_size_inches()) == (2, 2)
    CHANGES[change](scene)
    assert scene.sets(1) == 1  # it is not noted again at once: something may change in each frame


def test_it_is_always_set_where_transforms_are_not_known() -> None:
    assert Scene(projection="polar").sets(10) == 10
