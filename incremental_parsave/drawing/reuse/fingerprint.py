"""The pose of a frame: what the artists of a figure hold in it, told without drawing it.

Frames of equal poses are drawn by the same calls.  So a block whose poses are
known from an earlier build need not even be recorded, and while frames are
stepped, a pose costs a fraction of a recording: of the frame that was drawn first
everything is taken down by value, of each later one only what has moved since.

A pose is the digest of

1. the first frame: its calls, and all that its artists, its axes and its figure hold;
2. the artists that hold something else now, each by its place and by what it holds.

All else is seen to be as it was: what is assigned, by the barrier; what is
changed in place, by comparing it.  A frame in which anything more has changed
(an axis, the children of an axes, a limit, a setting) has no pose, and neither
has one of a figure that holds anything that a `Footprint` would doubt.
"""

from __future__ import annotations

import locale
import os
from collections.abc import Mapping
from typing import Any

from matplotlib.font_manager import fontManager

from ...keys.canonical import Digest
from ..calls.display_list import DisplayList
from ..pristine import MATPLOTLIB
from ..settings import Settings
from .barrier import Barrier
from .batch_snapshot import BatchSnapshot
from .draw_order import DrawOrder, Visit, engine_of, plain_values
from .footprint import Footprint, owners_of, roots_of
from .known_classes import Untrackable, context_of, places_of_figure
from .snapshot import Snapshot

_MOST_ARTISTS = 400  # of a figure; to take down more of them costs more than it saves
_MOST_MOVING = 32  # in a frame
_PLAIN = (int, float, str, bool, type(None))
_OF_A_DRAW = frozenset({"_stale", "stale", "_layoutbox"})


class Missed(Exception):
    """An artist was changed in a way that is not seen, in frames that have been given poses."""


class _Leaf:
    """An artist that has no children that a figure or axes would draw.

    Parameters
    ----------
    artist : matplotlib.artist.Artist
    place : int
        In the order in which the first frame was drawn.
    barrier : Barrier
    known : mapping
        The numbers of all coordinates.

    Attributes
    ----------
    clean : bool
        Whether nothing was assigned to what it depends on.
    held : Snapshot
        In the first frame.
    """

    def __init__(self, artist: Any, place: int, barrier: Barrier, known: Mapping[int, int]) -> None:
        self.artist, self.place, self.clean = artist, place, True
        self.held = Snapshot([artist], known)  # before it is watched: lines that were never drawn are prepared
        self.footprint = Footprint(roots_of(artist), barrier, self, owners=owners_of(artist), alone=False)


class _Coordinates:
    """Those of the figure and all axes, in which artists are placed; of them, nothing may move."""

    def __init__(self, figure: Any, axes: list[Any], barrier: Barrier) -> None:
        places = [*places_of_figure(figure)]
        for ax in axes:
            places += context_of(ax)
        self.clean = True
        self.footprint = Footprint(places, barrier, self)
        self.held = Snapshot(places)


