"""Frames of equal poses are drawn by equal calls, whatever is drawn and whatever is written to it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import matplotlib
import matplotlib._mathtext
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from incremental_parsave.drawing.reuse.known_classes import Untrackable
from incremental_parsave.drawing.reuse.snapshot import Snapshot

from . import kinds
from .kinds import X
from .posed import outcome, outcomes, posed
from .test_artist_cache import PATTERNS
from .test_seen_missing import MISSED, Global
from .watched import plain

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
def test_equal_fingerprints_mean_equal_drawings(name: str) -> None:
    def write(pattern: Callable[..., Any]) -> Callable[[Figure, Any], Any]:
        def on(figure: Figure, held: Any) -> None:
            ax = figure.axes[0] if figure.axes else figure.add_subplot()
            own = [child for child in ax._children if child.get_visible()]
            pattern(figure, ax, own[0] if own else ax.title)

        return on

    by_pose: dict[str, str] = {}
    with kinds.settings(name), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # limits of a logarithmic axis, say
        patterns = list(dict.fromkeys(PATTERNS))
        writes = [write(pattern) for pattern in patterns]
        for n, (fingerprint, digest) in enumerate(outcomes(kinds.KINDS[name], writes, **kinds.SAVEFIG[name])):
            if fingerprint is not None:
                assert by_pose.setdefault(fingerprint, digest) == digest, patterns[n].__name__
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


def test_two_masks_have_two_fingerprints() -> None:
    def fill(figure: Figure) -> Any:
        ax = plain(figure)
        return ax.scatter(X, X, c=X)

    fingerprints = set()
    for row in (2, 3):
        fingerprint, _ = outcome(
            fill, lambda figure, points, row=row: points.get_array().__setitem__(row, np.ma.masked)
        )
        assert fingerprint is not None
        fingerprints.add(fingerprint)
    assert len(fingerprints) == 2


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


def changes_of(held: Snapshot) -> bytes:
    """Return what has changed; a path that was written to in place is doubtful."""
    try:
        return held.changes()
    except Untrackable as doubt:
        return str(doubt).encode()


@pytest.mark.parametrize("name", [name for name in kinds.KINDS if name not in {"usetex", *HAVE_NONE}])
def test_batch_comparison_equals_comparison_one_by_one(name: str) -> None:
    """Whatever moved before: the pose of a frame does not depend on the frames that were stepped until then."""
    with kinds.settings(name), matplotlib.rc_context(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        figure = Figure(figsize=(2.2, 1.6))
        FigureCanvasAgg(figure)
        kinds.KINDS[name](figure)
        figure.draw_without_rendering()
        ax = figure.axes[0] if figure.axes else figure.add_subplot()
        artists = [each for each in (ax, *ax.get_children()) if each.get_visible() and not hasattr(each, "add_artist")]
        pairs = [(Snapshot([artist]), Snapshot([artist])) for artist in artists]
        own = [child for child in ax._children if child.get_visible()]
        told = 0
        for pattern in (*PATTERNS, *PATTERNS[::-1]):
            pattern(figure, ax, own[0] if own else ax.title)
            for at_once, gone_through in pairs:
                gone_through._at_rest = None
                told += bool(changes_of(gone_through))
                assert changes_of(at_once) == changes_of(gone_through), pattern.__name__
                assert at_once._skipped or len(at_once._nodes) < 3
        assert told
