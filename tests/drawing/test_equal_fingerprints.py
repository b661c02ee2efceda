"""Frames with equal fingerprints make equal renderer calls, for every kind of figure and every pattern of changes."""

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
from .fingerprinted import fingerprinted, outcome, outcomes
from .kinds import X
from .test_artist_cache import PATTERNS
from .test_missed_changes import MISSED, Global
from .watched import plain

# Kinds of figures whose frames have no fingerprint: other projections, layout engines, masks, unknown classes.
WITHOUT_FINGERPRINT = {
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


@pytest.mark.rows(9)
@pytest.mark.parametrize("name", [name for name in kinds.KINDS if name != "usetex"])
def test_equal_fingerprints_mean_equal_drawings(name: str) -> None:
    def write(pattern: Callable[..., Any]) -> Callable[[Figure, Any], Any]:
        def on(figure: Figure, held: Any) -> None:
            ax = figure.axes[0] if figure.axes else figure.add_subplot()
            own = [child for child in ax._children if child.get_visible()]
            pattern(figure, ax, own[0] if own else ax.title)

        return on

    by_fingerprint: dict[str, str] = {}
    with kinds.settings(name), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # for example, about the limits of a logarithmic axis
        patterns = list(dict.fromkeys(PATTERNS))
        writes = [write(pattern) for pattern in patterns]
        for n, (fingerprint, digest) in enumerate(outcomes(kinds.KINDS[name], writes, **kinds.SAVEFIG[name])):
            if fingerprint is not None:
                assert by_fingerprint.setdefault(fingerprint, digest) == digest, patterns[n].__name__
    assert bool(by_fingerprint) != (name in WITHOUT_FINGERPRINT), len(by_fingerprint)


@pytest.mark.rows(14)
@pytest.mark.filterwarnings("ignore:The set_(under|bad) function:PendingDeprecationWarning")
@pytest.mark.parametrize("what", MISSED)
def test_change_alters_the_fingerprint_or_leaves_none(what: str) -> None:
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


def test_different_masks_have_different_fingerprints() -> None:
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


def test_in_place_change_of_a_shared_value_alters_the_fingerprint() -> None:
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


def test_frame_has_no_fingerprint_after_path_of_a_line_is_changed_in_place() -> None:
    """On a logarithmic axis matplotlib reuses a path that it has transformed: the line's values do not determine it."""

    def fill(figure: Figure) -> Any:
        ax = plain(figure)
        ax.set_yscale("log")
        return ax.plot(X, X + 1)[0]

    with fingerprinted(fill) as (one, _, line):
        one.take()
        line.set_ydata(X + 2)
        assert one.take() is not None
        line.get_path().vertices[:, 1] = 3
        assert one.take() is None
        line.set_ydata(X + 2)
        assert one.take() is not None


def changes_of(held: Snapshot) -> bytes:
    """Return the changes, or why the artist is untrackable: for example, a path was changed in place."""
    try:
        return held.changes()
    except Untrackable as doubt:
        return str(doubt).encode()


@pytest.mark.rows(9)
@pytest.mark.parametrize("name", [name for name in kinds.KINDS if name not in {"usetex", *WITHOUT_FINGERPRINT}])
def test_batch_comparison_finds_the_same_changes_as_one_by_one(name: str) -> None:
    """So the fingerprint of a frame does not depend on the frames that were stepped before it."""
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
        changed = 0
        for pattern in (*PATTERNS, *PATTERNS[::-1]):
            pattern(figure, ax, own[0] if own else ax.title)
            for batch, one_by_one in pairs:
                one_by_one._at_rest = None
                changed += bool(changes_of(one_by_one))
                assert changes_of(batch) == changes_of(one_by_one), pattern.__name__
                assert batch._skipped or len(batch._nodes) < 3
        assert changed
