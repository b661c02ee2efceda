"""All that an artist's draw depends on, so that it can be told whether it would draw the same again.

A footprint is made by walking through what an artist reaches.  It is made only
if every object on the way is of a class listed here, whose draws were read to
depend on nothing else: `Doubtful` otherwise, and the artist is recorded in every
frame.  What is reached falls into four kinds:

* objects whose assignments the barrier sees: those of its classes;
* containers and small objects, whose elements are compared by identity;
* transforms, of which the leaves are compared by value (they are changed in place);
* arrays, compared by value.

The classes and the attributes named here were read in matplotlib 3.9.0 and 3.11.2.
"""

from __future__ import annotations

import functools
from collections import OrderedDict
from collections.abc import Iterable
from enum import Enum
from itertools import chain
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib import (
    axes,
    axis,
    category,
    collections,
    colorbar,
    colors,
    contour,
    image,
    legend,
    lines,
    markers,
    offsetbox,
    patches,
    patheffects,
    scale,
    spines,
    text,
    ticker,
    transforms,
)
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path

from .barrier import IDLE_OF, WATCHED, Barrier, Watcher
from .in_place import InPlace


class Doubtful(Exception):
    """What an artist draws may depend on something that cannot be watched."""


_LARGE = 4096  # bytes of an array that is compared by digest
_MOST_ELEMENTS = 20_000  # in containers; beyond, drawing is as cheap as comparing

_ATOMS = frozenset({int, float, complex, str, bytes, bool, type(None), type(Ellipsis), slice, np.bool_})

# The attributes that a transform is made of; its other ones are caches.
_TRANSFORMS: dict[type, tuple[str, ...]] = {
    transforms.Affine2D: (),
    transforms.Bbox: (),
    transforms.IdentityTransform: (),
    transforms.TransformedBbox: ("_bbox", "_transform"),
    transforms.TransformWrapper: ("_child",),
    transforms.CompositeGenericTransform: ("_a", "_b"),
    transforms.CompositeAffine2D: ("_a", "_b"),
    transforms.BlendedGenericTransform: ("_x", "_y"),
    transforms.BlendedAffine2D: ("_x", "_y"),
    transforms.BboxTransform: ("_boxin", "_boxout"),
    transforms.BboxTransformTo: ("_boxout",),
    transforms.BboxTransformFrom: ("_boxin",),
    transforms.ScaledTranslation: ("_t", "_scale_trans"),
    transforms.TransformedPath: ("_path", "_transform"),
    transforms.TransformedPatchPath: ("_patch",),
    scale.LogTransform: ("base", "_clip"),
    scale.InvertedLogTransform: ("base",),
    scale.SymmetricalLogTransform: ("base", "linthresh", "linscale"),
    scale.InvertedSymmetricalLogTransform: ("base", "linthresh", "linscale"),
    scale.LogitTransform: ("_nonpositive", "_clip"),
    scale.LogisticTransform: ("_nonpositive",),
}
_PATH = ("_vertices", "_codes", "_should_simplify", "_simplify_threshold")
_LEAVES = {transforms.Affine2D: ("_mtx",), transforms.Bbox: ("_points", "_minpos")}

_KNOWN = {
    *(lines.Line2D, text.Text, text.Annotation, spines.Spine, colorbar._ColorbarSpine),
    *(patches.Rectangle, patches.Circle, patches.Ellipse, patches.Polygon, patches.PathPatch, patches.Wedge),
    *(patches.FancyBboxPatch, patches.FancyArrowPatch, patches.StepPatch, patches.RegularPolygon, patches.Arrow),
    *(patches.FancyArrow, patches.CirclePolygon),
    *(collections.PathCollection, collections.LineCollection, collections.PolyCollection, collections.QuadMesh),
    *(collections.PatchCollection, collections.TriMesh, collections.EventCollection),
    *(contour.QuadContourSet, image.AxesImage, image.FigureImage),
    *(axis.XAxis, axis.YAxis, axis.XTick, axis.YTick, axis.Ticker),
    *(legend.Legend, offsetbox.VPacker, offsetbox.HPacker, offsetbox.TextArea, offsetbox.DrawingArea),
    *(colors.Normalize, colors.LogNorm, colors.SymLogNorm, colors.PowerNorm, colors.BoundaryNorm, colors.NoNorm),
    *(colors.TwoSlopeNorm, colors.CenteredNorm, colors.ListedColormap, colors.LinearSegmentedColormap),
    *(FontProperties, markers.MarkerStyle),
    *(scale.LinearScale, scale.LogScale, scale.SymmetricalLogScale, scale.LogitScale),
    *(ticker.ScalarFormatter, ticker.NullFormatter, ticker.FixedFormatter, ticker.LogFormatter),
    *(ticker.LogFormatterExponent, ticker.LogFormatterMathtext, ticker.LogFormatterSciNotation),
    *(ticker.StrMethodFormatter, ticker.FormatStrFormatter, ticker.PercentFormatter, ticker.FuncFormatter),
    *(ticker.AutoLocator, ticker.MaxNLocator, ticker.FixedLocator, ticker.NullLocator, ticker.MultipleLocator),
    *(ticker.LinearLocator, ticker.LogLocator, ticker.AutoMinorLocator, ticker.SymmetricalLogLocator),
    *(ticker.LogitLocator, ticker.LogitFormatter, ticker.IndexLocator),
    *(category.StrCategoryLocator, category.StrCategoryFormatter, category.StrCategoryConverter, category.UnitData),
}
for _name in ("FillBetweenPolyCollection",):  # since matplotlib 3.10
    if hasattr(collections, _name):
        _KNOWN.add(getattr(collections, _name))
