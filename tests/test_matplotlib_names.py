"""The private names of matplotlib that we rely on, on the version that is installed."""

from __future__ import annotations

import inspect
import itertools

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.animation import Animation, ArtistAnimation, FFMpegWriter, FuncAnimation

from incremental_parsave.scene import mpl as names
from incremental_parsave.scene.target import exact_rate, resolve


@pytest.fixture
def figure():
    figure = plt.figure(figsize=(2, 1.5))
    yield figure
    plt.close(figure)


def made(figure, **kwargs):
    anim = FuncAnimation(figure, lambda i: [], **kwargs)
    anim._draw_was_started = True  # it will not be saved
    return anim


def test_version_is_one_that_is_supported() -> None:
    assert tuple(map(int, matplotlib.__version__.split(".")[:2])) >= (3, 9)


def test_loop_calls_what_we_take_the_place_of() -> None:
    source = inspect.getsource(Animation.save)
    for name in ("writer.saving(self._fig, filename, dpi)", "anim._init_draw()", "a.new_saved_frame_seq()",
                 "anim._draw_next_frame(d, blit=False)", "writer.grab_frame(**savefig_kwargs)"):  # fmt: skip
        assert name in source
    assert "self._fig.canvas.draw_idle()" in inspect.getsource(Animation._post_draw)


@pytest.mark.parametrize(
    ("frames", "known"),
    [(7, range(7)), (range(2, 9), range(2, 9)), ([1, 5], [1, 5]), (("a", "b"), ("a", "b"))],
)
@pytest.mark.parametrize("repeat", [True, False])
def test_frames_that_are_known_in_advance(figure, frames, known, repeat) -> None:
    anim = made(figure, frames=frames, repeat=repeat)
    assert list(names.sized_frames(anim)) == list(known) == list(anim.new_saved_frame_seq())
    assert names.expected_count(anim) == len(known)
    assert not names.is_endless(anim)


def test_frames_that_come_one_by_one(figure) -> None:
    for frames in (lambda: iter([1, 2]), iter([1, 2]), itertools.count):
        assert names.sized_frames(made(figure, frames=frames, save_count=2)) is None
    assert names.is_endless(made(figure, cache_frame_data=False))
    assert not names.is_endless(made(figure, save_count=3))


def test_frames_of_artists(figure) -> None:
    artists = [[figure.text(0, 0, "a")], [figure.text(0, 0, "b")]]
    anim = ArtistAnimation(figure, artists)
    anim._draw_was_started = True
    assert names.sized_frames(anim) is artists
    assert names.user_functions(anim) is None


def test_writer_is_begun_without_ffmpeg(figure, tmp_path) -> None:
    writer = FFMpegWriter(fps=3, codec="h264")
    figure.set_size_inches(2.03, 1.51)
    assert names.begin_writer(writer, figure, str(tmp_path / "x.mp4"), 100) == (2.02, 1.5)
    assert writer.frame_size == (202, 150)
    assert not hasattr(writer, "_proc")
    assert writer.output_args[-2:] == ["-y", str(tmp_path / "x.mp4")]


@pytest.mark.parametrize(
    ("given", "exact"),
    [(20, "20"), (1000 / 35, "200/7"), (29.97, "2997/100"), (24000 / 1001, "24000/1001"), ("30000/1001", "30000/1001"),
     (np.float64(12.5), "25/2"), (0.1, "1/10")],
)  # fmt: skip
def test_frame_rates_are_fractions(given, exact) -> None:
    assert str(exact_rate(given)) == exact


def test_rate_comes_from_the_interval(figure) -> None:
    anim = made(figure, frames=3, interval=35)
    assert str(resolve(anim, "x.mp4", "ffmpeg").fps) == "200/7"
    assert str(resolve(anim, "x.mp4", FFMpegWriter()).fps) == "5"
    with pytest.raises(RuntimeError, match="not supported when writer is an existing"):
        resolve(anim, "x.mp4", FFMpegWriter(), fps=3)
