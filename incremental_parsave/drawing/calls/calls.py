"""Calls of the compiled renderer, frozen one by one.

Each function in `FREEZERS` has the name and the parameters of one method of the
compiled renderer.  It reads the arguments as that method does, appends them to
the ink (the bytes to be digested, see `frozen`) and returns them.  The returned
arguments still refer to the caller's arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from struct import pack
from typing import Any

import numpy as np

from .agg import SAME_TRANSFORM
from .contexts import FrozenContext
from .frozen import (
    FrozenPath,
    FrozenPaths,
    Ink,
    colour,
    dashes,
    doubles,
    matrix,
    octets,
    put_array,
    put_bytes,
    put_colour,
)

Context = Callable[[Any, Ink], FrozenContext]
"""A function that freezes a graphics context and appends it to the ink."""

Arguments = tuple[Any, ...]
Mask = tuple[float, ...]


class Call:
    """One call of the compiled renderer.

    Attributes
    ----------
    name : str
        Name of the renderer's method.
    arguments : tuple
        Arguments of the method.
    digest : bytes
        Digest of name and arguments: calls with equal digests are equal.
    mask : tuple or None
        Identifies the clip-path mask that the renderer holds after this call;
        None if the call does not change the mask.
    nbytes : int
        Size of the arrays among the arguments.
    """

    __slots__ = ("arguments", "digest", "mask", "name", "nbytes")

    def __init__(self, name: str, arguments: Arguments, digest: bytes, mask: Mask | None) -> None:
        self.name, self.arguments, self.digest, self.mask = name, arguments, digest, mask
        self.nbytes = sum(map(size_of, arguments))

    def __repr__(self) -> str:
        return f"<{self.name} {self.digest.hex()[:8]}>"


def owned(argument: Any) -> Any:
    """Return *argument* with its own copies of the arrays, so that no other code can write into them."""
    kind = type(argument)
    if kind is np.ndarray:
        return argument.copy()
    return argument.own() if kind is FrozenPath else argument


def size_of(argument: Any) -> int:
    """Return the size in bytes of the arrays that *argument* holds."""
    if isinstance(argument, np.ndarray | FrozenPath | FrozenPaths):
        return int(argument.nbytes)
    return 0


def mask_after(name: str, arguments: Arguments) -> Mask | None:
    """Return the mask that the renderer holds after a call; None if the call does not use its clip path.

    The image of a text is not clipped to a path.  A collection without paths or
    without colours returns before the renderer looks at the clip path.
    """
    if name in ("clear", "draw_text_image"):
        return None
    context: FrozenContext = arguments[0]
    if name == "draw_path_collection":
        paths, faces, edges, *hatches = (arguments[i] for i in (2, 6, 7, *range(13, len(arguments))))
        if not len(paths) or not (len(faces) or len(edges) or any(map(len, hatches))):
            return None
    elif name == "draw_quad_mesh":
        width, height, faces, edges = (arguments[i] for i in (2, 3, 7, 9))
        if not width * height or not (len(faces) or len(edges)):
            return None
    return context.mask


def is_same_mask(one: Mask | None, other: Mask | None) -> bool:
    """Return whether the renderer treats the two masks as the same."""
    if one is None or other is None or one[0] != other[0]:
        return False
    return all(abs(a - b) <= SAME_TRANSFORM for a, b in zip(one[1:], other[1:], strict=True))


def _path(path: Any, ink: Ink) -> FrozenPath:
    frozen = FrozenPath.of(path)
    frozen.put(ink)
    return frozen


def _matrix(transform: Any, ink: Ink) -> Any:
    frozen = matrix(transform)
    put_array(ink, frozen)
    return frozen


def _colour(rgba: Any, ink: Ink) -> tuple[float, ...] | None:
    frozen = colour(rgba)
    put_colour(ink, frozen)
    return frozen


def _doubles(value: Any, ink: Ink) -> Any:
    frozen = doubles(value)
    put_array(ink, frozen)
    return frozen


def _octets(value: Any, ink: Ink) -> Any:
    frozen = octets(value)
    put_array(ink, frozen)
    return frozen


def _number(value: Any, ink: Ink) -> float:
    # Keep integers and floats apart: the renderer may convert them differently.
    frozen = int(value) if isinstance(value, int | np.integer) else float(value)
    ink.append(pack("<cq", b"i", frozen) if isinstance(frozen, int) else pack("<cd", b"r", frozen))
    return frozen


def _dashes(patterns: Sequence[Any], ink: Ink) -> list[Any]:
    frozen = [dashes(pattern) for pattern in patterns]
    put_bytes(ink, repr(frozen).encode())
    return frozen


def _clear(context: Context, ink: Ink) -> Arguments:
    return ()


def _draw_path(context: Context, ink: Ink, gc: Any, path: Any, trans: Any, face: Any = None) -> Arguments:
    return context(gc, ink), _path(path, ink), _matrix(trans, ink), _colour(face, ink)


def _draw_markers(
    context: Context,
    ink: Ink,
    gc: Any,
    marker_path: Any,
    marker_path_trans: Any,
    path: Any,
    trans: Any,
    face: Any = None,
) -> Arguments:
    return (
        context(gc, ink),
        _path(marker_path, ink),
        _matrix(marker_path_trans, ink),
        _path(path, ink),
        _matrix(trans, ink),
        _colour(face, ink),
    )


def _draw_text_image(context: Context, ink: Ink, image: Any, x: Any, y: Any, angle: Any, gc: Any) -> Arguments:
    return (
        _octets(image, ink),
        _number(x, ink),
        _number(y, ink),
        _number(angle, ink),
        context(gc, ink),
    )


def _draw_image(context: Context, ink: Ink, gc: Any, x: Any, y: Any, image: Any) -> Arguments:
    return context(gc, ink), _number(x, ink), _number(y, ink), _octets(image, ink)


def _draw_path_collection(
    context: Context,
    ink: Ink,
    gc: Any,
    master_transform: Any,
    paths: Any,
    transforms: Any,
    offsets: Any,
    offset_trans: Any,
    facecolors: Any,
    edgecolors: Any,
    linewidths: Any,
    dashes: Any,
    antialiaseds: Any,
    ignored: Any,
    offset_position: Any,
    *,
    hatchcolors: Any = None,
) -> Arguments:
    frozen = FrozenPaths(paths)
    arguments: Arguments = context(gc, ink), _matrix(master_transform, ink), frozen
    frozen.put(ink)
    arguments += (
        _doubles(transforms, ink),
        _doubles(offsets, ink),
        _matrix(offset_trans, ink),
        _doubles(facecolors, ink),
        _doubles(edgecolors, ink),
        _doubles(linewidths, ink),
        _dashes(dashes, ink),
        _octets(antialiaseds, ink),
        None,  # URLs
        None,  # offset_position, an old option
    )
    return arguments if hatchcolors is None else (*arguments, _doubles(hatchcolors, ink))


def _draw_quad_mesh(
    context: Context,
    ink: Ink,
    gc: Any,
    master_transform: Any,
    mesh_width: Any,
    mesh_height: Any,
    coordinates: Any,
    offsets: Any,
    offset_trans: Any,
    facecolors: Any,
    antialiased: Any,
    edgecolors: Any,
) -> Arguments:
    return (
        context(gc, ink),
        _matrix(master_transform, ink),
        int(_number(mesh_width, ink)),
        int(_number(mesh_height, ink)),
        _doubles(coordinates, ink),
        _doubles(offsets, ink),
        _matrix(offset_trans, ink),
        _doubles(facecolors, ink),
        bool(_number(bool(antialiased), ink)),
        _doubles(edgecolors, ink),
    )


def _draw_gouraud_triangles(
    context: Context, ink: Ink, gc: Any, points: Any, colors: Any, trans: Any = None
) -> Arguments:
    return context(gc, ink), _doubles(points, ink), _doubles(colors, ink), _matrix(trans, ink)


FREEZERS: dict[str, Callable[..., Arguments]] = {
    freezer.__name__.removeprefix("_"): freezer
    for freezer in (
        _clear, _draw_gouraud_triangles, _draw_image, _draw_markers, _draw_path, _draw_path_collection,
        _draw_quad_mesh, _draw_text_image,
    )
}  # fmt: skip
"""Freezers by the name of the renderer's method."""
