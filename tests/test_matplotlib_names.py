"""Private names of matplotlib that the package relies on, checked against the installed version."""

from __future__ import annotations

import inspect
import io
import itertools
import re

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib import image
from matplotlib.animation import Animation, ArtistAnimation, FFMpegWriter, FuncAnimation
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox, IdentityTransform, TransformedPath

from incremental_parsave.drawing import canvas
from incremental_parsave.drawing.calls import agg
from incremental_parsave.drawing.calls.calls import FREEZERS
from incremental_parsave.drawing.reuse import artist_cache as cache_module
from incremental_parsave.drawing.reuse import known_classes as class_registry
from incremental_parsave.drawing.reuse.barrier import Barrier
from incremental_parsave.mpl import animation as names
from incremental_parsave.mpl.target import exact_rate, resolve

pytestmark = pytest.mark.quick


@pytest.fixture
def figure():
    figure = plt.figure(figsize=(2, 1.5))
    yield figure
    plt.close(figure)


def made(figure, **kwargs):
    anim = FuncAnimation(figure, lambda i: [], **kwargs)
    anim._draw_was_started = True  # avoids the warning that it was never saved
    return anim


def test_matplotlib_version_is_supported() -> None:
    assert tuple(map(int, matplotlib.__version__.split(".")[:2])) >= (3, 10)


def test_save_calls_the_methods_that_are_replaced() -> None:
    source = inspect.getsource(Animation.save)
    for name in ("writer.saving(self._fig, filename, dpi)", "anim._init_draw()", "a.new_saved_frame_seq()",
                 "anim._draw_next_frame(d, blit=False)", "writer.grab_frame(**savefig_kwargs)"):  # fmt: skip
        assert name in source
    within = source[source.index("manager=None)") :]
    assert "anim._init_draw()" in within  # the first call of the animation after the manager is removed
    assert within.index("anim._init_draw()") < within.index("anim._draw_next_frame(")
    assert "self._fig.canvas.draw_idle()" in inspect.getsource(Animation._post_draw)


@pytest.mark.parametrize(
    ("frames", "known"),
    [(7, range(7)), (range(2, 9), range(2, 9)), ([1, 5], [1, 5]), (("a", "b"), ("a", "b"))],
)
@pytest.mark.parametrize("repeat", [True, False])
def test_frames_known_in_advance(figure, frames, known, repeat) -> None:
    anim = made(figure, frames=frames, repeat=repeat)
    assert list(names.sized_frames(anim)) == list(known) == list(anim.new_saved_frame_seq())
    assert names.expected_count(anim) == len(known)
    assert not names.is_endless(anim)


def test_frames_of_iterators_are_not_known_in_advance(figure) -> None:
    for frames in (lambda: iter([1, 2]), iter([1, 2]), itertools.count):
        assert names.sized_frames(made(figure, frames=frames, save_count=2)) is None
    assert names.is_endless(made(figure, cache_frame_data=False))
    assert not names.is_endless(made(figure, save_count=3))


def test_frames_of_an_artist_animation(figure) -> None:
    artists = [[figure.text(0, 0, "a")], [figure.text(0, 0, "b")]]
    anim = ArtistAnimation(figure, artists)
    anim._draw_was_started = True
    assert names.sized_frames(anim) is artists
    assert names.user_functions(anim) is None


def test_writer_is_set_up_without_starting_ffmpeg(figure, tmp_path) -> None:
    writer = FFMpegWriter(fps=3, codec="h264")
    figure.set_size_inches(2.03, 1.51)
    assert names.setup_writer_without_process(writer, figure, str(tmp_path / "x.mp4"), 100) == (2.02, 1.5)
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


def test_frame_rate_defaults_to_the_interval(figure) -> None:
    anim = made(figure, frames=3, interval=35)
    assert str(resolve(anim, "x.mp4", "ffmpeg").fps) == "200/7"
    assert str(resolve(anim, "x.mp4", FFMpegWriter()).fps) == "5"
    with pytest.raises(RuntimeError, match="not supported when writer is an existing"):
        resolve(anim, "x.mp4", FFMpegWriter(), fps=3)


# -- drawing/calls/agg.py -----------------------------------------------------------


def test_all_methods_of_the_compiled_renderer_are_known() -> None:
    entries = {name for name in vars(agg.Compiled) if not name.startswith("_")}
    assert entries == {*agg.DRAWING, *agg.READING}
    assert set(agg.DRAWING) == FREEZERS.keys()


