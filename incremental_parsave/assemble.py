"""Question 5, whether the list of segments has changed; and the movie, put in its place."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from .errors import IparsaveError
from .keys.canonical import Digest
from .keys.files import signature
from .model import Joint, Outcome, Part
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


def assemble(
    movie: Path,
    outcomes: Sequence[Outcome],
    joint: Joint,
    store: Store,
    stitcher: Stitcher,
    ffmpeg: str,
    *,
    copy: bool,
    keep: bool,
    force: bool,
) -> bool:
    """Join the segments into *movie*, unless it is the very file that they were joined into before.

    Parameters
    ----------
    movie : Path
    outcomes : sequence of Outcome
        Of the blocks, in order.
    joint : Joint
        How segments become the movie.
    store : Store
    stitcher : Stitcher
    ffmpeg : str
    copy : bool
        The one segment is the movie.
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
    parts = _checked_parts(movie, outcomes, store)
    content = _content(movie, parts, joint, stitcher)
    place = Digest("place").add("path", str(movie.resolve())).hexdigest()
    if store.read("movies", place) == _record(movie, content) and not force and not keep:
        return False

    if copy:
        with replacing(movie) as temporary:
            shutil.copyfile(parts[0].path, temporary)
    else:
        stitcher.join(parts, movie, joint, ffmpeg)
    if keep and len(parts) > 1:
        for j, part in enumerate(parts):
            beside = movie.with_name(f"{movie.stem}-{j}{movie.suffix}")
            Stitcher("ffmpeg").join([part], beside, joint, ffmpeg)
    store.write("movies", place, _record(movie, content))
    return True


def _checked_parts(movie: Path, outcomes: Sequence[Outcome], store: Store) -> list[Part]:
    """Return the segments as files, whole and fit to be joined."""
    segments = []
    for outcome in outcomes:
        if outcome.segment is None or not store.has(outcome.segment):
            raise IparsaveError(f"the segment of {outcome.block} of {movie} has gone from the cache", "build again")
        segments.append(outcome.segment)
    if len({segment.extradata for segment in segments}) > 1:
        raise IparsaveError(
            f"the blocks of {movie} do not fit together: the encoder gave them different headers",
            "build it with --block-size all",
        )
    return [Part(store.path(segment), segment.frames) for segment in segments]


def _content(movie: Path, parts: Sequence[Part], joint: Joint, stitcher: Stitcher) -> str:
    """Return the digest of what decides the movie's bytes; a part's path is the digest of its own."""
    digest = Digest("movie").add("stitcher", repr((stitcher.name, stitcher.args)))
    digest.add("joint", repr(joint)).add("suffix", movie.suffix)
    for part in parts:
        digest.add("segment", part.path.parent.name + part.path.name)
    return digest.hexdigest()


def _record(movie: Path, content: str) -> dict[str, object]:
    here = signature(str(movie))
    return {"content": content, "signature": list(here) if here else None}
