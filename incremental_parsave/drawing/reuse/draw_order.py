"""The order in which a figure draws its artists, and the conditions under which it stays the same.

In every frame, ``Animation.save`` makes the figure and every axes traverse and sort
their children, resolve limits and aspects, and place titles.  The result is the same
as in the last recording, as long as

1. nothing was assigned to the figure or to its axes themselves,
2. they have the same children, with the same ``zorder``,
3. limits and positions are the same, and no limit is waiting to be resolved,
4. no axis has changed, since the positions of titles and spines depend on it.

A layout engine that has come to rest leaves everything where it is, if in addition

5. the only artists that changed are ones that the engine ignores: those clipped to their axes.

(Not every layout comes to rest to the last bit, which decides how edges are rounded to pixels.)  Under these
conditions, a frame needs no traversal of the figure: only the artists that changed are drawn (see `incremental`).

The conditions were derived from the ``draw`` methods of ``Figure`` and ``Axes`` in
matplotlib 3.10.0 and 3.11.2.  A figure that holds anything else (other projections,
insets, subfigures) has no draw order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib import collections, colorbar, image, lines, patches, spines, text
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure, FigureBase
from matplotlib.layout_engine import ConstrainedLayoutEngine, PlaceHolderLayoutEngine, TightLayoutEngine

from ..calls.calls import Call
from .barrier import Barrier
from .batch_snapshot import BatchSnapshot
from .identity import identity
from .known_classes import is_matplotlibs_class

CONTAINERS = (Axes, FigureBase)
"""The classes that draw their children."""

PLACES_TITLES = "_update_title_position"
"""The name of the method with which an axes places its titles before it is drawn."""

CLIPPED = "_fully_clipped_to_axes"
"""The name of the method that a layout engine calls to find out whether to ignore an artist."""

_ENGINES = (type(None), ConstrainedLayoutEngine, TightLayoutEngine)
_SAME_PIXEL = 1e-6  # pixels
_SAVEFIG = frozenset({"facecolor", "edgecolor", "transparent"})


def engine_of(figure: Any) -> Any:
    """Return the layout engine of *figure*, or None if it has none that moves anything.

    ``tight_layout()`` and ``set_layout_engine("none")`` leave a placeholder, which moves nothing.
    """
    engine = figure.get_layout_engine()
    return None if type(engine) is PlaceHolderLayoutEngine and "execute" not in vars(engine) else engine


class Visit(NamedTuple):
    """An artist that was drawn, and the range ``[begin, end)`` of the calls that it made."""

    artist: Any
    begin: int
    end: int


class DrawOrder:
    """The draw order of the last recording.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    visits : sequence of Visit
        In drawing order; a container comes before its children.
    calls : sequence of Call
        All calls of the recording.
    savefig_kwargs : dict
    barrier : Barrier

    Attributes
    ----------
    clean : bool
        Whether nothing has been assigned to the figure or its axes.
    head : tuple of Call
        The calls before the figure's first child: the figure's background.
    axes : list of Axes
        In drawing order.
    leaves : list of artist
        The artists that were drawn and are not containers, in drawing order.
    """

    def __init__(
        self,
        figure: Any,
        visits: Sequence[Visit],
        calls: Sequence[Call],
        savefig_kwargs: dict[str, Any],
        barrier: Barrier,
    ) -> None:
        self._figure, self._kwargs, self._barrier = figure, plain_values(savefig_kwargs), barrier
        self.axes = [visit.artist for visit in visits if isinstance(visit.artist, Axes)]
        self.leaves = [visit.artist for visit in visits if not isinstance(visit.artist, Axes)]
        self.head = tuple(calls[: visits[0].begin])
        bars = [locator._cbar for ax in self.axes if (locator := ax.get_axes_locator()) is not None]
        self._bars = bars
        self._engine = engine_of(figure)
        self._siblings = list(
            {
                identity(each): each
                for ax in self.axes
                for name in ax._axis_names
                for each in ax._shared_axes[name].get_siblings(ax)
            }.values()
        )
        self._boxes = [box for ax in self.axes for box in (ax._viewLim, ax.dataLim, ax._position, ax._originalPosition)]
        self._held = self._children()
        self._before = self._now()
        self._crossed: dict[int, tuple[bool, ...] | None] = {}
        if self._engine is not None:
            self._crossed = {identity(leaf): _crossed_edges(leaf) for leaf in self.leaves}
        self.clean = True
        self._watched = [figure, *self.axes]
        self._own = BatchSnapshot()
        self._own.attributes = self._watched
        self._own.note()
        barrier.track_while_suspended(self._own)
        for container in self._watched:
            barrier.watch(container, self)

    @classmethod
    def of(
        cls,
        figure: Any,
        visits: Sequence[Visit],
        calls: Sequence[Call],
        savefig_kwargs: dict[str, Any],
        barrier: Barrier,
        *,
        at_rest: bool,
    ) -> DrawOrder | None:
        """Return the draw order of the recording made just now, or None if it is not known when it stays the same.

        Parameters
        ----------
        figure, visits, calls, savefig_kwargs, barrier
            As for `DrawOrder`.
        at_rest : bool
            Whether all axes are where they were in the recording before.
        """
        if not barrier.raised or not visits or not _is_plain(figure, visits, savefig_kwargs):
            return None
        if engine_of(figure) is not None and not at_rest:
            return None
        if any(call.mask is not None for call in calls):
            return None  # the mask of a clip path depends on earlier calls
        end = visits[0].begin
        for visit in visits:
            if not isinstance(visit.artist, Axes):
                if visit.begin != end:
                    return None  # a call that no artist made
                end = visit.end
        if end != len(calls):
            return None
        return cls(figure, visits, calls, savefig_kwargs, barrier)

    def leave(self) -> None:
        """Stop watching for assignments."""
        for container in self._watched:
            self._barrier.forget(container, self)

    def is_same(self, savefig_kwargs: dict[str, Any] | None = None) -> bool:
        """Whether a pass through the figure would draw the same artists in the same order.

        Parameters
        ----------
        savefig_kwargs : dict, optional
            The arguments of the next recording; omitted for a pass that is only made for a layout.
        """
        if savefig_kwargs is not None and self._kwargs != plain_values(savefig_kwargs):
            return False
        if not self.clean or self._own.is_written() or self._now() != self._before:
            return False
        return not any([any(ax._stale_viewlims.values()) for ax in self._siblings])

    def may_move(self, artist: Any) -> bool:
        """Whether a change of *artist* affects no calls but its own."""
        kind: type = type(artist)
        if issubclass(kind, Axis) or not is_matplotlibs_class(kind):
            return False
        return self._engine is None or self._is_out_of_layout(artist)

    def allows(self, moved: Iterable[Any]) -> bool:
        """Whether the layout engine, if any, still ignores the artists that *moved*."""
        return self._engine is None or all(map(self._is_out_of_layout, moved))

    def _is_out_of_layout(self, artist: Any) -> bool:
        """Whether the change of *artist* since the last layout does not matter to the layout engine.

        matplotlib lets an engine ignore an artist if its clip box equals that of the axes to the last bit, which
        rounding decides.  Otherwise the engine takes the part of the artist within the clip box.
        """
        if artist.axes is None:
            return False
        if not artist.get_in_layout() or artist._fully_clipped_to_axes():
            return True
        before = self._crossed.get(identity(artist))
        return before is not None and before == _crossed_edges(artist)

    def place_titles(self, moved: Sequence[Any], renderer: Any) -> None:
        """Place the titles of each axes that has a title among the artists that *moved*."""
        moving = set(map(identity, moved))
        for ax in self.axes:
            if any(identity(title) in moving for title in titles_of(ax)):
                getattr(ax, PLACES_TITLES)(renderer)

    def settle(self) -> None:
        """Mark the figure and its axes as drawn."""
        for container in self._watched:
            container.stale = False

    def _children(self) -> list[list[Any]]:
        return [container.get_children() for container in (self._figure, *self.axes)]

    def _now(self) -> tuple[Any, ...]:
        return (
            [list(map(identity, children)) for children in self._children()],  # `_held` keeps the ids from being reused
            [(leaf.zorder, leaf._animated) for leaf in self.leaves],
            [box._points.tobytes() for box in self._boxes],
            [bar.extend for bar in self._bars],
            engine_of(self._figure) is self._engine and self._engine and self._engine.get(),
            "draw" in vars(self._figure),  # savefig replaces it as well, so the barrier ignores it
        )


def plain_values(savefig_kwargs: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments in comparable form: ``Animation.save`` passes a colour as an array."""
    return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in savefig_kwargs.items()}


