"""Questions 1 and 2: what the key of a block contains, and which reads make a known block invalid."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from incremental_parsave.blocks.questions import FingerprintsQuestion, InputsQuestion, Known
from incremental_parsave.keys.explain import Sections
from incremental_parsave.model import Block, Outcome, Reason, SeamState
from incremental_parsave.mpl import animation, state
from incremental_parsave.pool.accepted_blocks import AcceptedBlocks
from incremental_parsave.tracing.inputs import Inputs
from incremental_parsave.trust.guard import Refused

pytestmark = pytest.mark.quick

BLOCK = Block(1, 10, 20)
OUTCOME = Outcome(BLOCK, Reason.INPUTS_UNCHANGED, None, ("frame",) * 10, SeamState("first"), SeamState("after"))


class RecordingLookup:
    """Records the keys that are looked up; no block is known."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def ask(self, key: str, block: Block, still: Any) -> None:
        self.asked.append(key)

    ask_inputs = ask_fingerprints = ask


@pytest.fixture
def generators() -> Iterator[state.Generators]:
    """The global random generators, whose state is restored afterwards."""
    before = random.getstate(), np.random.get_state()
    yield state.Generators()
    random.setstate(before[0])
    np.random.set_state(before[1])


@pytest.fixture
def question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, generators: state.Generators
) -> Callable[..., InputsQuestion]:
    """Makes question 1 for a movie with the given frame values, whose functions capture nothing that changes."""
    monkeypatch.setattr(animation, "sized_frames", lambda anim: anim)
    monkeypatch.setattr(Inputs, "untracked", "")  # other tests may have imported libraries that hide reads

    def made(frames: Sequence[int] = range(40), inputs: Inputs | None = None, lookup: Any = None) -> InputsQuestion:
        target: Any = SimpleNamespace(anim=frames, requested={}, ordinal=0, extra_anim=[])
        loop: Any = SimpleNamespace(target=target, captures=SimpleNamespace(digest=lambda k, sink=None: "captured"))
        inputs = inputs or Inputs(str(tmp_path), str(tmp_path / "cache"))
        return InputsQuestion(inputs, generators, lookup or RecordingLookup(), loop, "settings", Sections())

    return made


def key_of(question: Callable[..., InputsQuestion], block: Block = BLOCK, frames: Sequence[int] = range(40)) -> str:
    """Return the key with which question 1 looks *block* up, in a movie with the values *frames*."""
    lookup = RecordingLookup()
    asked = question(frames, lookup=lookup)
    asked.before(0)
    assert asked.ask(block) is None
    (key,) = lookup.asked
    return key


@pytest.mark.parametrize("seed", [random.seed, np.random.seed], ids=["random", "numpy.random"])
def test_key_of_inputs_contains_the_state_of_each_generator(
    question: Callable[..., InputsQuestion], seed: Callable[[int], object]
) -> None:
    keys = []
    for number in (1, 2, 1):
        seed(number)
        keys.append(key_of(question))
    assert keys[0] == keys[2] != keys[1]


@pytest.mark.parametrize("stop", [20, 63, 64, 65])  # values are digested in groups of 64
def test_key_of_inputs_contains_the_frame_values_up_to_the_seam(
    question: Callable[..., InputsQuestion], stop: int
) -> None:
    """The record contains the digest of the seam; the frames after it may be edited."""
    block = Block(1, 10, stop)

    def key(changed: int, length: int = 80) -> str:
        return key_of(question, block, [-k if k == changed else k for k in range(length)])

    tried = (1, 10, stop - 1, stop, stop + 1, 79)
    assert [changed for changed in tried if key(changed) != key(99)] == [1, 10, stop - 1, stop]
    assert key(99, stop) != key(99, stop + 1) == key(99)  # whether there is a seam


@pytest.mark.parametrize(("frame", "counts"), [(9, False), (10, True), (15, True), (20, True), (21, False)])
def test_known_block_with_an_unlisted_read_is_refused(
    question: Callable[..., InputsQuestion], tmp_path: Path, frame: int, counts: bool
) -> None:
    """The seam, frame 20, belongs to the block as well."""
    inputs = Inputs(str(tmp_path), str(tmp_path / "cache"))
    asked = question(inputs=inputs)
    for k in range(23):
        asked.before(k)
        if k in (frame, 12):
            inputs.add("variable", "LISTED" if k == 12 else "UNFORESEEN")
    listed = [read for read in asked.reads_in(BLOCK) or () if read[1] == "LISTED"]
    assert len(listed) == 1
    seams = AcceptedBlocks(asked, FingerprintsQuestion(None, None, None))  # type: ignore[arg-type]
    seams.known(BLOCK, Known(OUTCOME, listed))
    if not counts:
        seams.accept(OUTCOME, 23)
        return
    with pytest.raises(Refused, match=r"block 1 \(frames 10-19\) read UNFORESEEN, which it did not read in an earlier"):
        seams.accept(OUTCOME, 23)


def test_key_of_fingerprints_contains_all_frames_and_the_seam() -> None:
    def key(changed: int) -> str:
        taken = iter([f"fingerprint {k}" if k != changed else "another" for k in range(30)])
        lookup: Any = RecordingLookup()
        loop: Any = SimpleNamespace(fingerprints=lambda first: SimpleNamespace(take=lambda whole: next(taken)))
        inputs: Any = SimpleNamespace(still=None)
        first: Any = "the recording of the first frame"
        question = FingerprintsQuestion(loop, lookup, inputs)
        question.begin(first)
        for k in range(30):
            question.take(k, whole=False)
        question.ask(BLOCK, 30)
        (key,) = lookup.asked
        return str(key)

    assert {changed for changed in range(30) if key(changed) != key(99)} == set(range(10, 21))