if hasattr(mpl, "colorizer"):
    _KNOWN.add(mpl.colorizer.Colorizer)
if hasattr(ticker, "_DummyAxis"):
    _KNOWN.add(ticker._DummyAxis)
for _styles in (patches.BoxStyle, patches.ArrowStyle, patches.ConnectionStyle):
    _KNOWN.update(_styles.get_styles().values())
_KNOWN.update(
    each for each in vars(patheffects).values() if isinstance(each, type) and each.__module__ == patheffects.__name__
)

# References back, to those who listen, and to caches of what was drawn.
_NOT_WALKED = frozenset(
    "axes _axes _ax figure _parent_figure _callbacks callbacks stale_callback _stale stale _remove_method _renderer"
    " _sticky_edges _imcache colorbar colorbar_cid _colorbar parent _counter _transformed_path _mouseover _picker"
    " _url _urls _gid _segmentdata _xorig _yorig _contains _custom_handler_map _parents ax axis"
    " _contour_generator".split()
)


def _is_known(cls: type) -> bool:
    """Whether *cls* is one of those listed, as matplotlib made it."""
    return cls in _KNOWN and is_matplotlibs_class(cls)


@functools.cache
def is_matplotlibs_class(cls: type) -> bool:
    """Whether all methods of *cls* are those that matplotlib gave it."""
    watched = ("__setattr__", "__delattr__")  # by the barrier, which would not be raised over somebody else's
    members = ((name, member) for each in cls.__mro__ for name, member in vars(each).items() if name not in watched)
    functions = (member.fget if isinstance(member, property) else member for _, member in members)
    return all(_is_matplotlibs(each) for each in functions if isinstance(each, FunctionType))


def _is_matplotlibs(function: FunctionType) -> bool:
    of = str(function.__module__).partition(".")[0]
    return of in ("matplotlib", "mpl_toolkits", "enum", "contextlib", "numpy", __name__.partition(".")[0])


class Footprint:
    """What *artist* depended on when it was recorded.

    Parameters
    ----------
    artist : matplotlib.artist.Artist
        Just recorded.
    barrier : Barrier
    watcher : Watcher
        To be told of assignments.

    Attributes
    ----------
    held : InPlace
        What is changed without an assignment.

    Raises
    ------
    Doubtful
        If it cannot be told what it depends on.
    """

    def __init__(self, artist: Any, barrier: Barrier, watcher: Watcher) -> None:
        self._barrier, self._watcher = barrier, watcher
        self._seen: dict[int, Any] = {}
        self._watched: list[Any] = []
        self.held = InPlace()
        self._walk(_roots(artist))
        self.held.note()
        if self.held.count > _MOST_ELEMENTS:
            raise Doubtful("it holds more than is worth comparing")
        for watched in (*self._watched, *_owners(artist)):
            barrier.watch(watched, watcher)
            self._seen[id(watched)] = watched

    def leave(self) -> None:
        """Be told of assignments no longer."""
        for watched in self._seen.values():
            self._barrier.forget(watched, self._watcher)

    # -- the walk ---------------------------------------------------------

    def _walk(self, roots: Iterable[Any]) -> None:
        waiting = list(roots)
        while waiting:
            value = waiting.pop()
            kind = type(value)
            if kind in _ATOMS or id(value) in self._seen:
                continue
            self._seen[id(value)] = value
            if isinstance(value, np.generic | Enum):
                continue
            waiting.extend(self._reached(value, kind))

    def _reached(self, value: Any, kind: type) -> Any:
        """Take *value* in; return what it refers to."""
        if kind is tuple or kind is frozenset:
            return value
        if kind is list or kind is set:
            self.held.containers.append(value)
            return value
        if kind in (dict, OrderedDict):
            self.held.containers.append(value)
            return chain(value, value.values())
        if kind is np.ndarray:
            self._take_array(value)
            return ()
        if kind is np.ma.MaskedArray:
            self._take_array(value.data)
            if value.mask is not np.ma.nomask:
                self._take_array(value.mask)
            return ()
        if isinstance(value, transforms.TransformNode):
            return self._reached_by_transform(value, kind)
        if kind is Path:
            self.held.parts += [(value, name) for name in _PATH]
            return [getattr(value, name) for name in _PATH]
        if isinstance(value, FunctionType | BuiltinFunctionType | MethodType | functools.partial | type):
            return _reached_by_callable(value)
        if not _is_known(kind):
            raise Doubtful(f"it reaches a {kind.__qualname__}")
        held = _attributes(value)
        if isinstance(value, WATCHED):
            self._watched.append(value)
        else:
            self.held.containers.append(vars(value))
        walked = (name for name in held if name not in _NOT_WALKED and not isinstance(value, IDLE_OF.get(name, ())))
        return [held[name] for name in walked] + _more(value)

    def _reached_by_transform(self, value: Any, kind: type) -> Iterable[Any]:
        if kind not in _TRANSFORMS:
            raise Doubtful(f"it is placed by a {kind.__qualname__}")
        self.held.parts += [(value, name) for name in _TRANSFORMS[kind]]
        self.held.nodes += [(value, name) for name in _LEAVES.get(kind, ())]
        return [getattr(value, name) for name in _TRANSFORMS[kind]]

    def _take_array(self, array: Any) -> None:
        if array.dtype.hasobject:
            if array.size > 64:
                raise Doubtful("it holds an array of objects")
            self.held.containers.append(array.reshape(-1))
            return
        while not array.flags.c_contiguous:
            array = array.T if array.flags.f_contiguous else array.base  # all of what it is a part of
            if type(array) is not np.ndarray:
                raise Doubtful("it holds an array that is not contiguous")
        # Seen as bytes, since arrays of times have no buffer; the memory is the same.
        octets = array.reshape(-1).view(np.uint8) if array.size else np.zeros(0, np.uint8)
        (self.held.large if octets.nbytes > _LARGE else self.held.small).append(octets)


