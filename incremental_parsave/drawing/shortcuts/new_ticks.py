"""Making new ticks by copying: many times as fast as matplotlib's constructor, with the same result.

An axis that was cleared makes all its ticks anew, six to ten of them in each frame.  A tick has three lines and two
texts, and its constructor reads some fifty settings; in scenes that clear their axes, this was a quarter of all CPU
time.  Here the constructor makes one tick for each set of options, the template, which nobody else gets.  Other
ticks are copies of it, placed like those that the constructor makes.

A scene that is stepped without being drawn had even more to do.  A spine that has never been drawn takes its position
when a tick is made, and then has its axis make its ticks anew, so an axis that was cleared made most of them three
times.  Here the spines take their positions before the first tick is made.

The names of `_NAMES` are private.  If matplotlib lacks one of them, or a tick has an attribute of a kind that is not
known here, ticks are constructed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Hashable, Iterator
from enum import Enum
from types import FunctionType
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis, XAxis, XTick, YAxis, YTick
from matplotlib.cbook import CallbackRegistry
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.markers import MarkerStyle
from matplotlib.path import Path
from matplotlib.spines import Spine
from matplotlib.text import Text
from matplotlib.transforms import TransformNode

from ..reuse.known_classes import is_matplotlibs_class
from ..settings import Settings

_NAMES: dict[type, dict[str, str]] = {
    Axis: {"_get_tick": "_tick_class _major_tick_kw _minor_tick_kw", "_copy_tick_props": "update_from"},
    Spine: {"_ensure_position_is_set": "_position"},
    XTick: {"_get_text1_transform": "_pad", "_get_text2_transform": "_pad"},
    YTick: {"_get_text1_transform": "_pad", "_get_text2_transform": "_pad"},
}
"""Private methods, each with names that it uses."""

_HAS_NAMES = all(
    name in vars(owner) and set(vars(owner)[name].__code__.co_names) >= set(used.split())
    for owner, methods in _NAMES.items()
    for name, used in methods.items()
)

_LINES, _LABELS = ("tick1line", "tick2line", "gridline"), ("label1", "label2")
_PARTS = (*_LINES, *_LABELS)
_AT = ("tick1", "tick2", "grid")  # where the lines are, as the methods that return their transforms call it
_PLAIN = frozenset({int, float, str, bool, type(None), np.float64, np.bool_})
_MOST = 64  # templates

# Objects that a tick shares with its copies: matplotlib replaces them, and does not change them in place.
_SHARED = (Enum, TransformNode, FunctionType, MarkerStyle, Path)
_SHARED_NAMES = frozenset({"_path_effects", "_x", "_y", "_xy"})  # the first is the list in rcParams itself
_LISTS = ("_xorig", "_yorig")
_OWNERS = ("_axes", "_parent_figure", "_transform")

# By axis class: its tick class, the spines at which the ticks are, and the method that returns their transforms.
_KINDS: dict[type, tuple[type, tuple[str, str], str]] = {
    XAxis: (XTick, ("bottom", "top"), "get_xaxis_transform"),
    YAxis: (YTick, ("left", "right"), "get_yaxis_transform"),
}
_OF_AXES = frozenset({"get_xaxis_transform", "get_yaxis_transform"}) | {
    f"get_{axis}axis_text{number}_transform" for axis in "xy" for number in (1, 2)
}

# What `Axis._copy_tick_props` copies in matplotlib 3.10.0 and 3.11.2.
_CLIP = ("clipbox", "_clipon", "_clippath")
_OF_ARTIST = ("_transform", "_transformSet", "_visible", "_alpha", "_label", "_sketch", "_path_effects")
_OF_LINE = (
    *_OF_ARTIST,
    *("_linestyle", "_linewidth", "_color", "_gapcolor", "_markersize", "_markerfacecolor", "_markerfacecoloralt"),
    *("_markeredgecolor", "_markeredgewidth", "_unscaled_dash_pattern", "_dash_pattern", "_dashcapstyle"),
    *("_dashjoinstyle", "_solidcapstyle", "_solidjoinstyle", "_marker", "_drawstyle"),
)
_OF_LABEL = (
    *_OF_ARTIST,
    *("_color", "_multialignment", "_verticalalignment", "_horizontalalignment", "_usetex", "_rotation"),
    *("_transform_rotates_text", "_picker", "_linespacing", "_antialiased"),
)
_OF_TICK = (
    *_OF_ARTIST[2:],
    *("_loc", "_size", "_width", "_base_pad", "_labelrotation", "_zorder", "_tickdir"),
)
_COPIES = frozenset(
    "MarkerStyle copy pchanged stale sticky_edges _sticky_edges super update_from x y _fontproperties".split()
).union(_CLIP, _OF_LINE, _OF_LABEL, _OF_TICK, _PARTS)
_CAN_COMPARE = _HAS_NAMES and all(
    _COPIES.issuperset(function.__code__.co_names)
    for function in (Artist.update_from, Line2D.update_from, Text.update_from, vars(Axis)["_copy_tick_props"])
)


class _Placed(NamedTuple):
    """How the ticks of one axis are made.  Nothing here refers to the axis, so that it can be deleted."""

    template: Any
    options: dict[str, Any]
    kinds: list[type]
    places: tuple[Any, ...]
    transforms: tuple[Any, ...]  # of the parts


class _Templates:
    """The templates for all axis objects, made with the current settings."""

    def __init__(self, make: Callable[[Any, bool], Any]) -> None:
        self._make = make
        self._templates: dict[Hashable, Any] = {}
        self._placed: WeakKeyDictionary[Any, dict[bool, _Placed]] = WeakKeyDictionary()
        self._settings: Settings | None = None

    def tick(self, axis: Any, major: bool) -> Any:
        """Return a new tick for *axis*."""
        if not _is_known_axis(axis):
            return self._make(axis, major)
        _place_spines(axis)
        if self._settings is None or not self._settings.are_in_force():
            self._templates, self._placed, self._settings = {}, WeakKeyDictionary(), Settings()
        options = axis._major_tick_kw if major else axis._minor_tick_kw
        kinds = list(map(type, options.values()))
        places = _places(axis)
        placed = self._placed.setdefault(axis, {}).get(major)
        if (
            placed is None
            or placed.options != options
            or placed.kinds != kinds
            or not all(now is then for now, then in zip(places, placed.places, strict=True))
        ):
            placed = self._place(axis, major, dict(options), kinds, places)
            if placed is None:
                return self._make(axis, major)
            self._placed[axis][major] = placed
        return _copy(placed.template, axis.axes, placed.transforms)

    def _place(
        self, axis: Any, major: bool, options: dict[str, Any], kinds: list[type], places: tuple[Any, ...]
    ) -> _Placed | None:
        """Return how the ticks of *axis* are made, with a template that is made if need be; None if it is not known."""
        if not _PLAIN.issuperset(kinds):
            return None
        key = type(axis), major, *options.items(), *kinds
        if key not in self._templates:
            if len(self._templates) >= _MOST:
                self._templates.clear()
            made = self._make(axis, major)
            can_be_copied = _can_be_copied(made)
            self._templates[key] = _copy(made, None, (None,) * len(_PARTS)) if can_be_copied else None
        template = self._templates[key]
        if template is None:
            return None
        new = _copy(template, axis.axes, (None,) * len(_PARTS))
        labels = new._get_text1_transform()[0], new._get_text2_transform()[0]
        return _Placed(template, options, kinds, places, (*places[: len(_LINES)], *labels))


@contextlib.contextmanager
def made_by_copying() -> Iterator[None]:
    """Make new ticks by copying within this context."""
    if not _HAS_NAMES:
        yield
        return
    make, copy_props = vars(Axis)["_get_tick"], vars(Axis)["_copy_tick_props"]
    templates = _Templates(make)

    def copy_tick_props(axis: Any, src: Any, dest: Any) -> None:
        if not (_CAN_COMPARE and type(axis) in _KINDS and _copied_at_once(src, dest)):
            copy_props(axis, src, dest)

    Axis._get_tick, Axis._copy_tick_props = lambda axis, major: templates.tick(axis, major), copy_tick_props
    try:
        yield
    finally:
        Axis._get_tick, Axis._copy_tick_props = make, copy_props


def _is_known_axis(axis: Any) -> bool:
    """Whether the ticks of *axis* depend only on its options, on `_places` and on the settings."""
    if type(axis) not in _KINDS:
        return False
    tick_class, spines, _ = _KINDS[type(axis)]
    axes = axis.axes
    return (
        type(axes) is Axes
        and axis._tick_class is tick_class
        and "_get_tick" not in vars(axis)
        and _OF_AXES.isdisjoint(vars(axes))
        and all(map(is_matplotlibs_class, (type(axis), tick_class, Axes, Line2D, Text, Spine)))
        and all(type(axes.spines.get(name)) is Spine for name in spines)
    )


def _place_spines(axis: Any) -> None:
    """Let the spines of *axis* take their positions, and reset its ticks, as they do while a tick is constructed."""
    spines = [axis.axes.spines[name] for name in _KINDS[type(axis)][1]]
    unplaced = [spine for spine in spines if spine._position is None]
    for spine in unplaced:
        owner, spine.axis = spine.axis, None  # so that it does not reset the ticks itself
        try:
            spine._ensure_position_is_set()
        finally:
            spine.axis = owner
    if any(spine.axis is not None for spine in unplaced):
        axis.reset_ticks()


def _places(axis: Any) -> tuple[Any, ...]:
    """Return the transforms of the lines of a tick of *axis*, and that of the figure's dpi."""
    axes = axis.axes
    transform = getattr(axes, _KINDS[type(axis)][2])
    return *[transform(which=at) for at in _AT], axes.get_figure(root=False).dpi_scale_trans


