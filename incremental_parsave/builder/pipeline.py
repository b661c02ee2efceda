"""Build one target: choose the driver, which asks questions 1 to 3, run the loop of its frames, and join (question 5).

The numbers of the questions are those of docs/design/questions.md.  The scene runs in this
process, and is in the middle of its call of ``save``.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl

from ..blocks.context import BuildContext
from ..blocks.layout import BlockLayout
from ..blocks.lookup import BlockLookup
from ..blocks.questions import InputsQuestion, settings_digest
from ..blocks.render import BlockRenderer
from ..blocks.toolchain import encoder_identity, with_header
from ..cache import history, places
from ..cache.account import Account
from ..cache.places import Place
from ..errors import FramesError, IparsaveError
from ..frames.loop import FrameDriver, Loop, save_by_own_writer
from ..frames.stepping import Stepping
from ..media.assemble import Ending, assemble, check_place, content_digest, kept_beside
from ..media.encode import Encoding
from ..media.executables import find_ffmpeg, find_mencoder, why_not_identified
from ..model import Movie, Reason, Recipe
from ..mpl import animation as mpl_animation
from ..mpl.private import missing_for_drawing
from ..mpl.target import Target
from ..options import BuildOptions
from ..pool.stepper import Stepper
from ..processes import lifeline
from ..tracing import audit
from ..trust.doubts import doubt
from .serial import SerialDriver
from .session import Request, Session

if TYPE_CHECKING:
    from ..protocol.events import MadeMovie

_ASSUMED_BYTES = 1 << 31  # size of the raw frames of a movie whose length is not known


def build(target: Target, request: Request, session: Session) -> Movie:
    """Build one movie.

    Question 0, whether anything has changed at all, is not asked here: the supervisor
    asks it before it runs the scene (`supervisor.scene_build`).
    """
    started = time.monotonic()
    target = part_of(target, request.options)
    place = target.path.absolute()  # now, since the animation may change the working folder
    with audit.unrecorded():
        if not request.number and not request.dry:
            request = replace(request, number=places.begin(str(session.store.root)))
        check_place(target.path, dry=request.dry)
        if session.inputs is not None:
            session.inputs.declare(request.inputs, os.getcwd())
            if target.can_build_in_blocks:
                session.inputs.made.movie(str(target.path))
    if not target.can_build_in_blocks:
        kind = type(target.writer).__qualname__
        why = f"written whole by {kind}, which does not support blocks"
        return _build_by_own_writer(target, request, session, started, why, f"written by {kind}")
    if name := missing_for_drawing():
        why = f"matplotlib has no {name}"
        return _build_by_own_writer(target, request, session, started, f"written whole by Animation.save: {why}", why)
    loop = Loop(target)
    with audit.unrecorded():
        account = Account(session.store, session.reporter, target.path)
    with lifeline.of_this_process():
        driver = loop.run(lambda: _choose_driver(loop, request, session, account))  # questions 1 to 3, and drawing (4)
    if not driver.outcomes:
        raise FramesError(f"the animation of {target.path} yields no frames", "check its argument frames")
    with audit.unrecorded():
        ending = Ending.UP_TO_DATE if request.dry else _assemble(loop, driver, place, request, session)
        _close_account(driver, account, session, keep=not request.dry and ending is not Ending.OUTDATED)
    movie = _movie(target, driver, time.monotonic() - started, written=ending is not Ending.UP_TO_DATE)
    session.reporter.emit(movie.event())
    return movie


def _assemble(loop: Loop, driver: FrameDriver, path: Path, request: Request, session: Session) -> Ending:
    """Ask question 5, and join the segments if their list has changed; return what happened to the movie's file."""
    target, options = loop.target, request.options
    for outcome in driver.outcomes:
        if outcome.segment is None:
            raise IparsaveError(f"{outcome.block} of {target.path} has no segment", "run the build again")
    recipe = Recipe(
        path,
        tuple(outcome.segment for outcome in driver.outcomes if outcome.segment is not None),
        loop.encoding.joint,
        options.stitcher,
        request.stitcher_args,
        copy=bool(loop.encoding.why_one_block),
    )
    ffmpeg = find_ffmpeg(options.ffmpeg, mpl.rcParams["animation.ffmpeg_path"])
    program = find_mencoder() if options.stitcher == "mencoder" and len(driver.outcomes) > 1 else ffmpeg
    unknown = why_not_identified(ffmpeg) or why_not_identified(program)
    place, start = str(path), driver.outcomes[0].block.start
    frames = [digest for outcome in driver.outcomes for digest in outcome.frames]
    version = history.keep(session.store, start, frames, recipe.segments)

    def note() -> None:
        earlier = session.versions.setdefault(place, history.names(session.store, place))
        history.note(session.store, place, version, earlier)

    force = request.force or bool(unknown)
    ending = assemble(recipe, session.store, ffmpeg, request.number, keep=request.keep, force=force, then=note)
    if ending is Ending.OUTDATED:
        session.reporter.warn(f"{target.path} {ending.value}")
    session.made.append(
        {
            "output": str(target.path),
            "path": place,
            "frames": len(frames),
            "blocks": len(recipe.segments),
            "start": start,
            "way": driver.why or "fast",
            "version": version,
            "content": content_digest(recipe),
            "recipe": recipe.to_json(),
            "ffmpeg": ffmpeg,
        }
    )
    if session.inputs is not None:
        session.inputs.use_programs(options.ffmpeg or mpl.rcParams["animation.ffmpeg_path"], ffmpeg)
        session.inputs.add("variable", "IPARSAVE_FFMPEG")
        if options.stitcher == "mencoder":
            session.inputs.use_programs("mencoder")
        if request.keep:
            for path in kept_beside(recipe):
                session.inputs.made.touched(str(path.absolute()))
        if unknown:
            session.inputs.mark_untracked(f"the encoder {unknown}")
        if not loop.encoding.reusable:
            session.inputs.mark_untracked_unless_declared(f"the encoder options of {target.path} may read other files")
    return ending