def _attributes(value: Any) -> dict[str, Any]:
    """Return the attributes of *value* that count."""
    held: dict[str, Any] = vars(value)
    if isinstance(value, text.Text) and (value.get_wrap() or value.get_usetex()):
        raise Doubtful("its text is wrapped, or set by TeX")
    if isinstance(value, lines.Line2D) and held.get("_markevery") is not None:
        raise Doubtful("it marks some points only")
    if isinstance(value, text._AnnotationBase):
        coordinates = (value.xycoords, value.anncoords)
        parts = chain.from_iterable(each if isinstance(each, tuple) else (each,) for each in coordinates)
        if held.get("_draggable") is not None or not all(isinstance(part, str) for part in parts):
            raise Doubtful("it is placed by something else")
    if isinstance(value, legend.Legend) and (value._loc_real == 0 or held.get("_draggable") is not None):
        raise Doubtful("it seeks the best place")
    if isinstance(value, colors.Colormap) and not value._isinit:
        return {}  # is looked up from the next draw on
    return held


def _more(value: Any) -> list[Any]:
    """Return what *value* reads though it does not hold it."""
    if isinstance(value, axis.Axis):
        # An aligned label goes by the ticks of other axes.
        groups = value.figure.figure._align_label_groups.values()
        if any(len(group.get_siblings(value.axes)) > 1 for group in groups):
            raise Doubtful("its label is aligned with others")
        return [value.axes.dataLim, *value.axes.spines.values()]
    if isinstance(value, ticker.TickHelper):
        of: Any = getattr(value, "axis", None)
        return _context(of.axes) if getattr(of, "axes", None) is not None else []
    return []


def _reached_by_callable(value: Any) -> Iterable[Any]:
    if isinstance(value, functools.partial):
        return [value.func, *value.args, *value.keywords.values()]
    if isinstance(value, MethodType):
        return [value.__func__, value.__self__]
    if isinstance(value, FunctionType) and _is_matplotlibs(value) and not value.__closure__:
        return ()
    if isinstance(value, type) and value.__module__.partition(".")[0] in ("matplotlib", "numpy", "builtins"):
        return ()
    raise Doubtful(f"it calls {getattr(value, '__qualname__', value)}")


def _roots(artist: Any) -> list[Any]:
    """Return where the walk begins: the artist, and the coordinates of its axes and figure."""
    if artist.axes is not None:
        return [artist, *_context(artist.axes)]
    figure = artist.figure
    if figure is None:
        raise Doubtful("it is in no figure")
    return [artist, figure.dpi_scale_trans, figure.bbox, figure.transFigure]


def _context(of: Any) -> list[Any]:
    if type(of) is not axes.Axes:
        raise Doubtful(f"it is in {type(of).__qualname__}")
    figure = of.figure
    return [of.transData, of.transAxes, of.bbox, figure.dpi_scale_trans, figure.bbox, figure.transFigure]


def _owners(artist: Any) -> list[Any]:
    """Return the axes and figures whose own attributes a draw may read."""
    figure = artist.figure
    return [each for each in (artist.axes, figure, figure.figure) if each is not None]
