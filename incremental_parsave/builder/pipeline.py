"""The way of a build: the questions in order, the cheapest first.

The numbers are those of docs/design/questions.md.  One target is built here; its scene
is running in this process, and stands in the middle of its ``save``.
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
from ..blocks.inputs_question import InputsQuestion, settings_digest
from ..blocks.plan import BlockLayout, Planner
from ..blocks.render import Renderer
from ..blocks.toolchain import encoder_identity, with_header
from ..cache import history, places
from ..cache.account import Account
from ..cache.places import Place
from ..errors import FramesError, IparsaveError
from ..frames.loop import FrameDriver, Loop, save_by_own_writer
from ..frames.stepping import Stepping
from ..media.assemble import Ending, assemble, check_place, content_digest, kept_beside
from ..media.encode import Encoding
from ..media.executables import find_ffmpeg, find_mencoder, why_unknown
from ..model import Movie, Reason, Recipe
from ..mpl import animation as names
from ..mpl.target import Target
from ..pool.stepper import Stepper
from ..processes import lifeline
from ..tracing import audit
from ..trust.doubts import doubt
from .serial import SerialDriver
from .session import Options, Session

if TYPE_CHECKING:
    from ..protocol.events import MadeMovie

_MUCH = 1 << 31  # bytes, of a movie whose length is not known


def build(target: Target, options: Options, session: Session) -> Movie:
    """Build one movie.

    Question 0, whether anything has changed at all, is asked before a scene is
    run, and so not here (`front.manifest`).
    """
    started = time.monotonic()
    target = part_of(target, options)
    place = target.path.absolute()  # the animation may change its folder
    with audit.own_work():
        if not options.number and not options.dry:
            options = replace(options, number=places.begin(str(session.store.root)))
        check_place(target.path, dry=options.dry)
        if session.inputs is not None:
            session.inputs.declare(options.inputs, os.getcwd())
            if target.by_ffmpeg:
                session.inputs.made.movie(str(target.path))
    if not target.by_ffmpeg:
        return _build_by_own_writer(target, options, session, started)
    loop = Loop(target)
    with audit.own_work():
        account = Account(session.store, session.reporter, target.path)
    with lifeline.of_this_process():
        driver = loop.run(lambda: _choose_way(loop, options, session, account))  # 1 to 4
    if not driver.outcomes:
        raise FramesError(f"the animation of {target.path} yields no frames", "check its argument frames")
    with audit.own_work():
        ending = Ending.UP_TO_DATE if options.dry else _put_in_place(loop, driver, place, options, session)  # 5
        _account_for(driver, account, session, keep=not options.dry and ending is not Ending.OUTDATED)
    movie = _movie(target, driver, time.monotonic() - started, written=ending is not Ending.UP_TO_DATE)
    session.reporter.emit(movie.event())
    return movie


def _put_in_place(loop: Loop, driver: FrameDriver, path: Path, options: Options, session: Session) -> Ending:
    """Ask question 5; join the segments if the answer is yes; return what became of the movie."""
    target = loop.target
    for outcome in driver.outcomes:
        if outcome.segment is None:
            raise IparsaveError(f"{outcome.block} of {target.path} has no segment", "run the build again")
    recipe = Recipe(
        path,
        tuple(outcome.segment for outcome in driver.outcomes if outcome.segment is not None),
        loop.encoding.joint,
        options.stitcher.name,
        options.stitcher.args,
        copy=bool(loop.encoding.uncut),
    )
    ffmpeg = find_ffmpeg(options.ffmpeg, mpl.rcParams["animation.ffmpeg_path"])
    program = find_mencoder() if options.stitcher.name == "mencoder" and len(driver.outcomes) > 1 else ffmpeg
    unknown = why_unknown(ffmpeg) or why_unknown(program)
    place, start = str(path), driver.outcomes[0].block.start
    frames = [digest for outcome in driver.outcomes for digest in outcome.frames]
    version = history.keep(session.store, start, frames, recipe.segments)

    def note() -> None:
        earlier = session.versions.setdefault(place, history.names(session.store, place))
        history.note(session.store, place, version, earlier)

    force = options.force or bool(unknown)
    ending = assemble(recipe, session.store, ffmpeg, options.number, keep=options.keep, force=force, then=note)
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
        if options.stitcher.name == "mencoder":
            session.inputs.use_programs("mencoder")
        if options.keep:
            for path in kept_beside(recipe):
                session.inputs.made.touched(str(path.absolute()))
        if unknown:
            session.inputs.be_blind(f"the encoder {unknown}")
        if not loop.encoding.reusable:
            session.inputs.be_blind_unless_declared(f"the encoder options of {target.path} may read other files")
    return ending


def _account_for(driver: FrameDriver, account: Account, session: Session, *, keep: bool) -> None:
    """Say what has changed since the last build, and what changes by itself."""
    generators = session.generators
    account.close(
        driver.outcomes,
        [name for name in generators.tokens() if not account.is_as_before(name) and generators.is_unseeded(name)],
        why_not=account.sections.unknown or (session.inputs.blind if session.inputs is not None else ""),
        keep=keep,
    )


def laid_out(
    target: Target, size: tuple[int, int], options: Options, warn: Callable[[str], None]
) -> tuple[BlockLayout, Encoding]:
    """Return where the blocks of a movie begin, and how they are encoded.

    Parameters
    ----------
    target : Target
    size : tuple of int
        Width and height of a frame in pixels.
    options : Options
    warn : callable
        Told where the movie cannot be cut as it was asked for.
    """
    total = total_of(target)
    layout = BlockLayout(total, options.block_size, options.lengths, options.frames)
    encoding = target.encoding(size, blocks=layout.count, shortest=layout.shortest, stitcher=options.stitcher.name)
    if encoding.uncut and layout.count != 1:
        warn(f"{target.path}: {encoding.uncut}: any change encodes all of it")
        layout = BlockLayout(total, 0, (), options.frames)
    return layout, encoding


def total_of(target: Target) -> int | None:
    """Return how many frames there are, None if only their end will tell."""
    frames = names.sized_frames(target.anim)
    return len(frames) if frames is not None and not target.extra_anim else None


def _choose_way(loop: Loop, options: Options, session: Session, account: Account) -> FrameDriver:
    """Return the way in which the frames are drawn; each asks questions 1 to 4 block by block."""
    target = loop.target
    with audit.own_work():
        total = total_of(target)
        layout, encoding = laid_out(target, loop.size, options, session.reporter.warn)
        loop.encoding, loop.block_of = encoding, layout.block_of
        if not options.dry:
            width, height = encoding.size
            session.store.prepare(4 * width * height * total if total is not None else _MUCH)
        ffmpeg = find_ffmpeg(options.ffmpeg, mpl.rcParams["animation.ffmpeg_path"])
        unknown = why_unknown(ffmpeg)
        if unknown:
            session.reporter.warn(
                f"{target.path} is encoded again in every build: {ffmpeg} {unknown}\n"
                "help: name the ffmpeg program itself with --ffmpeg or IPARSAVE_FFMPEG"
            )
        loop.encoding = encoding = with_header(ffmpeg, encoding, session.store, remember=not (options.dry or unknown))
        identity = encoder_identity(ffmpeg, encoding, session.store, remember=not (options.dry or unknown))
        settings = settings_digest(encoding.key(), identity + unknown, account.sections.settings)
        length = str(options.lengths or options.block_size or "all")
        account.sections.settings.note("block size", length, length)
        stepping = Stepping(independent=options.stepping == "independent" and total is not None)
        no = Reason.UNKNOWN_PROGRAM if unknown else None if encoding.reusable else Reason.UNKNOWN_OPTIONS
        no = Reason.FORCED if options.force else no
        planner = Planner(session.store, settings, no=no, write=not options.dry)
        renderer = Renderer(ffmpeg, encoding, session.store, planner, target.path, dry=options.dry)
        inputs = None
        if session.inputs is not None:
            inputs = InputsQuestion(
                session.inputs,
                session.generators,
                planner,
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
        context = BuildContext(loop, layout, renderer, account, inputs, options.jobs, options.give_up)

        def plain(why: str) -> FrameDriver:
            if options.give_up is not None:
                options.give_up(why)
            session.reporter.warn(f"building {target.path} in one process (slower): {why}")
            return SerialDriver(context, why)

        why = doubt(target) if options.why is None else options.why
        return plain(why) if why else Stepper(context, stepping, options.exact, options.wanted, plain)


def part_of(target: Target, options: Options) -> Target:
    """Return the target whose movie is the frames that were asked for alone."""
    if options.frames is None:
        return target
    start, stop = options.frames
    count = names.expected_count(target.anim)
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


def _written_whole(target: Target, options: Options, session: Session) -> int:
    """Have the target's own writer write the movie, if none of a later build is there; return the number of frames."""
    place = Place(str(session.store.root), str(target.path))

    def put(temporary: Path, output: Path) -> None:
        with audit.own_work(), place.held(options.number) as is_newest:
            if is_newest:
                place.put(temporary, "", options.number)
        if not is_newest:
            outdated()
        if session.inputs is not None:
            session.inputs.made.renamed(str(temporary), str(output))

    def outdated() -> None:
        session.reporter.warn(f"{target.path} {Ending.OUTDATED.value}")
        if session.inputs is not None:
            session.inputs.be_blind("a build that began later has written the movie")

    if names.writes_one_file(target.writer):
        return save_by_own_writer(target, put)
    with audit.own_work(), place.held(options.number) as is_newest:  # only now: nobody may wait for user code
        if is_newest:
            place.note(options.number)
    if is_newest:
        return save_by_own_writer(target)
    outdated()
    with tempfile.TemporaryDirectory() as folder:  # what the script saves later may follow from it
        return save_by_own_writer(replace(target, path=Path(folder, target.path.name)))


def _build_by_own_writer(target: Target, options: Options, session: Session, started: float) -> Movie:
    """Let a writer that cannot be cut into blocks write the movie as ever."""
    kind = type(target.writer).__qualname__
    verb = "would be" if options.dry else "is"
    session.reporter.warn(f"{target.path} {verb} written whole by {kind}, which does not support blocks")
    frames = (names.expected_count(target.anim) or 0) if options.dry else _written_whole(target, options, session)
    seconds = time.monotonic() - started
    way = f"written by {kind}"
    movie = Movie(target.path, frames, (0,), (), up_to_date=False, seconds=seconds, way=way)
    made: MadeMovie = {
        "output": str(target.path),
        "path": str(target.path.absolute()),
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