def titles_of(ax: Any) -> tuple[Any, Any, Any]:
    """Return the three titles of an axes."""
    return ax.title, ax._left_title, ax._right_title


_DRAWS_ALONE = (lines.Line2D, text.Text, patches.Patch, collections.Collection, image.AxesImage)


def is_hidden(artist: Any) -> bool:
    """Whether *artist* draws nothing now, and nothing else depends on it, so that no change of it matters.

    Titles, spines and backgrounds are never hidden in this sense, since others are placed by them; nor is anything
    in a figure with a layout engine.
    """
    if artist.get_visible() or not isinstance(artist, _DRAWS_ALONE) or isinstance(artist, spines.Spine):
        return False
    kind: type = type(artist)
    axes = artist.axes
    if axes is None or not is_matplotlibs_class(kind) or engine_of(artist.get_figure(root=True)) is not None:
        return False
    return all(artist is not each for each in (axes.patch, *titles_of(axes)))


def places_of(figure: Any) -> bytes:
    """Return everything that a layout engine sets in *figure*, to the last bit: it decides how edges are rounded."""
    boxes = [box._points for ax in figure.axes for box in (ax._position, ax._originalPosition)]
    return b"".join(map(np.ndarray.tobytes, boxes)) + repr(vars(figure.subplotpars)).encode()