def _close_account(driver: FrameDriver, account: Account, session: Session, *, keep: bool) -> None:
    """Report what has changed since the last build, and unseeded random numbers; save the account if *keep*."""
    generators = session.generators
    account.close(
        driver.outcomes,
        [
            name
            for name in generators.tokens()
            if not account.generator_state_unchanged(name) and generators.is_unseeded(name)
        ],
        why_not=account.sections.unknown or (session.inputs.untracked if session.inputs is not None else ""),
        keep=keep,
    )


def layout_and_encoding(
    target: Target, size: tuple[int, int], request: Request, warn: Callable[[str], None]
) -> tuple[BlockLayout, Encoding]:
    """Return the block layout of a movie, and how its blocks are encoded.

    Parameters
    ----------
    target : Target
    size : tuple of int
        Width and height of a frame in pixels.
    request : Request
    warn : callable
        Called with a message if the movie cannot have the blocks that were asked for.
    """
    total, options = total_of(target), request.options
    layout = BlockLayout(total, options.block_size, request.lengths, options.frames)
    encoding = target.encoding(size, blocks=layout.count, shortest=layout.shortest, stitcher=options.stitcher)
    if encoding.why_one_block and layout.count != 1:
        warn(f"{target.path}: {encoding.why_one_block}: any change encodes all of it")
        layout = BlockLayout(total, 0, (), options.frames)
    return layout, encoding


def total_of(target: Target) -> int | None:
    """Return the number of frames; None if it is not known in advance."""
    frames = mpl_animation.sized_frames(target.anim)
    return len(frames) if frames is not None and not target.extra_anim else None


def _choose_driver(loop: Loop, request: Request, session: Session, account: Account) -> FrameDriver:
    """Return the frame driver of the movie, which asks its questions block by block."""
    target, options = loop.target, request.options
    with audit.unrecorded():
        total = total_of(target)
        layout, encoding = layout_and_encoding(target, loop.size, request, session.reporter.warn)
        loop.encoding, loop.block_of = encoding, layout.block_of
        if not request.dry:
            width, height = encoding.size
            session.store.prepare(4 * width * height * total if total is not None else _ASSUMED_BYTES)
        ffmpeg = find_ffmpeg(options.ffmpeg, mpl.rcParams["animation.ffmpeg_path"])
        unknown = why_not_identified(ffmpeg)
        if unknown:
            session.reporter.warn(
                f"{target.path} is encoded again in every build: {ffmpeg} {unknown}\n"
                "help: name the ffmpeg program itself with --ffmpeg or IPARSAVE_FFMPEG"
            )
        loop.encoding = encoding = with_header(ffmpeg, encoding, session.store, remember=not (request.dry or unknown))
        identity = encoder_identity(ffmpeg, encoding, session.store, remember=not (request.dry or unknown))
        settings = settings_digest(encoding.key(), identity + unknown, account.sections.settings)
        length = str(request.lengths or options.block_size or "all")
        account.sections.settings.note("block size", length, length)
        stepping = Stepping(independent=options.stepping == "independent" and total is not None)
        no = Reason.UNKNOWN_PROGRAM if unknown else None if encoding.reusable else Reason.UNKNOWN_OPTIONS
        no = Reason.FORCED if request.force else no
        lookup = BlockLookup(session.store, settings, answer_no_because=no, write=not request.dry)
        renderer = BlockRenderer(ffmpeg, encoding, session.store, lookup, target.path, dry=request.dry)
        inputs = None
        if session.inputs is not None:
            inputs = InputsQuestion(
                session.inputs,
                session.generators,
                lookup,
                loop,
                settings,
                account.sections,
                independent=stepping.independent,
            )
        session.reporter.emit(
            {
                "event": "plan",
                "output": str(target.path),
                "frames": total,
                "blocks": layout.count,
                "jobs": options.jobs,
                "fps": float(target.fps),
                "spans": [[block.start, block.stop] for block in layout.blocks()],
            }
        )
        context = BuildContext(loop, layout, renderer, account, inputs, options.jobs, request.give_up)

        def in_one_process(why: str) -> FrameDriver:
            if request.give_up is not None:
                request.give_up(why)
            session.reporter.warn(f"building {target.path} in one process (slower): {why}")
            return SerialDriver(context, why)

        why = doubt(target) if request.why is None else request.why
        if why:
            return in_one_process(why)
        return Stepper(context, stepping, options.exact, request.priorities, in_one_process)