def test_freezers_have_the_signatures_of_the_compiled_methods() -> None:
    for name, freezer in FREEZERS.items():
        signature = getattr(agg.Compiled, name).__doc__
        assert signature is not None
        arguments = re.findall(r"(?:^|[ (*])(\w+): ", signature.split("\n")[0].partition("(self: ")[2])
        freezer_parameters = {each.name: each for each in inspect.signature(freezer).parameters.values()}
        names = [parameter for parameter in freezer_parameters if parameter not in ("context", "ink")]
        assert arguments == names[: len(arguments)], name
        newer = names[len(arguments) :]  # parameters of later versions of matplotlib
        assert all(freezer_parameters[each].default is not inspect.Parameter.empty for each in newer), name


def test_renderer_wraps_the_compiled_renderer(figure) -> None:
    renderer = agg.RendererAgg(10, 10, 72)
    assert type(renderer._renderer) is agg.Compiled
    assert renderer._filter_renderers == []
    for name in (*agg.DRAWING, *agg.READING):
        assert callable(getattr(renderer, name, None) or getattr(renderer._renderer, name))
    sources = {name: inspect.getsource(getattr(agg.RendererAgg, name)) for name in vars(agg.RendererAgg)
               if inspect.isfunction(getattr(agg.RendererAgg, name))}  # fmt: skip
    reading = {
        name for name, source in sources.items() if re.search(r"(asarray|memoryview)\(self\._renderer\)", source)
    }
    assert reading - {"tostring_rgb"} == {"buffer_rgba", "tostring_argb"}
    assert "_RendererAgg(" in sources["start_filter"]
    assert "self.buffer_rgba()" in sources["stop_filter"]


def test_saved_frame_is_the_buffer_of_the_canvas_renderer(figure) -> None:
    source = inspect.getsource(agg.FigureCanvasAgg.print_raw)
    for line in ("FigureCanvasAgg.draw(self)", "renderer = self.get_renderer()", "fh.write(renderer.buffer_rgba())"):
        assert line in source
    assert agg.FigureCanvasAgg.print_rgba is agg.FigureCanvasAgg.print_raw
    source = inspect.getsource(agg.FigureCanvasAgg.draw)
    for line in ("self.renderer = self.get_renderer()", "self.renderer.clear()", "self.figure.draw(self.renderer)"):
        assert line in source


def test_compiled_renderer_reads_only_known_attributes_of_a_context() -> None:
    read = set()

    class Spy:
        def __getattr__(self, name):
            read.add(name)
            return getattr(context, name)

    context = agg.RendererAgg(10, 10, 72).new_gc()
    assert type(context) is agg.GraphicsContextBase
    path = matplotlib.path.Path([(0, 0), (1, 1)])
    agg.Compiled(10, 10, 72.0).draw_path(Spy(), path, None, None)
    assert read == {*agg.CONTEXT_ATTRIBUTES, *agg.CONTEXT_METHODS}


def test_compiled_renderer_reads_only_known_attributes_of_a_path() -> None:
    read = set()
    path = matplotlib.path.Path([(0, 0), (1, 1)])

    class Spy:
        def __getattr__(self, name):
            read.add(name)
            return getattr(path, name)

    agg.Compiled(10, 10, 72.0).draw_path(agg.RendererAgg(10, 10, 72).new_gc(), Spy(), None, None)
    assert read == {"vertices", "codes", "should_simplify", "simplify_threshold"}


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("forgets", [False, True])
def test_clip_path_cache_is_keyed_by_the_address_of_the_vertices(read_only, forgets) -> None:
    compiled = agg.Compiled(4, 4, 72.0)
    context = agg.RendererAgg(4, 4, 72).new_gc()
    square = matplotlib.path.Path([(0, 0), (4, 0), (4, 4), (0, 4)], readonly=read_only)
    context.set_clip_path(TransformedPath(square, IdentityTransform()))
    held = []
    for right in (1, 4):
        context.set_clip_rectangle(Bbox([[0, 0], [right, 4]]))
        compiled.draw_path(context, square, IdentityTransform(), (0, 0, 0, 1))
        held.append([np.zeros((4, 2)) for _ in range(8)])
        if forgets:
            agg.forget_clip_path(compiled)
    assert np.asarray(compiled)[..., 3].any(axis=0).tolist() == [True] + [forgets] * 3


