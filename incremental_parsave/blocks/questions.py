"""Questions about a block that are asked before anything of it is drawn.

Question 1, by inputs: whether anything has changed that the block depends on.  A block depends on
everything that was read from the start of the process to the end of the block, and on its seam
(the frame after it), whose digest is in its record.

Question 2, by frame fingerprints: frames with the same fingerprints as in an earlier build look as
they did then, provided that everything that was read while they were drawn is unchanged.  The
fingerprint of the block's seam is part of the key, because the record also holds the digest of the
seam.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

import matplotlib as mpl
from matplotlib.ft2font import __freetype_version__

from ..cache.records import FORMAT
from ..drawing.calls.display_list import DisplayList
from ..drawing.pristine import MATPLOTLIB
from ..drawing.reuse.fingerprint import Fingerprints
from ..drawing.reuse.known_classes import Untrackable
from ..frames.loop import Loop
from ..keys.canonical import Digest, Unknown
from ..keys.explain import TIME_BASE, TRIAL, USED, Lines, Sections
from ..keys.surroundings import surroundings, surroundings_digest
from ..keys.values.described import described
from ..keys.values.walk import value_digest
from ..model import Block, Outcome
from ..mpl import animation as mpl_animation
from ..mpl import state
from ..tracing.audit import is_local_module
from ..tracing.inputs import Inputs, Reads
from .lookup import BlockLookup

_LONGEST = 60  # characters; longer values of settings are not shown
_SHOWN = {"frames a second": "frame rate", "ticks a second": TIME_BASE, "one block": "encoded whole"}
_BATCH = 64  # number of frame values that are digested together
_PATIENCE = 10  # if none of this many frames has a fingerprint, no more are taken
_IRRELEVANT_SETTINGS = frozenset({"animation.ffmpeg_path", "animation.convert_path", "backend", "interactive"})
"""Names of rcParams that do not affect how a frame looks."""


class Known(NamedTuple):
    """The outcome of a block in an earlier build, and what the block read then."""

    outcome: Outcome
    reads: Reads


class InputsQuestion:
    """Asks question 1 for the blocks of one target.

    Parameters
    ----------
    inputs : Inputs
        The inputs that the scene process has read so far.
    generators : Generators
        The global random generators.
    lookup : BlockLookup
    loop : Loop
    settings : str
        Digest of the settings that turn frames into a segment.
    sections : Sections
        Receives a line for each part of the first block's key, so that the next build can explain changes.
    independent : bool, optional
        Whether frames are stepped as if none depended on another.  Such blocks have keys
        of their own, since frames that are stepped in order may look different.
    """

    def __init__(
        self,
        inputs: Inputs,
        generators: state.Generators,
        lookup: BlockLookup,
        loop: Loop,
        settings: str,
        sections: Sections,
        *,
        independent: bool = False,
    ) -> None:
        self._inputs, self._generators, self._lookup = inputs, generators, lookup
        self._target, self._captures = loop.target, loop.captures
        self._frames = mpl_animation.sized_frames(loop.target.anim)
        self._batches = [""]
        self._marks: list[int] = []
        self._keys: dict[int, str] = {}
        self._tokens: dict[int, dict[str, str]] = {}
        self._unknown = ""
        self._sections: Sections | None = sections
        self._stepping = "independent" if independent else "in order"
        try:
            self._base = self._common(settings, sections.settings)
        except Unknown as unknown:
            self._base, self._unknown = "", str(unknown)

    @property
    def why_not(self) -> str:
        """Why no block can be known by its inputs; empty if blocks can."""
        return self._unknown or self._inputs.untracked

    def _common(self, settings: str, sink: Lines) -> str:
        """Return the digest of everything that all blocks depend on, except what the scene reads and captures."""
        digest = Digest("block").add("format", FORMAT).add("settings", settings)
        digest.add("matplotlib", repr(MATPLOTLIB.differences()))
        digest.add("around", surroundings_digest(surroundings(), sink)).add("save", self._target.ordinal)
        asked = {name: value_digest(value, is_local_module) for name, value in self._target.requested.items()}
        for name, value in asked.items():
            digest.add("asked", name).add("is", value)
            sink.note(name, value, described(self._target.requested[name])[0])
        for name, text in (
            ("arguments", repr(sys.argv[1:])),
            ("FreeType", __freetype_version__),
            ("stepping", self._stepping),
            *((f"rcParams[{k!r}]", repr(v)) for k, v in sorted(mpl.rcParams.items()) if k not in _IRRELEVANT_SETTINGS),
        ):
            digest.add("setting", name).add("is", text)
            sink.note(name, text, text if len(text) <= _LONGEST else "")
        return digest.hexdigest()

    def still(self, kind: str, name: str, digest: str) -> bool:
        """Whether reading *name* now would give *digest*."""
        return self._inputs.still(kind, name, digest)

    def before(self, k: int) -> None:
        """Note that frame *k* begins: everything that is read from now on belongs to it."""
        self._marks.append(self._inputs.mark())
        if k == 0:  # end the prefix before the first draw, which reads fonts, even if the first block begins later
            with suppress(Unknown):
                self._inputs.prefix(self._marks[0], self._sections)

    def ask(self, block: Block) -> Known | None:
        """Return the outcome of *block* in an earlier build if nothing that it depends on has changed, else None."""
        key = self.describe(block)
        if key is None and not self.why_not:
            key = self._key(block)
        if key is None or self.why_not:
            return None
        self._keys[block.start] = key
        found = self._lookup.ask_inputs(key, block, self._inputs.still)
        return Known(*found) if found else None

    def describe(self, block: Block) -> str | None:
        """Return the key of the first block, and note its parts in the sections; return None in all later calls."""
        if self._sections is None:
            return None
        sections, self._sections = self._sections, None
        return self._key(block, sections)

    def _key(self, block: Block, sink: Sections | None = None) -> str | None:
        """Return the key of *block*, or None if it is unknown.  If one is unknown, those of later blocks are, too."""
        try:
            digest = Digest("inputs").add("base", self._base)
            digest.add("start", block.start).add("stop", block.stop)
            digest.add("read", self._inputs.prefix(self._marks[-1], sink))
            digest.add("generators", self._generators_digest(block, sink))
            digest.add("captured", self._captures.digest(block.start, sink.state if sink else None))
            digest.add("frames", self._values(block.stop))
        except Unknown as unknown:
            self._unknown = str(unknown)
            if sink is not None:
                sink.unknown = self._unknown
            return None
        return digest.hexdigest()

    def _generators_digest(self, block: Block, sink: Sections | None) -> str:
        tokens = self._tokens[block.start] = self._generators.tokens()
        digest = Digest("generators")
        for name, token in tokens.items():
            digest.add(name, token)
            if sink is not None:
                sink.state.note(f"the state of {name}", token, token if token == state.UNTOUCHED else USED)
        return digest.hexdigest()

    def _values(self, stop: int) -> str:
        """Return the digest of the values of all frames before *stop*, and of the value at *stop* if there is one."""
        frames = self._frames
        if frames is None or self._target.extra_anim:
            raise Unknown("the frame values are not known in advance")

        def values(start: int, stop: int) -> str:
            return value_digest([frames[k] for k in range(start, stop)], is_local_module)

        stop = min(stop, len(frames))
        batches = self._batches  # chained, so that each value is digested once, wherever blocks begin
        while len(batches) * _BATCH <= stop:
            start = (len(batches) - 1) * _BATCH
            digest = Digest("values").add("before", batches[-1]).add("values", values(start, start + _BATCH))
            batches.append(digest.hexdigest())
        whole = stop // _BATCH
        digest = Digest("values and seam").add("batches", batches[whole]).add("rest", values(whole * _BATCH, stop))
        return digest.add("seam", values(stop, stop + 1) if stop < len(frames) else "end").hexdigest()

    def _span(self, block: Block) -> tuple[int, int]:
        """Return the marks between which *block* and its seam were stepped."""
        after_seam = block.stop + 1
        return self._marks[block.start], (
            self._marks[after_seam] if after_seam < len(self._marks) else self._inputs.mark()
        )

    def forked(self) -> None:
        """Continue in a forked worker."""
        self._inputs.leave_to_parent()

    def reads_in(self, block: Block) -> Reads | None:
        """Return what this process has read so far in *block* and its seam; None if that is unknown."""
        try:
            return self._inputs.reads(*self._span(block))
        except (Unknown, IndexError):
            return None

    def mispredicted(self, known: Known) -> str:
        """Return a message if the stepper read anything in *known* that its record does not list; else empty."""
        block = known.outcome.block
        try:
            extra = set(self._inputs.own_reads(*self._span(block))) - set(known.reads)
        except Unknown as unknown:
            return str(unknown)
        return f"{block} read {min(extra)[1]}, which it did not read in an earlier build" if extra else ""

    def accept(self, known: Known) -> None:
        """Record the reads of a block that was found by its inputs, once its seams have held."""
        self._inputs.add_worker_reads(known.reads)

    def publish(self, outcome: Outcome, reads_in_worker: Reads | None) -> None:
        """Save the outcome of a block for the next build, once its seams have held.

        Parameters
        ----------
        outcome : Outcome
        reads_in_worker : Reads or None
            What the worker read while it drew the block; None if that is unknown.
        """
        if reads_in_worker is None:
            self._inputs.mark_untracked("it is not known which files were read while drawing")
            return
        self._inputs.add_worker_reads(reads_in_worker)
        block = outcome.block
        key = self._keys.get(block.start)
        if key is None or self._inputs.untracked:
            return
        span = self._span(block)
        before, now = self._tokens[block.start], self._generators.tokens()
        if any(before[name] == state.UNTOUCHED != now[name] for name in now):
            return  # the block used a generator that nothing had seeded
        try:
            reads = {*self._inputs.reads(*span), *reads_in_worker}
        except Unknown:
            return
        if self._inputs.unmoved(span[1]):
            self._lookup.keep_inputs(key, sorted(reads), outcome)


def settings_digest(encoding_key: list[tuple[str, str]], identity: str, sink: Lines) -> str:
    """Return the digest of the settings that turn frames into a segment; note each of them in *sink*."""
    digest = Digest("settings").add("identity", identity)
    sink.note(TRIAL, identity)
    for name, value in encoding_key:
        digest.add("option", name).add("is", value)
        sink.note(_SHOWN.get(name, name), value, value)
    return digest.hexdigest()


class FingerprintsQuestion:
    """Takes the fingerprints of stepped frames, and looks blocks up by them.

    Parameters
    ----------
    loop : Loop
    lookup : BlockLookup
    inputs : InputsQuestion or None
        Compares what was read.  Without it, no block is known by its fingerprints.
    """

    def __init__(self, loop: Loop, lookup: BlockLookup, inputs: InputsQuestion | None) -> None:
        self._loop, self._lookup, self._inputs = loop, lookup, inputs
        self._fingerprints: Fingerprints | None = None
        self._taken: list[str | None] = []

    @property
    def is_asked(self) -> bool:
        """Whether later frames may have fingerprints."""
        return self._fingerprints is not None

    def begin(self, first: DisplayList | None) -> None:
        """Prepare to take fingerprints; *first* is the recording of the first frame, or None if it was not recorded."""
        if first is None or self._inputs is None:
            return
        with suppress(Untrackable):
            self._fingerprints = self._loop.fingerprints(first)

    def end(self) -> None:
        """Take no more fingerprints: the figure's state no longer follows from the first frame and stepping alone."""
        self._fingerprints = None

    def take(self, k: int, *, whole: bool) -> None:
        """Take the fingerprint of frame *k*, the last that was stepped; compare all artists by value if *whole*."""
        fingerprint = None
        try:
            if self._fingerprints is not None:
                fingerprint = self._fingerprints.take(whole=whole)
        except Exception:  # `Missed`, or an artist is broken: drawing the block will show it
            self.end()
        self._taken += [None] * (k - len(self._taken))
        self._taken.append(fingerprint)
        if k == _PATIENCE and not any(self._taken[1:]):
            self.end()
            self._loop.barrier.lower()  # axes are cleared, or the like: watching their artists only costs time

    def may_know(self, block: Block, k: int) -> bool:
        """Whether *block* may still turn out to be known after frame *k*, which is in the block or is its seam."""
        fingerprint = self._taken[k] if k < len(self._taken) else None
        return fingerprint is not None and (
            k > block.start or self._lookup.may_know_fingerprints(_beginning(fingerprint))
        )

    def ask(self, block: Block, frames: int) -> Known | None:
        """Return the outcome of *block* in an earlier build, or None if it is not known by its fingerprints.

        Parameters
        ----------
        block : Block
        frames : int
            Number of frames that were stepped so far.
        """
        key = self._key(block, frames)
        if key is None or self._inputs is None:
            return None
        found = self._lookup.ask_fingerprints(key, block, self._inputs.still)
        return Known(*found) if found else None

    def keep(self, outcome: Outcome, reads: Reads, frames: int) -> None:
        """Save the outcome of a block under its fingerprints.

        Parameters
        ----------
        outcome : Outcome
        reads : Reads
            What was read while the block was drawn.
        frames : int
            Number of frames that were stepped so far.
        """
        key = self._key(outcome.block, frames)
        first = self._taken[outcome.block.start] if key is not None else None
        if key is not None and first is not None:
            self._lookup.keep_fingerprints(key, _beginning(first), reads, outcome)

    def _key(self, block: Block, frames: int) -> str | None:
        """Return the key of *block*; None if one of its frames, or its seam, has no fingerprint."""
        fingerprints: Sequence[str | None] = self._taken[block.start : min(block.stop + 1, frames)]
        if not fingerprints or None in fingerprints:
            return None
        digest = Digest("fingerprints").add("format", FORMAT)
        for fingerprint in fingerprints:
            digest.add("fingerprint", fingerprint or "")
        return digest.add("frames", min(block.stop, frames) - block.start).hexdigest()


def _beginning(fingerprint: str) -> str:
    return Digest("beginning").add("format", FORMAT).add("fingerprint", fingerprint).hexdigest()
