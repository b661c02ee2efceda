"""Display lists: replaying one gives the drawn pixels, and digests differ if frames look different."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from hypothesis import given, settings, strategies
from matplotlib.transforms import Bbox

from incremental_parsave.drawing.calls.display_list import DisplayList
from incremental_parsave.drawing.calls.replay import Raster
from incremental_parsave.drawing.recorder import CannotRecord, Recorder

from . import kinds


def size_at(dpi: float) -> tuple[int, int]:
    return int(2.2 * dpi), int(1.6 * dpi)


def drawn(figure, dpi, **savefig_kwargs) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format="rgba", dpi=dpi, **savefig_kwargs)
    return file.getvalue()


def recorded(figure, dpi, **savefig_kwargs) -> DisplayList:
    return Recorder(figure, dpi, size_at(dpi)).record(savefig_kwargs)


def replayed(frame: DisplayList) -> bytes:
    raster = Raster(*frame.size, frame.dpi)
    raster.replay(frame)
    return bytes(raster.pixels)


def replayed_in_parts(frame: DisplayList, start: int) -> bytes:
    raster = Raster(*frame.size, frame.dpi)
    raster.replay(DisplayList(frame.size, frame.dpi, frame.calls[:start]))
    before = raster.copy()
    raster.replay(frame)  # so that the next replay begins from another state
    raster.replay(frame, start, before)
    return bytes(raster.pixels)


@pytest.mark.parametrize("dpi", [50, 100.5])  # the figure's own dpi is 100
@pytest.mark.parametrize("name", kinds.KINDS)
def test_replayed_frame_equals_drawn_frame(name: str, dpi: float) -> None:
    if name == "usetex" and not shutil.which("latex"):
        pytest.skip("there is no latex")
    savefig = kinds.SAVEFIG[name]
    with kinds.settings(name):
        recorded_first, drawn_first = kinds.made(name), kinds.made(name)
        frame = recorded(recorded_first, dpi, **savefig)
        expected = drawn(drawn_first, dpi, **savefig)
        assert replayed(frame) == expected
        assert drawn(recorded_first, dpi, **savefig) == drawn(drawn_first, dpi, **savefig)  # left in the same state
        if dpi == 50:
            for start in {len(frame) // 3, len(frame) * 4 // 5, len(frame) - 1}:
                assert replayed_in_parts(frame, start) == expected
        else:
            assert recorded(kinds.made(name), dpi, **savefig).digest == frame.digest


def test_there_are_forty_kinds_of_figures() -> None:
    assert len(kinds.KINDS) >= 40


def digests() -> dict[str, str]:
    found = {}
    for name in list(kinds.KINDS)[::3]:
        if name != "usetex":
            with kinds.settings(name):
                found[name] = recorded(kinds.made(name), 50, **kinds.SAVEFIG[name]).digest
    return found


def test_digests_are_equal_in_another_process() -> None:
    code = "from tests.drawing.test_display_lists import digests; import json; print(json.dumps(digests()))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONHASHSEED": "77", "MPLBACKEND": "agg"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=True,
    )
    assert json.loads(done.stdout) == digests()


@pytest.mark.parametrize("name", ["bars", "clip_paths", "pie", "scatter"])
def test_digest_does_not_depend_on_settings_when_unit_paths_were_made(name: str, monkeypatch) -> None:
    found = []
    for threshold in (0.1, 0.3):
        with matplotlib.rc_context({"path.simplify_threshold": threshold}):
            for cached in ("_unit_rectangle", "_unit_circle"):
                monkeypatch.setattr(kinds.Path, cached, None)
            kinds.Path.unit_rectangle(), kinds.Path.unit_circle()
        with kinds.settings(name):
            found.append(recorded(kinds.made(name), 50).digest)
    assert found[0] == found[1]


# -- which changes alter the digest -----------------------------------------


def scene(figure, **changes):
    """Fill *figure*; *changes* replaces some of the properties."""
    given = {"color": "r", "vertex": 1.6, "alpha": 0.5, "order": (1, 2), "text": "a", "pixel": 1.0, "marker": "o",
             "width": 5, "dash": 3.0, "hatch": "/", "clip": 0.3, "snap": True, "aa": True, "size": 20.0,
             "join": "miter", "sketch": (None,), "face": "w", "mesh": 0.5, "edge": "k"} | changes  # fmt: skip
    figure.set_facecolor(given["face"])
    ax = kinds.bare(figure, xlim=(0, 4), ylim=(0, 4))
    ax.plot([0, 2, 4], [1, given["vertex"], 1], color=given["color"], lw=given["width"], aa=given["aa"],
            solid_joinstyle=given["join"], snap=given["snap"])[0].set_sketch_params(*given["sketch"])  # fmt: skip
    ax.fill([0, 2, 2], [0, 0, 2], "b", alpha=given["alpha"], zorder=given["order"][0])
    ax.fill([1, 3, 3], [0, 0, 2], "g", hatch=given["hatch"], zorder=given["order"][1])
    ax.plot([0, 4], [3, 3.5], ls=(0, (given["dash"], 2)), marker=given["marker"])
    ax.text(0.5, 3, given["text"])
    ax.imshow([[0, 1], [given["pixel"], 0.5]], extent=(3, 4, 0, 1), vmin=0, vmax=1)
    ax.scatter([1, 2], [2, 2], s=[given["size"], 30], edgecolors=given["edge"])
    ax.pcolormesh([0, 1, 2], [2, 3], [[given["mesh"], 0.7]], vmin=0, vmax=1)
    (clipped,) = ax.plot([0, 4], [0, 4], lw=5)
    clipped.set_clip_path(kinds.Circle((2, 2), given["clip"], transform=ax.transData))


CHANGES = {
    "color": "orange", "vertex": 1.9, "alpha": 0.51, "order": (2, 1), "text": "b", "pixel": 0.99, "marker": "s",
    "width": 6, "dash": 3.1, "hatch": "//", "clip": 0.31, "snap": False, "aa": False, "size": 21.0, "join": "round",
    "sketch": (2, 50, 2), "face": "0.99", "mesh": 0.51, "edge": "b",
}  # fmt: skip


def digest_and_pixels(dpi=60, **changes):
    figure = kinds.made("", lambda figure: scene(figure, **changes))
    return recorded(figure, dpi).digest, drawn(figure, dpi)


@pytest.fixture(scope="module")
def unchanged():
    return digest_and_pixels()


@pytest.mark.parametrize("what", CHANGES)
def test_digest_differs_after_one_change(what: str, unchanged) -> None:
    digest, pixels = digest_and_pixels(**{what: CHANGES[what]})
    assert pixels != unchanged[1]
    assert digest != unchanged[0]


def test_digest_depends_on_the_size(unchanged) -> None:
    assert digest_and_pixels(dpi=60.1)[0] != unchanged[0]


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [("simplified", "path.simplify", False), ("simplified", "path.simplify_threshold", 0.0),
     ("long_line", "agg.path.chunksize", 101), ("hatches", "hatch.linewidth", 3.0),
     ("snapping", "path.snap", False), ("texts", "text.antialiased", False)],
)  # fmt: skip
def test_digest_depends_on_settings(name, key, value) -> None:
    found = []
    for changed in ({}, {key: value}):
        with kinds.settings(name), matplotlib.rc_context(changed):
            figure = kinds.made(name)
            found.append((recorded(figure, 100).digest, drawn(figure, 100)))
    assert found[0][1] != found[1][1]
    assert found[0][0] != found[1][0]


@settings(max_examples=20, deadline=None, database=None, derandomize=True)
@given(strategies.lists(strategies.dictionaries(strategies.sampled_from(sorted(CHANGES)), strategies.booleans()),
                        min_size=2, max_size=2))  # fmt: skip
def test_digests_are_equal_if_and_only_if_pixels_are(pair) -> None:
    one, other = (
        digest_and_pixels(**{what: CHANGES[what] for what, is_changed in changes.items() if is_changed})
        for changes in pair
    )
    assert (one[0] == other[0]) == (one[1] == other[1])


# -- frames that cannot be recorded ------------------------------------------


class Reads(kinds.Circle):
    """An artist that uses the pixels or the renderer while it is drawn."""

    def __init__(self, look):
        super().__init__((0.5, 0.5), 0.2)
        self.look = look

    def draw(self, renderer):
        with contextlib.suppress(Exception):
            self.look(renderer)
        super().draw(renderer)


@pytest.mark.parametrize(
    "look",
    [
        lambda renderer: np.asarray(renderer.buffer_rgba()),
        lambda renderer: memoryview(renderer.buffer_rgba()),
        lambda renderer: renderer.tostring_argb(),
        lambda renderer: renderer.copy_from_bbox(renderer.bbox),
        lambda renderer: renderer.restore_region(None),
        lambda renderer: np.asarray(renderer._renderer),
        lambda renderer: renderer._renderer.another_entry,
        lambda renderer: renderer._renderer.draw_path(object(), kinds.Path([(0, 0)]), None),
        lambda renderer: renderer.draw_path(renderer.new_gc(), kinds.Path([(0, 0)]), np.eye(2)),
    ],
)  # fmt: skip
def test_frame_that_its_calls_do_not_determine_is_refused(look) -> None:
    def fill(figure):
        kinds.bare(figure).add_artist(Reads(look))

    figure, other = kinds.made("", fill), kinds.made("", fill)
    with pytest.raises(CannotRecord):
        recorded(figure, 50)
    assert drawn(figure, 50) == drawn(other, 50)


def test_clip_path_that_changes_in_place_is_refused() -> None:
    def fill(figure):
        ax = kinds.bare(figure)
        lines = [ax.plot([0, 1], [0, i], lw=9)[0] for i in range(2)]
        for line in lines:
            line.set_clip_path(kinds.Path([(0, 0), (50, 0), (50, 50)]), kinds.Affine2D())
        lines[1]._clippath = lines[0]._clippath
        writes = Reads(lambda renderer: lines[0]._clippath._path.vertices.__setitem__(0, 9))
        for zorder, artist in enumerate((lines[0], writes, lines[1])):
            artist.set_zorder(zorder)
        ax.add_artist(writes)

    with pytest.raises(CannotRecord, match="changed in place"):
        recorded(kinds.made("", fill), 50)


def test_clip_path_with_read_only_vertices_is_replayed_as_drawn() -> None:
    def fill(figure):
        ax = kinds.bare(figure)
        circle = kinds.Circle((0.5, 0.5), 0.4, transform=ax.transAxes)  # whose vertices are read-only
        for left in (0.0, 0.4):
            patch = kinds.Rectangle((0, 0), 1, 1, transform=ax.transAxes, alpha=0.5)
            ax.add_artist(patch)
            patch.set_clip_path(circle)
            patch.set_clip_box(Bbox([[left * 100, 0], [left * 100 + 50, 80]]))

    figure = kinds.made("", fill)
    assert replayed(recorded(figure, 50)) == drawn(figure, 50)


def test_error_while_drawing_leaves_the_figure_as_it_was() -> None:
    class Fails(kinds.Circle):
        fails = True

        def draw(self, renderer):
            if self.fails:
                raise ZeroDivisionError
            super().draw(renderer)

    figure, other = kinds.made("agg_filters"), kinds.made("agg_filters")
    for each in (figure, other):
        each.axes[0].add_artist(Fails((0.5, 0.5), 0.2, agg_filter=kinds._blurred))
    with pytest.raises(ZeroDivisionError):
        recorded(figure, 50)
    for each in (figure, other):
        each.axes[0].patches[0].fails = False
    assert drawn(figure, 50) == drawn(other, 50)
    assert not vars(figure.canvas).keys() & {"get_renderer"}


def test_canvas_of_another_class_is_refused() -> None:
    figure = kinds.made("lines")

    class Canvas(type(figure.canvas)):
        pass

    Canvas(figure)
    with pytest.raises(CannotRecord, match="canvas"):
        recorded(figure, 50)
