"""Question 5, whether the list of segments has changed; and the movie, put in its place."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from .errors import IparsaveError
from .keys.canonical import Digest
from .keys.files import place_digest, signature
from .model import Part, Recipe
from .stitch import Stitcher, replacing
from .store import Store


def check_place(path: Path, *, dry: bool) -> None:
    """See, before anything is drawn, that the movie can be put where it belongs."""
    folder = path.parent.absolute()
    if not folder.is_dir():
        raise IparsaveError(f"the folder {folder} of the movie {path.name} does not exist", "make it first")
    if path.is_dir():
        raise IparsaveError(f"the movie {path} is a folder", "give the movie a name of its own")
    if dry:
        return
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise IparsaveError(
            f"the folder {folder} of the movie {path.name} is not writable: {error.strerror}", "choose another"
        ) from None


def assemble(recipe: Recipe, store: Store, ffmpeg: str, *, keep: bool = False, force: bool = False) -> bool:
    """Join the segments into the movie, unless it is the very file that they were joined into before.

    Parameters
    ----------
    recipe : Recipe
    store : Store
    ffmpeg : str
    keep : bool
        Leave the segments beside the movie, as ``<stem>-<j>.<ext>``.
    force : bool
        Join them in any case.

    Returns
    -------
    bool
        Whether the movie was written.

    Raises
    ------
    IparsaveError
        If a segment has gone, or the segments do not fit together.
    """
    movie = recipe.movie
    parts = _checked_parts(recipe, store)
    place, content = place_digest(str(movie)), content_digest(recipe)
    if store.read("movies", place) == _record(movie, content) and not force and not keep:
        return False

    stitcher = Stitcher(recipe.stitcher, recipe.arguments)
    if recipe.copy:
        with replacing(movie) as temporary:
            shutil.copyfile(parts[0].path, temporary)
    else:
        stitcher.join(parts, movie, recipe.joint, ffmpeg)
    if keep:
        for part, beside in zip(parts, kept_beside(recipe), strict=False):
            Stitcher("ffmpeg").join([part], beside, recipe.joint, ffmpeg)
    store.write("movies", place, _record(movie, content))
    return True


def kept_beside(recipe: Recipe) -> list[Path]:
    """Return where the segments go that are left beside the movie."""
    movie, count = recipe.movie, len(recipe.segments)
    return [movie.with_name(f"{movie.stem}-{j}{movie.suffix}") for j in range(count)] if count > 1 else []


def content_digest(recipe: Recipe) -> str:
    """Return the digest of what decides the movie's bytes."""
    digest = Digest("movie").add("stitcher", repr((recipe.stitcher, recipe.arguments)))
    digest.add("joint", repr(recipe.joint)).add("suffix", recipe.movie.suffix)
    for segment in recipe.segments:
        digest.add("segment", segment.digest)
    return digest.hexdigest()


def _checked_parts(recipe: Recipe, store: Store) -> list[Part]:
    """Return the segments as files, whole and fit to be joined."""
    for j, segment in enumerate(recipe.segments):
        if not store.has(segment):
            raise IparsaveError(f"the segment of block {j} of {recipe.movie} has gone from the cache", "build again")
    if len({segment.extradata for segment in recipe.segments}) > 1:
        raise IparsaveError(
            f"the blocks of {recipe.movie} do not fit together: the encoder gave them different headers",
            "build it with --block-size all",
        )
    return [Part(store.path(segment), segment.frames) for segment in recipe.segments]


def _record(movie: Path, content: str) -> dict[str, object]:
    here = signature(str(movie))
    return {"content": content, "signature": list(here) if here else None}