def test_forgetting_a_clip_path_draws_nothing() -> None:
    compiled = agg.Compiled(10, 10, 72.0)
    before = np.asarray(compiled).copy()
    agg.forget_clip_path(compiled)
    assert (np.asarray(compiled) == before).all()


def test_draw_calls_the_functions_that_recordings_replace(figure, monkeypatch) -> None:
    called = []
    ax = figure.add_subplot(title="title")
    assert list(inspect.signature(image._draw_list_compositing_images).parameters)[:4] == [
        "renderer", "parent", "artists", "suppress_composite",
    ]  # fmt: skip
    for owner, name in ((image, "_draw_list_compositing_images"), (Axis, "_update_ticks"), (Axis, "get_tightbbox")):
        original = getattr(owner, name)

        def noted(*args, original=original, name=name, **kwargs):
            called.append(name)
            return original(*args, **kwargs)

        monkeypatch.setattr(owner, name, noted)
    figure.canvas.draw()
    assert cache_module.HAS_PRIVATE_HOOKS
    assert called.count("_draw_list_compositing_images") == 2  # the figure's children, and those of its axes
    assert {"_update_ticks", "get_tightbbox"} <= set(called)
    assert not any(len(groups.get_siblings(ax)) > 1 for groups in figure._align_label_groups.values())


def test_non_drawing_canvas_is_replaced_by_agg() -> None:
    figure = Figure(figsize=(2, 1.5))
    own = figure.canvas
    assert canvas.draws_nothing(own)
    assert canvas.is_drawn_by_agg(own)
    drawn: list[tuple] = []
    figure.draw = lambda renderer: drawn.append((type(figure.canvas), figure.canvas.is_saving(), figure.canvas.manager))
    own.draw()
    own.draw_idle()
    assert not drawn
    figure.savefig(io.BytesIO(), format="rgba")
    assert drawn == [(agg.FigureCanvasAgg, True, None)]
    assert figure.canvas is own
    with canvas.StandIn(figure, Barrier()).in_place():
        figure.savefig(io.BytesIO(), format="rgba")
    assert drawn[1:] == drawn[:1]
    assert figure.canvas is own
    assert vars(figure)["canvas"] is own


# Attributes that draws of a figure and its axes use besides drawing their children: `draw_order` decides when all of
# this would have the same result.  If a version of matplotlib uses more, `draw_order` must be reviewed.
ATTRIBUTES_READ_BY_DRAWS = {
    Axes.draw: "_axis_map _frameon _rasterization_zorder _stale _unstale_viewLim _update_title_position apply_aspect"
    " axison get_axes_locator get_children get_figure figure get_gid get_visible patch spines stale",
    Figure.draw: "_get_draw_artists _render_lock axes canvas get_gid get_layout_engine get_visible patch stale"
    " suppressComposite",
    Figure._get_draw_artists: "_localaxes get_children patch",
    Axes._update_title_position: "_autotitlepos _left_title _right_title _twinned_axes child_axes get_figure figure"
    " title transAxes",
    Axes._unstale_viewLim: "_axis_names _shared_axes autoscale_view",
}


@pytest.mark.parametrize("method", ATTRIBUTES_READ_BY_DRAWS, ids=lambda method: method.__qualname__)
def test_draws_read_only_known_attributes(method) -> None:
    read = set(re.findall(r"\bself\.(\w+)", inspect.getsource(inspect.unwrap(method))))
    assert read <= set(ATTRIBUTES_READ_BY_DRAWS[method].split())


def test_attributes_of_paths_are_known() -> None:
    path = matplotlib.path.Path([(0, 0), (1, 1)])
    assert all(name in vars(path) for name in class_registry.PATH)
    assert vars(path).keys() - set(class_registry.PATH) <= {"_interpolation_steps", "_readonly"}


def test_leaf_transforms_hold_arrays() -> None:
    for kind, attributes in class_registry._LEAVES.items():
        made = kind([[0, 0], [1, 1]]) if kind is Bbox else kind()
        assert all(isinstance(getattr(made, name), np.ndarray) for name in attributes)


def test_movie_writers_start_programs_in_one_place() -> None:
    for kind in (names.MovieWriter, names.FFMpegFileWriter):
        assert kind._run is names.original_start
    assert "subprocess.Popen" in inspect.getsource(names.original_start)
    assert "self._run()" in inspect.getsource(names.MovieWriter.setup)
