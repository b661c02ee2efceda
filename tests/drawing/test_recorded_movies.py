"""Movies of display lists: a frame replays only what differs from the last, and equals the drawn frame."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.animation import AbstractMovieWriter, FuncAnimation

from incremental_parsave.drawing.calls.display_list import DisplayList
from incremental_parsave.drawing.calls.replay import Raster
from incremental_parsave.drawing.pixels import FrameSizeError
from incremental_parsave.drawing.recorder import Recorder

from . import kinds
from .test_display_lists import drawn, recorded, replayed, size_at


def test_frame_replays_only_calls_that_differ_from_the_last_frame() -> None:
    figure = kinds.made("legend")
    (ax,) = figure.axes
    (line,) = ax.get_lines()
    recorder, raster = Recorder(figure, 50, size_at(50)), Raster(*size_at(50), 50)
    made = []
    raster._make = lambda calls: (made.append(len(list(calls))), Raster._make(raster, calls))
    frames = []
    for phase in (0, 0.1, 0.2, 0.2, 5):
        line.set_ydata(np.sin(kinds.X + phase))
        if phase == 5:
            figure.set_facecolor("y")
        frame = recorder.record({})
        frames.append(frame)
        pixels = bytes(raster.draw(frame))
        assert pixels == drawn(figure, 50)
    first = frames[0].common(frames[1])
    total = len(frames[0])
    assert made[0] == total
    assert made[1:3] == [first, total - first]
    assert made[3] == total - first
    assert all(a is b for a, b in zip(frames[0].calls[:first], frames[1].calls, strict=False))
    assert frames[2].digest == frames[3].digest


def test_memory_of_a_frame_counts_only_new_calls() -> None:
    figure = kinds.made("mesh")
    recorder = Recorder(figure, 50, size_at(50))
    frames = [recorder.record({}) for _ in range(2)]
    assert frames[1].nbytes(frames[0]) == 0
    figure.axes[0].collections[0].set_array(-kinds.Z)
    after = recorder.record({})
    assert 0 < after.nbytes(frames[1]) - kinds.Z.size * 4 * 8 < 13 * 15 * 2 * 8 + 200
    assert frames[0].nbytes() > after.nbytes(frames[1])


def test_raster_draws_correctly_after_an_exception() -> None:
    figure = kinds.made("polar")
    recorder, raster = Recorder(figure, 50, size_at(50)), Raster(*size_at(50), 50)
    good = recorder.record({})
    broken = DisplayList(good.size, good.dpi, (*good.calls[:5], type(good.calls[0])("draw_path", (), b"", None)))
    raster.draw(good)
    with pytest.raises(TypeError):
        raster.draw(broken)
    assert bytes(raster.draw(good)) == drawn(figure, 50)


def test_recorded_frame_is_not_affected_by_later_array_changes() -> None:
    figure = kinds.made("markers")
    frame = recorded(figure, 50)
    expected = drawn(figure, 50)
    for line in figure.axes[0].lines:
        line.get_path().vertices[:] = 0
        line._transformed_path._transformed_path.vertices[:] = 0
    assert replayed(frame) == expected


def test_frame_of_another_size_is_refused() -> None:
    figure = kinds.made("lines")
    frame = recorded(figure, 50)
    with pytest.raises(ValueError, match="on a canvas of"):
        Raster(*size_at(50), 51).replay(frame)
    figure.set_size_inches(3, 3)
    with pytest.raises(FrameSizeError, match="has 22500 pixels, but the movie is 110 x 80"):
        recorded(figure, 50)


def _figure_of_moving_artists(figure):
    figure.set_size_inches(4, 2)
    figure.set_layout_engine("constrained")
    a, b = figure.subplots(1, 2)
    (line,) = a.plot(kinds.X, kinds.Y, label="line")
    points = a.scatter(kinds.X, kinds.Y, label="points")
    text = a.text(0, 0, "")
    a.legend(loc="best")
    quiver = b.quiver(kinds.Z, -kinds.Z)
    figure.colorbar(b.imshow(kinds.Z))

    def step(i):
        line.set_ydata(kinds.Y * i)
        a.relim()
        a.autoscale_view()
        points.set_offsets(np.column_stack([kinds.X, kinds.Y - i]))
        text.set_text(f"frame {i}, {text.get_window_extent().width:.1f}")
        quiver.set_UVC(kinds.Z * i, kinds.Z)
        b.set_title("x" * i)
        return line, points, text, quiver

    return step


class Frames(AbstractMovieWriter):
    """Keeps the frames that ``Animation.save`` grabs, drawn or recorded and replayed."""

    def __init__(self, records: bool) -> None:
        super().__init__()
        self.records, self.frames = records, []

    def setup(self, fig, outfile, dpi=None):
        super().setup(fig, outfile, dpi)
        self._recorder, self._raster = Recorder(fig, dpi, self.frame_size), Raster(*self.frame_size, dpi)

    def grab_frame(self, **savefig_kwargs):
        if self.records:
            pixels = bytes(self._raster.draw(self._recorder.record(savefig_kwargs)))
        else:
            pixels = drawn(self.fig, self.dpi, **savefig_kwargs)
        self.frames.append(pixels)

    def finish(self):
        pass


@pytest.mark.exhaustive
@pytest.mark.parametrize("blit", [False, True])
@pytest.mark.parametrize("dpi", [60, 100])
def test_recorded_movie_equals_drawn_movie(blit, dpi, tmp_path) -> None:
    movies = []
    for records in (False, True):
        figure = kinds.made("", lambda figure: None)
        step = _figure_of_moving_artists(figure)
        figure.set_facecolor((1, 0, 0, 0.5))
        anim = FuncAnimation(figure, step, frames=4, blit=blit)
        writer = Frames(records)
        anim.save(tmp_path / "movie", writer=writer, dpi=dpi)
        movies.append(writer.frames)
    assert len(set(movies[0])) == 4
    assert movies[0] == movies[1]
