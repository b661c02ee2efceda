"""The private names of matplotlib without which a movie could be wrong, where they are used, and whether all are there.

If matplotlib lacks one of these names, `Animation.save` itself writes the whole movie, and a warning gives the missing
name (`builder.pipeline`, `scene_host.script_runner`).  So a renamed attribute can cost time, but never weakens a check.
A name that is needed only for speed is not listed here: the code that uses it looks it up.

Checked on matplotlib 3.10.0 and 3.11.2.
"""

from __future__ import annotations

import functools
import importlib
from types import FunctionType
from typing import Any, NamedTuple


class Names(NamedTuple):
    """Private names of one class or module.

    Attributes
    ----------
    owner : str
        Module and qualified name, separated by a colon; nothing after the colon stands for the module itself.
    method : str
        The method that sets them on an instance; empty for names that the class or module has.
    names : str
        Separated by spaces.
    users : str
        The modules of this package that use them.
    """

    owner: str
    method: str
    names: str
    users: str

    def __str__(self) -> str:
        return self.owner.strip(":").replace(":", ".")


_GC = "_alpha _forced_alpha _antialiased _capstyle _cliprect _clippath _dashes _joinstyle _linewidth _rgb _hatch"
_COMPOSITE = "matplotlib.transforms:CompositeGenericTransform"
_AGG = "matplotlib.backends.backend_agg:RendererAgg"
_CONTEXT = "matplotlib.backend_bases:GraphicsContextBase"
_AXES = "matplotlib.axes._base:_AxesBase"
_OF_AXES = "_originalPosition _position _stale_viewlims _adjustable _aspect _anchor _axis_map"

OF_DRAWING = [
    Names("matplotlib.backends._backend_agg:", "", "RendererAgg", "drawing.calls.agg"),
    Names(_AGG, "__init__", "_renderer _filter_renderers", "drawing.calls.agg"),
    Names(_AGG, "", "_update_methods", "drawing.calls.agg"),
    Names(_CONTEXT, "__init__", _GC, "drawing.calls.agg, .contexts"),
    Names(_CONTEXT, "__init__", "_hatch_color _sketch _snap", "drawing.calls.agg"),
    Names("matplotlib.backend_bases:FigureCanvasBase", "__init__", "_is_saving", "drawing.canvas, mpl.animation"),
    Names("matplotlib.font_manager:FontManager", "", "_find_fonts_by_props", "drawing.calls.text"),
    Names("matplotlib.artist:Artist", "__init__", "_clippath _animated _stale", "drawing.clip_paths, drawing.reuse"),
    Names("matplotlib.artist:Artist", "", "_fully_clipped_to_axes", "drawing.reuse.draw_order"),
    Names("matplotlib.image:", "", "_draw_list_compositing_images", "drawing.reuse.artist_cache"),
    Names("matplotlib.axis:Axis", "", "_update_ticks", "drawing.reuse.artist_cache"),
    Names("matplotlib.axis:Axis", "_set_scale", "_scale", "mpl.animation"),
    Names(_AXES, "__init__", _OF_AXES, "drawing.reuse.draw_order, mpl.animation"),
    Names(_AXES, "set_box_aspect", "_box_aspect", "mpl.animation"),
    Names(_AXES, "set_figure", "_viewLim", "drawing.reuse.draw_order, mpl.animation"),
    Names(_AXES, "_AxesBase__clear", "_left_title _right_title", "drawing.reuse.draw_order"),
    Names(_AXES, "", "_update_title_position _axis_names _shared_axes", "drawing.reuse.draw_order"),
    Names(_AXES, "", "_unstale_viewLim", "mpl.animation"),
    Names("matplotlib.colorbar:", "", "_ColorbarAxesLocator _ColorbarSpine", "drawing.reuse"),
    Names("matplotlib.colorbar:_ColorbarAxesLocator", "__init__", "_orig_locator _cbar", "drawing.reuse.draw_order"),
    Names("matplotlib.figure:FigureBase", "__init__", "_align_label_groups", "drawing.reuse.footprint"),
    Names("matplotlib.figure:Figure", "__init__", "_dpi _layout_engine", "drawing.reuse.barrier"),
    Names("matplotlib.legend:Legend", "_set_loc", "_loc_real", "drawing.reuse.footprint"),
    Names("matplotlib.legend:Legend", "__init__", "_draggable", "drawing.reuse.known_classes"),
    Names("matplotlib.text:", "", "_AnnotationBase", "drawing.reuse.footprint, .known_classes"),
    Names("matplotlib.text:_AnnotationBase", "__init__", "_draggable", "drawing.reuse.known_classes"),
    Names("matplotlib.text:Text", "__init__", "_text", "drawing.hidden"),
    Names("matplotlib.lines:Line2D", "__init__", "_markevery _invalidx _invalidy", "drawing.reuse"),
    Names("matplotlib.lines:Line2D", "__init__", "_xorig _yorig", "drawing.hidden"),
    Names("matplotlib.collections:Collection", "__init__", "_offsets", "drawing.hidden"),
    Names("matplotlib.image:_ImageBase", "set_data", "_A", "drawing.hidden"),
    Names("matplotlib.patches:Rectangle", "__init__", "_x0 _y0 _width _height", "drawing.hidden"),
    Names("matplotlib.colors:Colormap", "__init__", "_isinit", "drawing.reuse.known_classes, .snapshot_node"),
    Names("matplotlib.path:Path", "__init__", "_vertices _codes", "drawing.reuse.known_classes"),
    Names("matplotlib.path:Path", "_update_values", "_should_simplify _simplify_threshold", "drawing.reuse"),
    Names("matplotlib.transforms:TransformNode", "__init__", "_parents", "drawing.size"),
    Names("matplotlib.transforms:TransformNode", "", "_INVALID_AFFINE_ONLY _invalidate_internal", "drawing.size"),
    Names("matplotlib.transforms:Affine2D", "__init__", "_mtx _invalid", "drawing.reuse.known_classes"),
    Names("matplotlib.transforms:Bbox", "__init__", "_points _minpos", "drawing.reuse.known_classes"),
    Names("matplotlib.transforms:TransformedBbox", "__init__", "_bbox _transform", "drawing.reuse.known_classes"),
    Names("matplotlib.transforms:TransformWrapper", "set", "_child", "drawing.reuse.known_classes"),
    Names(_COMPOSITE, "__init__", "_a _b", "drawing.reuse.known_classes, drawing.size"),
    Names("matplotlib.transforms:CompositeAffine2D", "__init__", "_a _b", "drawing.reuse.known_classes"),
    Names("matplotlib.transforms:BlendedGenericTransform", "__init__", "_x _y", "drawing.reuse.known_classes"),
    Names("matplotlib.transforms:BboxTransform", "__init__", "_boxin _boxout", "drawing.reuse.known_classes"),
    Names("matplotlib.transforms:ScaledTranslation", "__init__", "_t _scale_trans", "drawing.reuse.known_classes"),
    Names("matplotlib.transforms:TransformedPath", "__init__", "_path _transform", "drawing.clip_paths, drawing.size"),
    Names("matplotlib.transforms:TransformedPatchPath", "__init__", "_patch", "drawing.clip_paths"),
    Names("matplotlib.scale:LogTransform", "__init__", "_clip", "drawing.reuse.known_classes"),
    Names("matplotlib.scale:LogitTransform", "__init__", "_nonpositive", "drawing.reuse.known_classes"),
]  # fmt: skip
"""Names that are needed to record and compare frames."""