def part_of(target: Target, options: BuildOptions) -> Target:
    """Return *target*, with a path of its own if only some of its frames were asked for."""
    if options.frames is None:
        return target
    start, stop = options.frames
    count = mpl_animation.expected_count(target.anim)
    if count is not None and start >= count:
        raise FramesError(
            f"{target.path} has {count} frames, but --frames begins at {start}", f"choose frames from 0 to {count - 1}"
        )
    end = stop if stop is not None else count if count is not None else "end"
    path = target.path.with_name(f"{target.path.stem}-{start}-{end}{target.path.suffix}")
    return replace(target, path=path)


def _movie(target: Target, driver: FrameDriver, seconds: float, *, written: bool) -> Movie:
    rendered = tuple(o.block.index for o in driver.outcomes if not o.reason.reused)
    return Movie(
        path=target.path,
        frames=sum(len(o.frames) for o in driver.outcomes),
        rendered=rendered,
        reused=tuple(o.block.index for o in driver.outcomes if o.reason.reused),
        up_to_date=not rendered and not written,
        seconds=seconds,
        way=driver.why or "fast",
    )


def _write_by_own_writer(target: Target, request: Request, session: Session) -> int:
    """Let the target's own writer write the movie; return the number of frames.

    If a build that began later has already put its movie in place, the new movie is discarded.
    """
    place = Place(str(session.store.root), str(target.path))

    def put(temporary: Path, output: Path) -> None:
        with audit.unrecorded(), place.held(request.number) as is_newest:
            if is_newest:
                place.put(temporary, "", request.number)
        if not is_newest:
            outdated()
        if session.inputs is not None:
            session.inputs.made.renamed(str(temporary), str(output))

    def outdated() -> None:
        session.reporter.warn(f"{target.path} {Ending.OUTDATED.value}")
        if session.inputs is not None:
            session.inputs.mark_untracked("a build that began later has written the movie")

    if mpl_animation.writes_one_file(target.writer):
        return save_by_own_writer(target, put)
    # Release the lock before the scene's code runs: no other build may have to wait for that code.
    with audit.unrecorded(), place.held(request.number) as is_newest:
        if is_newest:
            place.note(request.number)
    if is_newest:
        return save_by_own_writer(target)
    outdated()
    with tempfile.TemporaryDirectory() as folder:  # draw it all the same: later saves may depend on it
        return save_by_own_writer(replace(target, path=Path(folder, target.path.name)))


def _build_by_own_writer(
    target: Target, request: Request, session: Session, started: float, how: str, way: str
) -> Movie:
    """Let ``Animation.save`` and the target's own writer write the movie, as they do without this package."""
    session.reporter.warn(f"{target.path} {'would be' if request.dry else 'is'} {how}")
    frames = (
        (mpl_animation.expected_count(target.anim) or 0)
        if request.dry
        else _write_by_own_writer(target, request, session)
    )
    return record_whole(target.path, frames, time.monotonic() - started, way, session)


def record_whole(path: Path, frames: int, seconds: float, way: str, session: Session) -> Movie:
    """Report and record a movie that ``Animation.save`` has written.

    Parameters
    ----------
    path : Path
    frames : int
        Number of frames of the movie.
    seconds : float
        Time that writing it took.
    way : str
        Why it is not built in blocks.
    session : Session
    """
    movie = Movie(path, frames, (0,), (), up_to_date=False, seconds=seconds, way=way)
    made: MadeMovie = {
        "output": str(path),
        "path": str(path.absolute()),
        "frames": frames,
        "blocks": 1,
        "start": 0,
        "way": way,
        "version": None,
        "recipe": None,
    }
    session.made.append(made)
    session.reporter.emit(movie.event())
    return movie
