"""The account of a movie: the inputs and frames of its last build, kept so that the next build can explain changes."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ..keys.explain import USED, Lines, Sections, compare, differences
from ..keys.files import path_key
from ..keys.reads import is_installed, note_read
from ..model import Block, Outcome, Reason
from ..processes.reporting import Reporter
from ..spans import look_different, spans
from .store import Store

if TYPE_CHECKING:
    from ..protocol.events import BlockDone

KIND = "accounts"
_DIGITS = 16  # number of digits kept of a frame's digest: enough to tell two frames apart
_MOST_CAUSES = 3  # causes shown in the line of a block
_LONGEST = 300  # characters; longer causes are cut off
_PROGRESS_INTERVAL = 0.1  # smallest number of seconds between two progress events


class Account:
    """Reports the outcome of each block of one movie, and what has changed since its last build.

    Parameters
    ----------
    store : Store
    reporter : Reporter
    movie : Path

    Attributes
    ----------
    sections : Sections
        The inputs of the movie, which the key functions note when the first block begins.
    """

    def __init__(self, store: Store, reporter: Reporter, movie: Path) -> None:
        self._store, self._reporter, self._movie = store, reporter, movie
        self._place = path_key(str(movie))
        self.sections = Sections()
        self._drawn, self._emitted_at = 0, 0.0
        self._frames: dict[int, str] = {}
        self._reads: dict[int, Lines] = {}
        self._changed_in: dict[int, list[str]] = {}
        before = store.read(KIND, self._place)
        self._before = Sections.from_json(before["sections"]) if before else None
        self._when = before["when"] if before else 0.0
        self._warned = set(before["warned"] if before else ())
        self._frames_before: list[str] = []
        self._reads_before: dict[int, Lines] = {}
        for start, frames, reads in before["blocks"] if before else ():
            self._reads_before[start] = Lines.from_json(reads)
            self._frames_before += [frames[i : i + _DIGITS] for i in range(0, len(frames), _DIGITS)]
        self._start = before["start"] if before else 0
        self._seconds: dict[int, float] = dict(before["seconds"]) if before else {}

    # -- block by block ---------------------------------------------------

    def drawn(self, block: int, *, last: bool) -> None:
        """Count a drawn frame of block number *block*; report progress every 0.1 s, and after the *last* frame."""
        self._drawn += 1
        now = time.monotonic()
        if last or now - self._emitted_at > _PROGRESS_INTERVAL:
            self._reporter.emit({"event": "frames", "block": block, "count": self._drawn})
            self._drawn, self._emitted_at = 0, now

    def doing(self, what: Literal["drawing", "encoding"], block: Block) -> None:
        """Report that *block* is being drawn or encoded."""
        span = [block.start, block.stop]
        self._reporter.emit({"event": what, "output": str(self._movie), "block": block.index, "frames": span})

    @property
    def has_timings(self) -> bool:
        """Whether the durations of any blocks are known."""
        return bool(self._seconds)

    @property
    def has_reads_within_blocks(self) -> bool:
        """Whether a block of the last build read anything but installed files, such as fonts."""
        return any(not is_installed(name) for reads in self._reads_before.values() for name in reads)

    def expected(self, block: Block) -> float:
        """Return how many seconds *block* took when it was last drawn; 0 if that is unknown."""
        return self._seconds.get(block.start, 0.0)

    def block_done(
        self, outcome: Outcome, reads: Iterable[Sequence[str]], seconds: float = 0.0, *, drawn: bool = True
    ) -> None:
        """Report the outcome of a block and, as far as it is known, the reason.

        Parameters
        ----------
        outcome : Outcome
        reads : iterable of (kind, name, digest)
            Everything that was read while the block was stepped and drawn.
        seconds : float
            Time that a worker took for the block; 0 if unknown.
        drawn : bool
            False if the block was found before any of its frames was recorded.
        """
        block = outcome.block
        if seconds:
            self._seconds[block.start] = round(seconds, 3)
        self._changed_in.pop(block.start, None)
        self.saw(block, reads)
        self._frames.update(enumerate((digest[:_DIGITS] for digest in outcome.frames), block.start))
        event: BlockDone = {
            "event": "block",
            "output": str(self._movie),
            "block": block.index,
            "frames": [block.start, block.stop],
            "reason": outcome.reason.value,
            "rendered": not outcome.reason.reused,
            "drawn": drawn,
        }
        if self._before is not None and outcome.reason is Reason.NEW_FRAMES:
            event["because"] = _shortened(self._changed_in[block.start] + self._changed_before(block.start))
            if block.start < self._start + len(self._frames_before):
                event["different"] = spans(k for k in range(block.start, block.stop) if self._differs(k))
        if outcome.segment is not None:
            event["segment"] = self._store.facts(outcome.segment)
        self._reporter.emit(event)

    def saw(self, block: Block, reads: Iterable[Sequence[str]]) -> None:
        """Note what was read in a block, unless it was noted before.

        Changes in these reads may also explain why later blocks look different.
        """
        if block.start in self._changed_in:
            return
        lines = self._reads[block.start] = Lines()
        for kind, name, digest in sorted(tuple(read) for read in reads):
            note_read(lines, kind, name, digest)
        older = self._reads_before.get(block.start, Lines())
        self._changed_in[block.start] = _sentences(compare(older, lines, new="", gone=""))

    def _differs(self, k: int) -> bool:
        """Whether frame *k* looks different from the last build, or did not exist then."""
        at = k - self._start
        return at >= len(self._frames_before) or self._frames_before[at] != self._frames[k]

    def _changed_before(self, start: int) -> list[str]:
        """Return the changes of all inputs that were read before the block at frame *start*, a sentence each."""
        earlier = (changes for block, changes in sorted(self._changed_in.items()) if block < start)
        return [*self._common, *chain.from_iterable(earlier)]

    @cached_property
    def _common(self) -> list[str]:
        """The changes of all inputs that were read before the first block, a sentence each."""
        return _sentences(differences(self._before, self.sections)) if self._before is not None else []

    # -- at the end -------------------------------------------------------

    def close(self, outcomes: Sequence[Outcome], unseeded: Sequence[str], *, why_not: str, keep: bool) -> None:
        """Report what has changed since the last build, and save the account for the next one.

        Parameters
        ----------
        outcomes : sequence of Outcome
        unseeded : sequence of str
            The global random generators that were used without a seed.
        why_not : str
            Why question 1 was not asked; empty if it was.
        keep : bool
            Whether to save the account.
        """
        changed = self._changed_before(outcomes[-1].block.stop)
        different = spans(k for k in sorted(self._frames) if self._before is not None and self._differs(k))
        self._reporter.emit(
            {
                "event": "explain",
                "output": str(self._movie),
                "since": self._when or None,
                "changed": changed,
                "different": different,
                "why_not": why_not,
            }
        )
        self._warn_of_nondeterminism(changed, different, unseeded)
        if keep:
            self._keep(outcomes)

    def _only_by_chance(self) -> bool:
        """Whether every setting, and everything that was read, is the same as in the last build."""
        if self._before is None or not self.sections.sources:
            return False
        if any(each.unknown and not each.state for each in (self._before, self.sections)):
            return False  # an input changed while the scene ran, so the content that was read is unknown
        changed = differences(self._before, replace(self.sections, state=self._before.state))
        return not changed and not any(self._changed_in.values())

    def _warn_of_nondeterminism(self, changed: list[str], different: list[list[int]], unseeded: Sequence[str]) -> None:
        """Warn, once per movie, if each run gives a different movie although its inputs are the same."""
        causes = {}
        if unseeded:
            verb = "is" if len(unseeded) == 1 else "are"
            causes["seed"] = (f"{' and '.join(unseeded)} {verb} not seeded", "seed the random numbers of the script")
        elif different and self._only_by_chance():
            causes["chance"] = (
                "; ".join(["no input has changed", *_shortened(changed), look_different(different)]),
                "seed random numbers, do not read the clock, and declare files that cannot be tracked (inputs)",
            )
        for cause in causes.keys() - self._warned:
            why, todo = causes[cause]
            self._reporter.warn(f"{self._movie} differs on every run: {why}\nhelp: {todo}")
        self._warned |= causes.keys()

    def _keep(self, outcomes: Sequence[Outcome]) -> None:
        blocks = []
        for outcome in outcomes:
            start = outcome.block.start
            frames = "".join(digest[:_DIGITS] for digest in outcome.frames)
            blocks.append([start, frames, self._reads[start].to_json()])
        body = {
            "when": time.time(),
            "start": outcomes[0].block.start,
            "warned": sorted(self._warned),
            "sections": self.sections.to_json(),
            "blocks": blocks,
            "seconds": sorted(self._seconds.items()),
        }
        self._store.write(KIND, self._place, body)

    def generator_state_unchanged(self, generator: str) -> bool:
        """Whether *generator* was used before the first block, and had the same state there in the last build."""
        label = f"the state of {generator}"
        now = self.sections.state.get(label)
        if self._before is None or now is None or now.text != USED:
            return False
        return self._before.state.get(label) == now


def _sentences(differences: dict[str, str]) -> list[str]:
    return [f"{label} {rest}" for label, rest in differences.items()]


def _shortened(causes: Sequence[str]) -> list[str]:
    """Return the lines to show: the first few, without duplicates and not too long."""
    shown = [line if len(line) < _LONGEST else f"{line[:_LONGEST]}..." for line in dict.fromkeys(causes)]
    more = len(shown) - _MOST_CAUSES
    return shown if more <= 1 else [*shown[:_MOST_CAUSES], f"{more} more"]