OF_SAVING = [
    Names("matplotlib.animation:Animation", "__init__", "_fig _draw_was_started", "mpl.animation"),
    Names("matplotlib.animation:Animation", "", "_init_draw _draw_next_frame _post_draw", "mpl.animation"),
    Names("matplotlib.animation:Animation", "", "_start", "mpl.animation, trust.reach"),
    Names("matplotlib.animation:FuncAnimation", "__init__", "_func _args _init_func", "mpl.animation"),
    Names("matplotlib.animation:FuncAnimation", "__init__", "_iter_gen _save_count", "mpl.animation"),
    Names("matplotlib.animation:FuncAnimation", "", "_draw_frame", "mpl.animation"),
    Names("matplotlib.animation:ArtistAnimation", "__init__", "_framedata", "mpl.animation"),
    Names("matplotlib.animation:TimedAnimation", "__init__", "_interval", "mpl.animation"),
    Names("matplotlib.animation:MovieWriter", "", "_run _adjust_frame_size", "mpl.animation"),
    Names("matplotlib.animation:MovieWriter", "setup", "_w _h", "mpl.animation"),
    Names("matplotlib.animation:AbstractMovieWriter", "", "_supports_transparency", "mpl.animation"),
]  # fmt: skip
"""Names that are needed to drive ``Animation.save``."""


def missing(rows: list[Names]) -> str:
    """Return the first name of *rows* that this matplotlib lacks, with its owner; empty if there is none."""
    for row in rows:
        module, _, qualified = row.owner.partition(":")
        try:
            owner: Any = importlib.import_module(module)
            for part in filter(None, qualified.split(".")):
                owner = getattr(owner, part)
        except (ImportError, AttributeError):
            return str(row)
        for name in row.names.split():
            if not _has(owner, row.method, name):
                return f"{row}.{name}"
    return ""


@functools.cache
def missing_for_drawing() -> str:
    """Return the first name of `OF_DRAWING` that this matplotlib lacks; empty if there is none."""
    return missing(OF_DRAWING)


@functools.cache
def missing_for_saving() -> str:
    """Return the first name of `OF_SAVING` that this matplotlib lacks; empty if there is none."""
    return missing(OF_SAVING)


def _has(owner: Any, method: str, name: str) -> bool:
    if not method:
        return hasattr(owner, name)
    if _names_it(vars(owner).get(method), name):
        return True
    # In this version, any other method may set it.
    return any(_names_it(each, name) for cls in owner.__mro__ for each in vars(cls).values())


def _names_it(function: Any, name: str) -> bool:
    return isinstance(function, FunctionType) and name in function.__code__.co_names
