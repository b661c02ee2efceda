"""The way of a build: the questions in order, the cheapest first.

The numbers are those of docs/design.md.  One target is built here; its scene
is running in this process, and stands in the middle of its ``save``.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import matplotlib as mpl

from .encode import Encoding
from .errors import FramesError, IparsaveError
from .executables import find_ffmpeg
from .fast import Stepper
from .inputs_question import InputsQuestion, settings_digest
from .keys.canonical import Digest
from .keys.files import signature
from .keys.toolchain import encoder_identity
from .model import Movie, Outcome, Part, Reason
from .plain import Plain
from .plan import BLOCK_SIZE, Cut, Planner
from .render import Renderer
from .reporting import Reporter
from .scene import audit, state
from .scene import mpl as names
from .scene.doubts import doubt
from .scene.inputs import Inputs
from .scene.loop import Loop, Way, save_by_own_writer
from .scene.target import Target
from .stitch import Stitcher, replacing
from .store import Store


@dataclass(frozen=True)
class Options:
    """How to build, as far as it is not what to build.

    Attributes
    ----------
    jobs : int
        How many blocks are drawn at a time.
    block_size : int
        Frames a block; 0 for one block.
    lengths : tuple of int
        The lengths of blocks that were laid by hand; empty if they were not.
    frames : tuple of int or None
        Build the frames ``[a, b)`` alone, into a file of their own.
    stitcher : Stitcher
    stepping : {"auto", "sequential", "independent"}
        Whether each frame may depend on those before it.
    keep : bool
        Leave the segments beside the movie.
    force : bool
        Ask no question.
    dry : bool
        Write nothing.
    ffmpeg : str or None
        The program, where it was named by hand.
    """

    jobs: int = 1
    block_size: int = BLOCK_SIZE
    lengths: tuple[int, ...] = ()
    frames: tuple[int, int | None] | None = None
    stitcher: Stitcher = field(default_factory=lambda: Stitcher("ffmpeg"))
    stepping: str = "auto"
    keep: bool = False
    force: bool = False
    dry: bool = False
    ffmpeg: str | None = None


@dataclass(frozen=True)
class Session:
    """What the builds of one process share.

    Attributes
    ----------
    store : Store
    reporter : Reporter
    inputs : Inputs or None
        What the process has read; None where recording did not begin with it.
    generators : Generators
    """

    store: Store
    reporter: Reporter
    inputs: Inputs | None
    generators: state.Generators


def build(target: Target, options: Options, session: Session) -> Movie:
    """Build one movie.

    Question 0, whether anything was touched at all, is asked before a scene is
    run, and so not here.
    """
    started = time.monotonic()
    target = _part_of(target, options)
    with audit.own_work():
        _check_place(target.path, dry=options.dry)
    if not target.by_ffmpeg:
        return _build_by_own_writer(target, options, session, started)
    loop = Loop(target)
    way = loop.run(lambda: _choose_way(loop, options, session))  # 1 to 4
    if not way.outcomes:
        raise FramesError(f"the animation of {target.path} gave no frames", "see what its frames= yields")
    with audit.own_work():
        written = _stitch_if_changed(target, loop.encoding, way.outcomes, options, session)  # 5
    movie = _movie(target, way, time.monotonic() - started, written=written)
    session.reporter.emit(**movie.event())
    return movie


def _choose_way(loop: Loop, options: Options, session: Session) -> Way:
    """Return the way in which the frames are drawn; each asks questions 1 to 4 block by block."""
    target = loop.target
    with audit.own_work():
        frames = names.sized_frames(target.anim)
        total = len(frames) if frames is not None and not target.extra_anim else None
        cut = Cut(total, options.block_size, options.lengths, options.frames)
        encoding = loop.encoding = target.encoding(
            loop.size, blocks=cut.count, shortest=cut.shortest, stitcher=options.stitcher.name
        )
        ffmpeg = find_ffmpeg(options.ffmpeg, mpl.rcParams["animation.ffmpeg_path"])
        if encoding.uncut and cut.count != 1:
            session.reporter.warn(f"{target.path} is built as one block: {encoding.uncut}")
            cut = Cut(total, 0, (), options.frames)
        identity = encoder_identity(ffmpeg, encoding, session.store, remember=not options.dry)
        settings = settings_digest(encoding.key(), identity)
        no = Reason.FORCED if options.force else None if encoding.reusable else Reason.UNKNOWN_OPTIONS
        planner = Planner(session.store, settings, no=no, write=not options.dry)
        renderer = Renderer(ffmpeg, encoding, session.store, planner, target.path, dry=options.dry)
        session.reporter.emit("plan", output=str(target.path), frames=total, blocks=cut.count, jobs=options.jobs)

        def plain(why: str) -> Way:
            session.reporter.warn(f"{target.path} is built the plain way: {why}")
            return Plain(loop, cut, renderer, session.reporter, options.jobs, why)

        if why := doubt(target):
            return plain(why)
        inputs = None
        if session.inputs is not None:
            inputs = InputsQuestion(session.inputs, session.generators, planner, target, settings)
        independent = options.stepping == "independent" and total is not None
        return Stepper(loop, cut, renderer, session.reporter, inputs, options.jobs, independent, plain)


def _part_of(target: Target, options: Options) -> Target:
    """Return the target whose movie is the frames that were asked for alone."""
    if options.frames is None:
        return target
    start, stop = options.frames
    count = names.expected_count(target.anim)
    if count is not None and start >= count:
        raise FramesError(f"{target.path} has {count} frames, none from {start} on", "ask for fewer --frames")
    end = stop if stop is not None else count if count is not None else "end"
    path = target.path.with_name(f"{target.path.stem}-{start}-{end}{target.path.suffix}")
    return replace(target, path=path)


def _check_place(path: Path, *, dry: bool) -> None:
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


def _stitch_if_changed(
    target: Target, encoding: Encoding, outcomes: Sequence[Outcome], options: Options, session: Session
) -> bool:
    """Ask question 5, whether the list of segments has changed; stitch only then.

    Returns
    -------
    bool
        Whether the movie was written.
    """
    if options.dry:
        return False
    segments = [outcome.segment for outcome in outcomes if outcome.segment is not None]
    for outcome in outcomes:
        if outcome.segment is None or not session.store.has(outcome.segment):
            raise IparsaveError(f"the segment of {outcome.block} has gone from the cache", "build again")
    if len({segment.extradata for segment in segments}) > 1:
        raise IparsaveError(
            f"the blocks of {target.path} do not fit together: the encoder gave them different headers",
            "build it with --block-size all",
        )
    content = Digest("movie").add("stitcher", repr((options.stitcher.name, options.stitcher.args)))
    content.add("joint", repr(encoding.joint)).add("suffix", target.path.suffix)
    for segment in segments:
        content.add("segment", segment.digest)
    place = Digest("place").add("path", str(target.path.resolve())).hexdigest()
    record = session.store.read("movies", place)
    here = signature(str(target.path))
    unchanged = record == {"content": content.hexdigest(), "signature": list(here) if here else None}
    if unchanged and not options.force and not options.keep:
        return False

    parts = [Part(session.store.path(segment), segment.frames) for segment in segments]
    ffmpeg = find_ffmpeg(options.ffmpeg, mpl.rcParams["animation.ffmpeg_path"])
    if encoding.uncut:
        with replacing(target.path) as temporary:
            shutil.copyfile(parts[0].path, temporary)
    else:
        options.stitcher.join(parts, target.path, encoding.joint, ffmpeg)
    if options.keep and len(parts) > 1:
        for j, part in enumerate(parts):
            beside = target.path.with_name(f"{target.path.stem}-{j}{target.path.suffix}")
            Stitcher("ffmpeg").join([part], beside, encoding.joint, ffmpeg)
    here = signature(str(target.path))
    session.store.write("movies", place, {"content": content.hexdigest(), "signature": list(here or ())})
    return True


def _movie(target: Target, way: Way, seconds: float, *, written: bool) -> Movie:
    rendered = tuple(o.block.index for o in way.outcomes if not o.reason.reused)
    return Movie(
        path=target.path,
        frames=sum(len(o.frames) for o in way.outcomes),
        rendered=rendered,
        reused=tuple(o.block.index for o in way.outcomes if o.reason.reused),
        up_to_date=not rendered and not written,
        seconds=seconds,
        way=way.why or "fast",
    )


def _build_by_own_writer(target: Target, options: Options, session: Session, started: float) -> Movie:
    """Let a writer that cannot be cut into blocks write the movie as ever."""
    kind = type(target.writer).__qualname__
    if options.dry:
        session.reporter.warn(f"{target.path} would be written whole by {kind}")
        return Movie(target.path, 0, (0,), (), up_to_date=False, seconds=0.0, way=f"written by {kind}")
    session.reporter.warn(f"{target.path} is written whole by {kind}, which cannot be cut into blocks")
    frames = save_by_own_writer(target)
    seconds = time.monotonic() - started
    movie = Movie(target.path, frames, (0,), (), up_to_date=False, seconds=seconds, way=f"written by {kind}")
    session.reporter.emit(**movie.event())
    return movie
