"""A figure's size is set before a frame only if that would invalidate a transform that was changed in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Affine2D, Bbox, BboxTransformTo, TransformedBbox, blended_transform_factory

from incremental_parsave.drawing import written
from incremental_parsave.drawing.size import Size


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
        """Return how often the size is set in this number of frames."""
        before = self.figure.sets
        for _ in range(frames):
            self.size.set()
        return self.figure.sets - before


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.fixture(params=[True, False], ids=["dict versions", "no dict versions"])
def _dict_versions(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Use the versions of dictionaries, or compare their values, as on Python 3.13 and newer."""
    monkeypatch.setattr(written, "HAS_DICT_VERSIONS", written.HAS_DICT_VERSIONS and request.param)


@pytest.mark.usefixtures("_dict_versions")
def test_size_is_not_set_while_no_transform_changes() -> None:
    scene = Scene()
    assert scene.sets(2) == 2
    for i in range(20):
        scene.line.set_data([0, i], [0, 1])
        scene.ax.title.set_text(str(i))
        assert scene.sets(1) == 0


CHANGES: dict[str, Callable[[Scene], object]] = {
    "matrix changed in place": lambda scene: scene.own.get_matrix().__setitem__((0, 2), 9.0),
    "box changed in place": lambda scene: scene.box.get_points().__setitem__((1, 1), 0.5),
    "view limits changed in place": lambda scene: scene.ax.viewLim.get_points().__setitem__((1, 1), 0.5),
    "replaced part of a transform": lambda scene: setattr(scene.mixed, "_x", Affine2D()),
    "path of a drawn line changed in place": lambda scene: scene.line.get_path().vertices.__setitem__((0, 0), 0.5),
    "size of the figure": lambda scene: scene.figure.set_size_inches(3, 2),
}


@pytest.mark.parametrize("change", CHANGES)
def test_size_is_set_after_a_change(scene: Scene, change: str) -> None:
    scene.sets(5)
    CHANGES[change](scene)
    assert scene.sets(1) == 1
    assert tuple(scene.figure.get_size_inches()) == (2, 2)


def test_changes_in_every_frame_are_noted_at_growing_intervals(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    noted: list[int] = []
    monkeypatch.setattr(Size, "_note", lambda size, note=Size._note: (noted.append(size._frame), note(size)))
    for i in range(200):
        scene.own.get_matrix()[0, 2] = i
        assert scene.sets(1) == 1
    assert noted == [2, 6, 22, 86, 150]


def pixels_with_added_line(set_size: Callable[[Scene], object]) -> Any:
    """Return the pixels with a line that was added later, and whose transform was then changed in place."""
    scene, own = Scene(), Affine2D().scale(100)
    scene.sets(5)
    scene.ax.axhline(0.5).set_transform(blended_transform_factory(own, scene.ax.transAxes))
    scene.figure.canvas.draw()
    own.get_matrix()[0, 2] = 40
    set_size(scene)
    scene.figure.canvas.draw()
    return np.asarray(scene.figure.canvas.buffer_rgba()).copy()  # type: ignore[attr-defined]


@pytest.mark.usefixtures("_dict_versions")
def test_size_is_set_for_a_line_that_was_added_later() -> None:
    expected = pixels_with_added_line(lambda scene: scene.figure.set_size_inches(2, 2))
    assert not np.array_equal(pixels_with_added_line(lambda scene: None), expected)
    assert np.array_equal(pixels_with_added_line(lambda scene: scene.size.set()), expected)


@pytest.mark.usefixtures("_dict_versions")
def test_size_is_not_set_while_a_line_moves() -> None:
    scene = Scene()
    sets = []
    for i in range(40):
        scene.line.set_data([0, i], [0, 1])
        scene.figure.canvas.draw()
        sets.append(scene.sets(1))
    assert sum(sets) <= 4  # to note the transforms that the first draws have made
    assert sum(sets[-10:]) == 0


def test_size_is_set_in_every_frame_if_a_transform_is_unknown() -> None:
    assert Scene(projection="polar").sets(10) == 10
