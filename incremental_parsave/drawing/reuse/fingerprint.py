"""Frame fingerprints: digests of the values that a figure's artists hold, taken without drawing.

Frames with equal fingerprints are drawn by the same calls.  So a block whose
fingerprints are known from an earlier build need not even be recorded.  Fingerprints
are taken while frames are stepped, at a fraction of the cost of a recording: the first
frame is captured completely, by value; of each later frame, only the differences from
the first frame are captured.

A fingerprint is the digest of

1. the first frame: its calls, and all values that its artists, axes and figure hold;
2. the artists whose values are different now, each with its position in the draw order and its new values; of
   hidden artists, only that they are hidden, unless a legend keeps away from them.

Everything else is known to be unchanged: the barrier detects assignments, and
comparisons detect changes in place.  A frame in which anything more has changed (an
axis, the children of an axes, a limit, a setting) has no fingerprint.  Neither has any
frame of a figure that holds something that a `Footprint` cannot track.
"""

from __future__ import annotations

import locale
import os
from collections.abc import Mapping
from typing import Any

from matplotlib.font_manager import fontManager
from matplotlib.legend import Legend

from ...keys.canonical import Digest
from ..calls.display_list import DisplayList
from ..pristine import MATPLOTLIB
from ..settings import Settings
from .barrier import Barrier
from .batch_snapshot import BatchSnapshot
from .draw_order import DrawOrder, Visit, engine_of, is_hidden, plain_values
from .footprint import Footprint, owners_of, roots_of
from .identity import identity
from .known_classes import Untrackable, context_of, places_of_figure
from .snapshot import Snapshot

_MOST_ARTISTS = 400  # in a figure; capturing more of them costs more than it saves
_MOST_MOVING = 32  # visible artists in a frame
_PLAIN = (int, float, str, bool, type(None))
_OF_A_DRAW = frozenset({"_stale", "stale", "_layoutbox"})


class Missed(Exception):
    """An artist changed without being noticed, so the fingerprints of earlier frames may be wrong."""


class _Leaf:
    """An artist that is neither a figure nor an axes.

    Parameters
    ----------
    artist : matplotlib.artist.Artist
    place : int
        Its position in the draw order of the first frame.
    barrier : Barrier
    known : mapping
        The numbers of all coordinate objects, by `id`.

    Attributes
    ----------
    clean : bool
        Whether nothing has been assigned to the objects that it depends on.
    held : Snapshot
        Its values in the first frame.
    """

    was_visible = True

    def __init__(self, artist: Any, place: int, barrier: Barrier, known: Mapping[int, int]) -> None:
        self.artist, self.place, self.clean = artist, place, True
        # Taken before assignments are watched, since it makes lines convert their data.
        self.held = Snapshot([artist], known)
        self.footprint = Footprint(roots_of(artist), barrier, self, owners=owners_of(artist), alone=False)

    def changes(self) -> bytes:
        """Return a digest of what is different from the first frame; empty if nothing is."""
        return self.held.changes()


class _HiddenLeaf:
    """An artist that was hidden in the first frame (see `is_hidden`).  It is captured when it is first visible."""

    was_visible = False

    def __init__(self, artist: Any, place: int, known: Mapping[int, int]) -> None:
        self.artist, self.place, self._known = artist, place, known
        self._held: Snapshot | None = None

    def changes(self) -> bytes:
        """Return a digest of all values that it holds now."""
        if self._held is None:
            self._held = Snapshot([self.artist], self._known)
        return self._held.digest + self._held.changes()


class _Coordinates:
    """The coordinate systems of the figure and all axes, in which artists are placed.  None of them may change."""

    def __init__(self, figure: Any, axes: list[Any], barrier: Barrier) -> None:
        places = [*places_of_figure(figure)]
        for ax in axes:
            places += context_of(ax)
        self.clean = True
        self.footprint = Footprint(places, barrier, self)
        self.held = Snapshot(places)


