"""Join segments into the movie and put it in place, if the list of segments has changed (question 5)."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from enum import Enum
from pathlib import Path

from ..cache.places import Place
from ..cache.store import Store
from ..errors import IparsaveError
from ..keys.canonical import Digest
from ..model import Part, Recipe
from .replacing import replacing
from .stitcher import Stitcher


def check_place(path: Path, *, dry: bool) -> None:
    """Check, before anything is drawn, that the movie can be put in its place.

    If *dry*, do not try to write there.
    """
    folder = path.parent.absolute()
    if not folder.is_dir():
        raise IparsaveError(f"no such folder for {path.name}: {folder}", f"create it first: mkdir -p {folder}")
    if path.is_dir():
        raise IparsaveError(f"cannot write the movie {path}: it is a folder", "choose another name")
    if dry:
        return
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise IparsaveError(
            f"cannot write {path.name} to the folder {folder}: {error.strerror}", "choose another folder"
        ) from None


class Ending(Enum):
    """What happened to the file of a movie."""

    WRITTEN = "written"
    UP_TO_DATE = "up to date"
    OUTDATED = "was not replaced: a build that began later has written it"


def assemble(
    recipe: Recipe,
    store: Store,
    ffmpeg: str,
    number: int,
    *,
    keep: bool = False,
    force: bool = False,
    then: Callable[[], None] = lambda: None,
) -> Ending:
    """Join the segments into the movie, unless the file there was joined from the same segments.

    Parameters
    ----------
    recipe : Recipe
    store : Store
    ffmpeg : str
    number : int
        Number of the build; see `places`.
    keep : bool
        Also leave the segments beside the movie, as ``<stem>-<j>.<ext>``.
    force : bool
        Join the segments even if the movie is up to date.
    then : callable
        Called when the movie is in place, before another build may put one there.

    Returns
    -------
    Ending

    Raises
    ------
    IparsaveError
        If a segment is missing or damaged, or the segments do not fit together.
    """
    parts = _checked_parts(recipe, store)
    place, content = Place(str(store.root), str(recipe.movie), store.complain), content_digest(recipe)
    ending = _ending_without_joining(place, content, number, force=force or keep, then=then)
    if ending is not None:
        return ending
    return _join(recipe, parts, place, content, ffmpeg, number, keep=keep, then=then)


def _ending_without_joining(
    place: Place, content: str, number: int, *, force: bool, then: Callable[[], None]
) -> Ending | None:
    """Return why nothing needs to be joined; None if the movie must be."""
    with place.held(number) as is_newest:
        if not force and place.holds(content):
            place.note(number)
            then()
            return Ending.UP_TO_DATE
        return None if is_newest else Ending.OUTDATED


def _join(
    recipe: Recipe,
    parts: list[Part],
    place: Place,
    content: str,
    ffmpeg: str,
    number: int,
    *,
    keep: bool,
    then: Callable[[], None],
) -> Ending:
    """Join *parts* into a temporary file, and put it in place unless a later build has put a movie there."""
    ending = Ending.OUTDATED

    def put(temporary: Path, _: Path) -> None:
        nonlocal ending
        with place.held(number) as is_newest:
            if not is_newest:
                return
            place.put(temporary, content, number)
            if keep:
                for part, beside in zip(parts, kept_beside(recipe), strict=False):
                    Stitcher("ffmpeg").join([part], beside, recipe.joint, ffmpeg)
            then()
            ending = Ending.WRITTEN

    with replacing(recipe.movie, put) as temporary:
        if recipe.copy:
            shutil.copyfile(parts[0].path, temporary)
        else:
            Stitcher(recipe.stitcher, recipe.arguments).write(parts, temporary, recipe.joint, ffmpeg)
    return ending


def kept_beside(recipe: Recipe) -> list[Path]:
    """Return the paths of the segments that are left beside the movie."""
    movie, count = recipe.movie, len(recipe.segments)
    return [movie.with_name(f"{movie.stem}-{j}{movie.suffix}") for j in range(count)] if count > 1 else []


def content_digest(recipe: Recipe) -> str:
    """Return the digest of everything that decides the movie's bytes."""
    digest = Digest("movie").add("stitcher", repr((recipe.stitcher, recipe.arguments)))
    digest.add("joint", repr(recipe.joint)).add("suffix", recipe.movie.suffix)
    for segment in recipe.segments:
        digest.add("segment", segment.digest)
    return digest.hexdigest()


def _checked_parts(recipe: Recipe, store: Store) -> list[Part]:
    """Return the files of the segments, after a check that they are whole and fit together."""
    for j, segment in enumerate(recipe.segments):
        if not store.has(segment):
            raise IparsaveError(
                f"the segment of block {j} of {recipe.movie} is missing from the cache", "run the build again"
            )
    if len({segment.extradata for segment in recipe.segments}) > 1:
        raise IparsaveError(
            f"cannot join the blocks of {recipe.movie}: their codec headers differ",
            "build it with --block-size all",
        )
    return [Part(store.path(segment), segment.frames) for segment in recipe.segments]