class Fingerprints:
    """Tells the poses of the frames of one movie.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        As the first frame left it.
    first : DisplayList
        The first frame.
    savefig_kwargs : dict
        With which it was recorded.
    barrier : Barrier
        Raised.

    Raises
    ------
    Doubtful
        If what is drawn depends on more than can be told.
    """

    def __init__(self, figure: Any, first: DisplayList, savefig_kwargs: dict[str, Any], barrier: Barrier) -> None:
        # What takes everything down has lines take their data that were never drawn: that changes no drawing.
        with barrier.deaf():
            self._take_down(figure, first, savefig_kwargs, barrier.of_stepper())

    def _take_down(self, figure: Any, first: DisplayList, savefig_kwargs: dict[str, Any], barrier: Barrier) -> None:
        visits = [Visit(*visit) for visit in first.visits]
        draw_order = DrawOrder.of(figure, visits, first.calls, savefig_kwargs, barrier, at_rest=True)
        if draw_order is None or engine_of(figure) is not None:
            raise Untrackable("the figure holds more than plain axes")
        if len(draw_order.leaves) > _MOST_ARTISTS:
            raise Untrackable("there are more artists than are worth comparing")
        self._draw_order, self._settings, self._barrier = draw_order, Settings(), barrier
        coordinates = self._coordinates = _Coordinates(figure, draw_order.axes, barrier)
        artists = [figure.patch, *draw_order.leaves]
        self._resting = [
            _Leaf(artist, place, barrier, coordinates.held.numbers) for place, artist in enumerate(artists)
        ]
        self._moving: list[_Leaf] = []
        self._compare()
        self._frame = 0
        base = Digest("pose").add("calls", first.digest).add("coordinates", coordinates.held.digest)
        base.add("settings", repr(self._settings)).add("saved", repr(plain_values(savefig_kwargs)))
        base.add("matplotlib", repr((MATPLOTLIB.digest, locale.setlocale(locale.LC_ALL))))
        base.add("fonts", repr([_described(font) for font in fontManager.ttflist]))
        for container in (figure, *draw_order.axes):
            base.add("container", repr(plain_of(container)))
        for leaf in self._resting:
            of = [ax is leaf.artist.axes for ax in draw_order.axes]
            base.add("artist", leaf.held.digest).add("of", repr(of))
        self._base = base.digest()

    def take(self, *, whole: bool = False) -> str | None:
        """Return the pose of the frame that was stepped; None if it has none.

        Parameters
        ----------
        whole : bool
            Take down everything, to see that nobody has written past the barrier.

        Raises
        ------
        Missed
            If somebody has.
        """
        self._frame += 1
        if not self._settings.are_in_force() or not self._draw_order.is_same():
            return None
        if not self._coordinates.clean or not self._at_rest():
            return None
        missed = [leaf.artist for leaf in self._resting if leaf.held.changes()] if whole else ()
        if missed:
            raise Missed(str(missed[0]))
        digest = Digest("pose").add("first", self._base)
        visible = 0
        for leaf in self._moving:
            if not self._draw_order.may_move(leaf.artist):
                return None
            visible += leaf.artist.get_visible()
            if visible > _MOST_MOVING:
                return None
            try:
                changes = leaf.held.changes()
            except Untrackable:
                return None
            if changes:
                digest.add("at", leaf.place).add("changed", changes)
        return digest.hexdigest()

    def _at_rest(self) -> bool:
        """See which artists have moved; return whether the coordinates have not."""
        if not all([leaf.clean for leaf in self._resting]) or not self._held.is_unchanged(self._frame):
            if not self._coordinates.footprint.held.is_unchanged(self._frame):
                return False
            resting: list[_Leaf] = []
            for leaf in self._resting:
                if leaf.clean and leaf.footprint.held.is_unchanged(self._frame):
                    resting.append(leaf)
                else:
                    leaf.footprint.leave()  # what it holds is compared in each frame from now on
                    self._moving.append(leaf)
            self._resting = resting
            self._moving.sort(key=lambda leaf: leaf.place)
            self._compare()
        return True

    def _compare(self) -> None:
        """Compare from now on what those that rest hold, all of it at once."""
        footprints = [self._coordinates.footprint, *(leaf.footprint for leaf in self._resting)]
        self._held = BatchSnapshot.of_all(footprint.held for footprint in footprints)
        self._barrier.note_after_deaf(self._held)


def plain_of(container: Any) -> list[tuple[str, Any]]:
    """Return the numbers and words that an axes or a figure holds itself."""
    held = vars(container).items()
    return [(name, value) for name, value in held if type(value) in _PLAIN and name not in _OF_A_DRAW]


def _described(font: Any) -> tuple[Any, ...]:
    """Return what decides whether a font is chosen, and which it is, but not in which folder."""
    return os.path.basename(font.fname), font.name, font.style, font.variant, font.weight, font.stretch, font.size