def _can_be_copied(tick: Any) -> bool:
    """Whether all attributes of *tick* are of kinds that `_copy` knows."""
    parts = [getattr(tick, name) for name in _PARTS]
    return [type(each) for each in parts] == [Line2D] * len(_LINES) + [Text] * len(_LABELS) and all(
        vars(each).keys() >= set(_OWNERS)
        and all(name in _OWNERS or name in _PARTS or _is_known(name, value) for name, value in vars(each).items())
        for each in (tick, *parts)
    )


def _is_known(name: str, value: Any) -> bool:
    kind = type(value)
    if name == "_callbacks":
        return kind is CallbackRegistry and not value.callbacks
    if name == "_fontproperties":
        return kind is FontProperties
    if name == "_sticky_edges":
        return value is None or (isinstance(value, tuple) and not any(value))
    if name in _LISTS:
        return kind is list
    if kind is tuple:
        return all(_is_known("", each) for each in value)
    return kind in _PLAIN or isinstance(value, _SHARED) or name in _SHARED_NAMES


def _copy(tick: Any, axes: Any, transforms: tuple[Any, ...]) -> Any:
    """Return a new tick with the attributes of *tick*, in *axes*, whose parts have these *transforms*."""
    figure = axes.get_figure(root=False) if axes is not None else None
    new = _copy_of_artist(tick, figure)
    held = vars(new)
    held["_axes"] = axes
    for name, transform in zip(_PARTS, transforms, strict=True):
        held[name] = part = _copy_of_artist(held[name], figure)
        vars(part)["_transform"] = transform
    if axes is not None:
        new.stale = True  # as in the constructor, for the axes to know
    return new