def _crossed_edges(artist: Any) -> tuple[bool, ...] | None:
    """Return which edges of its axes *artist* crosses, if its clip box is that of the axes but for rounding; else None.

    Where it crosses an edge, its clipped part ends at the edge of the clip box; elsewhere, it lies within the axes.
    So its part in the extent of the axes is the same as long as it crosses the same edges.
    """
    axes, clip = artist.axes, artist.get_clip_box()
    if axes is None or not artist.get_clip_on() or clip is None or not isinstance(artist, _DRAWS_ALONE):
        return None
    if type(artist).get_tightbbox is not Artist.get_tightbbox or isinstance(artist, text.Text):
        return None
    if artist.get_clip_path() is not None or (abs(clip.extents - axes.bbox.extents) > _SAME_PIXEL).any():
        return None
    box = artist.get_window_extent()
    if not artist.get_visible() or not (0 < box.width < np.inf and 0 < box.height < np.inf):
        return ()
    # Signs such that an edge is crossed by larger numbers.
    of_artist, of_axes, of_clip = (each.extents * (-1, -1, 1, 1) for each in (box, axes.bbox, clip))
    crossed, inside = of_artist >= np.maximum(of_axes, of_clip), of_artist <= of_axes
    return tuple(crossed.tolist()) if (crossed | inside).all() else None  # else it ends between the two edges


def _is_plain(figure: Any, visits: Sequence[Visit], savefig_kwargs: dict[str, Any]) -> bool:
    if (
        type(figure) is not Figure
        or "draw" in vars(figure)
        or not all(hasattr(Axes, name) for name in (PLACES_TITLES, CLIPPED))
    ):
        return False
    if type(engine_of(figure)) not in _ENGINES:
        return False
    # Saving as transparent replaces the background colours during the draw.
    if not savefig_kwargs.keys() <= _SAVEFIG or savefig_kwargs.get("transparent", mpl.rcParams["savefig.transparent"]):
        return False
    if not all(isinstance(value, str | tuple | bool | np.ndarray | None) for value in savefig_kwargs.values()):
        return False
    if figure.canvas.device_pixel_ratio != 1:
        return False
    return all(_is_plain_axes(visit.artist) for visit in visits if isinstance(visit.artist, CONTAINERS))


def _is_plain_axes(ax: Any) -> bool:
    if type(ax) is not Axes or "draw" in vars(ax):
        return False
    locator = ax.get_axes_locator()
    return locator is None or (
        type(locator) is colorbar._ColorbarAxesLocator
        and locator._orig_locator is None
        and locator._cbar.extend == "neither"
    )
