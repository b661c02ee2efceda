"""The classes of matplotlib that can be tracked, and the attributes that decide how their instances are drawn.

Two walks use these tables.  A `Footprint` keeps the objects that it meets, to see
whether they change; a `Snapshot` writes down their values.  An object of any other
class is `Untrackable` for both, and the artist that reaches it is recorded in every
frame.

The tables were derived from the sources of matplotlib 3.10.0 and 3.11.2.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

import matplotlib as mpl
from matplotlib import (
    axes,
    axis,
    category,
    cm,
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
from matplotlib.transforms import TransformNode

from ...keys.values.definitions import is_importable
from ..origin import is_library_function
from .barrier import IDLE_OF
from .identity import identity


class Untrackable(Exception):
    """What an artist draws may depend on something that cannot be tracked."""


CALLABLE: tuple[type, ...] = (FunctionType, BuiltinFunctionType, MethodType, functools.partial, type)
"""The classes that `reached_by_callable` handles."""

# The attributes that a transform is made of; all its other attributes are caches.
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
    scale.LogTransform: ("base", "_clip"),
    scale.InvertedLogTransform: ("base",),
    scale.SymmetricalLogTransform: ("base", "linthresh", "linscale"),
    scale.InvertedSymmetricalLogTransform: ("base", "linthresh", "linscale"),
    scale.LogitTransform: ("_nonpositive", "_clip"),
    scale.LogisticTransform: ("_nonpositive",),
}
PATH = ("_vertices", "_codes", "_should_simplify", "_simplify_threshold")
_LEAVES = {transforms.Affine2D: ("_mtx",), transforms.Bbox: ("_points", "_minpos")}

_COMPUTED: dict[type, str] = {
    **dict.fromkeys((transforms.CompositeAffine2D, transforms.BlendedAffine2D, transforms.ScaledTranslation), "_mtx"),
    **dict.fromkeys((transforms.BboxTransform, transforms.BboxTransformTo, transforms.BboxTransformFrom), "_mtx"),
    transforms.TransformedBbox: "_points",
}
"""The attribute in which a transform caches its computed value until it is invalidated."""

_KNOWN = {
    *(lines.Line2D, text.Text, text.Annotation, spines.Spine),
    getattr(colorbar, "_ColorbarSpine", spines.Spine),
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
_KNOWN.update((collections.FillBetweenPolyCollection, mpl.colorizer.Colorizer))
if hasattr(ticker, "_DummyAxis"):
    _KNOWN.add(ticker._DummyAxis)
for _styles in (patches.BoxStyle, patches.ArrowStyle, patches.ConnectionStyle):
    _KNOWN.update(_styles.get_styles().values())
_KNOWN.update(
    each for each in vars(patheffects).values() if isinstance(each, type) and each.__module__ == patheffects.__name__
)

# Attributes that hold back references, listeners, or caches of what was drawn.
_NOT_WALKED = frozenset(
    "axes _axes _ax figure _parent_figure _callbacks callbacks stale_callback _stale stale _remove_method _renderer"
    " _sticky_edges _imcache colorbar colorbar_cid _colorbar parent _counter _transformed_path _mouseover _picker"
    " _url _urls _gid _segmentdata _xorig _yorig _contains _custom_handler_map _parents ax axis"
    " _contour_generator".split()
)


def is_known(cls: type) -> bool:
    """Whether *cls* is one of the classes above, unmodified."""
    return cls in _KNOWN and is_matplotlibs_class(cls)


@functools.cache
def is_matplotlibs_class(cls: type) -> bool:
    """Whether all methods and properties of *cls* are library code, so that none is the scene's own."""
    watched = ("__setattr__", "__delattr__")  # set by the barrier, which is not raised if the scene has set its own
    members = [member for each in cls.__mro__ for name, member in vars(each).items() if name not in watched]
    return all(is_library_function(each) for each in members if callable(each) or isinstance(each, property))


def leaves_nothing(artist: Any) -> bool:
    """Whether a draw of *artist*, which was drawn before, leaves nothing behind that a layout engine could see.

    All that such a draw changes (the places of labels, titles and ticks) is computed again when an engine asks for the
    size of the artist.  A norm is scaled by the first draw of its data, and a colorbar then shows its limits.
    """
    kind: type = type(artist)
    if not is_known(kind):
        return False
    return not isinstance(artist, cm.ScalarMappable) or artist.get_array() is None or artist.norm.scaled()