def _copy_of_artist(artist: Any, figure: Any) -> Any:
    new = object.__new__(type(artist))
    held = vars(new)
    held.update(vars(artist))
    held["_parent_figure"] = figure
    held["_callbacks"] = CallbackRegistry(signals=["pchanged"])
    if (edges := held["_sticky_edges"]) is not None:
        held["_sticky_edges"] = type(edges)([], [])
    if (prop := held.get("_fontproperties")) is not None:
        held["_fontproperties"] = prop.copy()
    elif "_xorig" in held:
        for name in _LISTS:
            held[name] = list(held[name])
    return new


def _copied_at_once(src: Any, dest: Any) -> bool:
    """Do what ``_copy_tick_props`` does if the ticks differ in clipping alone; return False if they differ in more.

    Both are copies of one template as a rule, so it suffices to compare their attributes by identity.
    """
    if type(src) is not type(dest) or src is None:
        return False
    pairs = [(vars(getattr(src, name)), vars(getattr(dest, name))) for name in _PARTS]
    whole = vars(src), vars(dest)
    for (then, now), names in zip((*pairs, whole), (*[_OF_LINE] * 3, *[_OF_LABEL] * 2, _OF_TICK), strict=True):
        for name in names:
            if then.get(name) is not now.get(name):
                return False
    for then, now in (*pairs, whole):
        if then["_sticky_edges"] is not None and any(then["_sticky_edges"]):
            return False
        if "_fontproperties" in then and vars(then["_fontproperties"]) != vars(now["_fontproperties"]):
            return False
    for then, now in (*pairs, whole):
        now.update({name: then[name] for name in _CLIP if name in then})
    dest.stale = True
    return True
