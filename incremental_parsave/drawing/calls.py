"""The calls of the compiled renderer, frozen one by one.

Each of `FREEZERS` has the name and the parameters of an entry of the compiled
renderer.  It reads the arguments as that entry does, enters them in a digest,
and returns them, referring to the arrays that it was given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..keys.canonical import Digest
from .agg import SAME_TRANSFORM
from .frozen import (
    FrozenContext,
    FrozenPath,
    FrozenPaths,
    add_array,
    add_colour,
    colour,
    dashes,
    doubles,
    matrix,
    octets,
)

Context = Callable[[Any, Digest], FrozenContext]
"""Freezes a graphics context, and enters it in a digest."""

Arguments = tuple[Any, ...]
Mask = tuple[float, ...]


class Call:
    """One call of the compiled renderer.

    Attributes
    ----------
    name : str
        Of the entry.
    arguments : tuple
        As the entry takes them.
    digest : bytes
        Equal digests of two calls are equal names and arguments.
    mask : tuple or None
        What the renderer knows its mask of a clip path by once it has made
        this call; None if the call leaves the mask as it is.
    """

    __slots__ = ("arguments", "digest", "mask", "name")

    def __init__(self, name: str, arguments: Arguments, digest: bytes, mask: Mask | None) -> None:
        self.name, self.arguments, self.digest, self.mask = name, arguments, digest, mask

    def __repr__(self) -> str:
        return f"<{self.name} {self.digest.hex()[:8]}>"


def owned(argument: Any) -> Any:
    """Return *argument* such that nobody else can write into it."""
    if isinstance(argument, np.ndarray):
        return argument.copy()
    if isinstance(argument, FrozenPath | FrozenPaths):
        return argument.own()
    return argument


def mask_after(name: str, arguments: Arguments) -> Mask | None:
    """Return the mask that a call leaves behind, if it comes to drawing one.

    A text's image is not clipped to a path, and a collection without paths or
    without colours returns before it looks at its clip path.
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
    """Whether the renderer takes one mask for the other."""
    if one is None or other is None or one[0] != other[0]:
        return False
    return all(abs(a - b) <= SAME_TRANSFORM for a, b in zip(one[1:], other[1:], strict=True))


def _path(path: Any, digest: Digest) -> FrozenPath:
    frozen = FrozenPath.of(path)
    frozen.add_to(digest)
    return frozen


def _matrix(transform: Any, digest: Digest) -> Any:
    frozen = matrix(transform)
    add_array(digest, frozen)
    return frozen


def _colour(rgba: Any, digest: Digest) -> tuple[float, ...] | None:
    frozen = colour(rgba)
    add_colour(digest, frozen)
    return frozen


def _doubles(value: Any, digest: Digest) -> Any:
    frozen = doubles(value)
    add_array(digest, frozen)
    return frozen


def _octets(value: Any, digest: Digest) -> Any:
    frozen = octets(value)
    add_array(digest, frozen)
    return frozen


def _number(value: Any, digest: Digest) -> float:
    # An integer and a real number may take different ways into the renderer.
    frozen = int(value) if isinstance(value, int | np.integer) else float(value)
    digest.add("integer" if isinstance(frozen, int) else "real", repr(frozen))
    return frozen


def _dashes(patterns: Sequence[Any], digest: Digest) -> list[Any]:
    frozen = [dashes(pattern) for pattern in patterns]
    digest.add("dashes", repr(frozen))
    return frozen


def _clear(context: Context, digest: Digest) -> Arguments:
    return ()


def _draw_path(context: Context, digest: Digest, gc: Any, path: Any, trans: Any, face: Any = None) -> Arguments:
    return context(gc, digest), _path(path, digest), _matrix(trans, digest), _colour(face, digest)


def _draw_markers(
    context: Context,
    digest: Digest,
    gc: Any,
    marker_path: Any,
    marker_path_trans: Any,
    path: Any,
    trans: Any,
    face: Any = None,
) -> Arguments:
    return (
        context(gc, digest),
        _path(marker_path, digest),
        _matrix(marker_path_trans, digest),
        _path(path, digest),
        _matrix(trans, digest),
        _colour(face, digest),
    )


def _draw_text_image(context: Context, digest: Digest, image: Any, x: Any, y: Any, angle: Any, gc: Any) -> Arguments:
    return (
        _octets(image, digest),
        _number(x, digest),
        _number(y, digest),
        _number(angle, digest),
        context(gc, digest),
    )


def _draw_image(context: Context, digest: Digest, gc: Any, x: Any, y: Any, image: Any) -> Arguments:
    return context(gc, digest), _number(x, digest), _number(y, digest), _octets(image, digest)


def _draw_path_collection(
    context: Context,
    digest: Digest,
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
    arguments: Arguments = context(gc, digest), _matrix(master_transform, digest), frozen
    frozen.add_to(digest)
    arguments += (
        _doubles(transforms, digest),
        _doubles(offsets, digest),
        _matrix(offset_trans, digest),
        _doubles(facecolors, digest),
        _doubles(edgecolors, digest),
        _doubles(linewidths, digest),
        _dashes(dashes, digest),
        _octets(antialiaseds, digest),
        None,  # URLs
        None,  # an old option
    )
    return arguments if hatchcolors is None else (*arguments, _doubles(hatchcolors, digest))


def _draw_quad_mesh(
    context: Context,
    digest: Digest,
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
        context(gc, digest),
        _matrix(master_transform, digest),
        int(_number(mesh_width, digest)),
        int(_number(mesh_height, digest)),
        _doubles(coordinates, digest),
        _doubles(offsets, digest),
        _matrix(offset_trans, digest),
        _doubles(facecolors, digest),
        bool(_number(bool(antialiased), digest)),
        _doubles(edgecolors, digest),
    )


def _draw_gouraud_triangles(
    context: Context, digest: Digest, gc: Any, points: Any, colors: Any, trans: Any = None
) -> Arguments:
    return context(gc, digest), _doubles(points, digest), _doubles(colors, digest), _matrix(trans, digest)


FREEZERS: dict[str, Callable[..., Arguments]] = {
    freezer.__name__.removeprefix("_"): freezer
    for freezer in (
        _clear, _draw_gouraud_triangles, _draw_image, _draw_markers, _draw_path, _draw_path_collection,
        _draw_quad_mesh, _draw_text_image,
    )
}  # fmt: skip
"""By the names of the entries."""