def transform_parts(kind: type) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of the attributes that a transform is made of, and of the arrays that hold its own value.

    Raises
    ------
    Untrackable
        If *kind* is not a known transform class.
    """
    if kind not in _TRANSFORMS:
        raise Untrackable(f"it uses a transform of type {kind.__qualname__}")
    return _TRANSFORMS[kind], _LEAVES.get(kind, ())


def cached_value_name(value: Any) -> str | None:
    """Return the name of the array in which a transform has cached its value in a draw; None if it has not.

    Raises
    ------
    Untrackable
        If the parts of the transform have changed since then without invalidating it.
        Until it is invalidated, matplotlib draws with the cached value.
    """
    name = _COMPUTED.get(type(value))
    kept = getattr(value, name, None) if name is not None else None
    if name is None or kept is None or value._invalid:
        return None
    parts = [getattr(value, part) for part in _TRANSFORMS[type(value)]]
    if isinstance(value, transforms.ScaledTranslation):
        parts = [*value._t, value._scale_trans]
    again = type(value)(*parts)
    if (again.get_points() if name == "_points" else again.get_matrix()).tobytes() != kept.tobytes():
        raise Untrackable("a part of a transform was changed without invalidating the transform")
    return name


def depends_on(node: Any, known: dict[int, bool]) -> bool:
    """Whether a transform is invalidated when one of certain nodes changes.

    Parameters
    ----------
    node : TransformNode
    known : dict
        Answers by `id` of the node, True for the nodes in question.  New answers are added.
    """
    found = known.get(identity(node))
    if found is None:
        parts = [getattr(node, part) for part in _TRANSFORMS.get(type(node), ())]
        found = known[identity(node)] = any(
            [depends_on(part, known) for part in parts if isinstance(part, TransformNode)]
        )
    return found


def attributes_of(value: Any) -> dict[str, Any]:
    """Return the attributes of *value*, an object of matplotlib's, that decide how it is drawn.

    Raises
    ------
    Untrackable
        If its class is not known, or if it is drawn in a way that cannot be tracked.
    """
    kind = type(value)
    if not is_known(kind):
        raise Untrackable(f"it reaches a {kind.__qualname__}")
    held: dict[str, Any] = vars(value)
    if isinstance(value, text.Text) and value.get_usetex():
        raise Untrackable("its text is set by TeX")
    if isinstance(value, legend.Legend | text._AnnotationBase) and held.get("_draggable") is not None:
        raise Untrackable("it can be dragged")
    if held.get("_clippath") is not None:
        raise Untrackable("it is clipped to a path")
    if isinstance(value, colors.Colormap) and not value._isinit:
        return {}  # builds its lookup table in its first draw, and is tracked after that
    return {
        name: each
        for name, each in held.items()
        if name not in _NOT_WALKED and not (name in IDLE_OF and isinstance(value, IDLE_OF[name]))
    }


def extra_reads(value: Any) -> list[Any]:
    """Return the objects that *value* reads in addition to the attributes that `attributes_of` returns."""
    if isinstance(value, axis.Axis):
        return [value.axes.dataLim, *value.axes.spines.values()]
    if isinstance(value, ticker.TickHelper):
        of: Any = getattr(value, "axis", None)
        return context_of(of.axes) if getattr(of, "axes", None) is not None else []
    return []


def reached_by_callable(value: Any) -> Iterable[Any]:
    """Return the objects that a callable refers to; none for a function or class of matplotlib or NumPy.

    Raises
    ------
    Untrackable
        If it is any other function or class.
    """
    if isinstance(value, functools.partial):
        return [value.func, *value.args, *value.keywords.values()]
    if isinstance(value, MethodType):
        return [value.__func__, value.__self__]
    if isinstance(value, FunctionType | type) and _is_known_by_name(value):
        return ()
    raise Untrackable(f"it calls {getattr(value, '__qualname__', value)}")


def _is_known_by_name(value: Any) -> bool:
    """Whether a function or class is matplotlib's, NumPy's or a builtin, and can be imported under its name."""
    if str(value.__module__).partition(".")[0] not in ("matplotlib", "mpl_toolkits", "numpy", "builtins"):
        return False
    return is_importable(value) and (isinstance(value, type) or is_library_function(value))


def context_of(of: Any) -> list[Any]:
    """Return the transforms and boxes that define the coordinates of an axes and its figure."""
    if type(of) is not axes.Axes:
        raise Untrackable(f"it is in {type(of).__qualname__}")
    if of.figure is None:
        raise Untrackable("its axes were removed")
    return [of.transData, of.transAxes, of.bbox, *places_of_figure(of.figure)]


def places_of_figure(figure: Any) -> list[Any]:
    """Return the transforms and boxes that define the coordinates of a figure."""
    return [figure.dpi_scale_trans, figure.bbox, figure.transFigure]