class Fingerprints:
    """Computes the fingerprints of the frames of one movie.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        In the state that it has after the first frame.
    first : DisplayList
        The recording of the first frame.
    savefig_kwargs : dict
        The arguments with which the first frame was recorded.
    barrier : Barrier
        Must be raised.

    Raises
    ------
    Untrackable
        If the drawing depends on something that cannot be tracked.
    """

    def __init__(self, figure: Any, first: DisplayList, savefig_kwargs: dict[str, Any], barrier: Barrier) -> None:
        # Taking snapshots makes lines that were never drawn convert their data.  That changes no drawing.
        with barrier.suspended():
            self._capture(figure, first, savefig_kwargs, barrier.of_stepper())

    def _capture(self, figure: Any, first: DisplayList, savefig_kwargs: dict[str, Any], barrier: Barrier) -> None:
        visits = [Visit(*visit) for visit in first.visits]
        draw_order = DrawOrder.of(figure, visits, first.calls, savefig_kwargs, barrier, at_rest=True)
        if draw_order is None or engine_of(figure) is not None:
            raise Untrackable("the figure holds more than plain axes")
        self._legends = [leaf for leaf in draw_order.leaves if isinstance(leaf, Legend)]
        self._ignores_hidden = not self._seeks_best_place()
        hidden = set(map(identity, filter(is_hidden, draw_order.leaves))) if self._ignores_hidden else set()
        if len(draw_order.leaves) - len(hidden) > _MOST_ARTISTS:
            raise Untrackable("there are too many artists to compare")
        drawn = {*map(identity, draw_order.axes), identity(None)}
        if any(
            identity(leaf.axes) not in drawn for leaf in draw_order.leaves
        ):  # the values of such axes are not compared
            raise Untrackable("an artist belongs to axes that are not drawn")
        self._draw_order, self._settings, self._barrier = draw_order, Settings(), barrier
        coordinates = self._coordinates = _Coordinates(figure, draw_order.axes, barrier)
        artists, known = [figure.patch, *draw_order.leaves], coordinates.held.numbers
        self._resting = [
            _Leaf(artist, place, barrier, known)
            for place, artist in enumerate(artists)
            if identity(artist) not in hidden
        ]
        self._hidden = [
            _HiddenLeaf(artist, place, known) for place, artist in enumerate(artists) if identity(artist) in hidden
        ]
        self._moving: list[_Leaf] = []
        self._compare()
        self._frame = 0
        base = Digest("fingerprint").add("calls", first.digest).add("coordinates", coordinates.held.digest)
        base.add("settings", repr(self._settings)).add("saved", repr(plain_values(savefig_kwargs)))
        base.add("matplotlib", repr((MATPLOTLIB.digest, locale.setlocale(locale.LC_ALL))))
        base.add("fonts", repr([_described(font) for font in fontManager.ttflist]))
        for container in (figure, *draw_order.axes):
            base.add("container", repr(plain_of(container)))
        for leaf in self._resting:
            of = [ax is leaf.artist.axes for ax in draw_order.axes]
            base.add("artist", leaf.held.digest).add("of", repr(of))
        for hidden_leaf in self._hidden:
            of = [ax is hidden_leaf.artist.axes for ax in draw_order.axes]
            base.add("hidden", hidden_leaf.place).add("of", repr(of))
        self._base = base.digest()

    def take(self, *, whole: bool = False) -> str | None:
        """Return the fingerprint of the frame that was just stepped, or None if it has none.

        Parameters
        ----------
        whole : bool
            Compare all artists by value, to verify that no write has bypassed the barrier.

        Raises
        ------
        Missed
            If an artist was written without being noticed.
        """
        self._frame += 1
        if not self._settings.are_in_force() or not self._draw_order.is_same():
            return None
        if not self._coordinates.clean or not self._at_rest():
            return None
        if self._ignores_hidden and self._seeks_best_place():
            return None
        missed = [leaf.artist for leaf in self._resting if leaf.held.changes()] if whole else ()
        if missed:
            raise Missed(str(missed[0]))
        digest = Digest("fingerprint").add("first", self._base)
        visible = 0
        leaves: list[_Leaf | _HiddenLeaf] = [*self._moving, *self._hidden]
        for leaf in leaves:
            if self._ignores_hidden and is_hidden(leaf.artist):
                if leaf.was_visible:
                    digest.add("at", leaf.place).add("is", "hidden")
                continue
            if not self._draw_order.may_move(leaf.artist):
                return None
            visible += leaf.artist.get_visible()
            if visible > _MOST_MOVING:
                return None
            try:
                changes = leaf.changes()
            except Untrackable:
                return None
            if changes:
                digest.add("at", leaf.place).add("changed", changes)
        return digest.hexdigest()

    def _seeks_best_place(self) -> bool:
        """Whether a legend seeks the best place: it keeps away from all artists of its axes, hidden or not."""
        return any(legend._loc_real == 0 for legend in self._legends)

    def _at_rest(self) -> bool:
        """Find the artists that have changed; return False if the coordinates have changed."""
        if not all([leaf.clean for leaf in self._resting]) or not self._held.is_unchanged(self._frame):
            if not self._coordinates.footprint.held.is_unchanged(self._frame):
                return False
            resting: list[_Leaf] = []
            for leaf in self._resting:
                if leaf.clean and leaf.footprint.held.is_unchanged(self._frame):
                    resting.append(leaf)
                else:
                    leaf.footprint.leave()  # from now on, its values are compared in every frame
                    self._moving.append(leaf)
            self._resting = resting
            self._moving.sort(key=lambda leaf: leaf.place)
            self._compare()
        return True

    def _compare(self) -> None:
        """From now on, compare the state of all resting artists in one batch."""
        footprints = [self._coordinates.footprint, *(leaf.footprint for leaf in self._resting)]
        self._held = BatchSnapshot.of_all(footprint.held for footprint in footprints)
        self._barrier.track_while_suspended(self._held)


def plain_of(container: Any) -> list[tuple[str, Any]]:
    """Return the attributes of an axes or a figure that are plain values (numbers, strings, None)."""
    held = vars(container).items()
    return [(name, value) for name, value in held if type(value) in _PLAIN and name not in _OF_A_DRAW]


def _described(font: Any) -> tuple[Any, ...]:
    """Return the properties by which matplotlib selects and identifies a font, without its folder."""
    return os.path.basename(font.fname), font.name, font.style, font.variant, font.weight, font.stretch, font.size
