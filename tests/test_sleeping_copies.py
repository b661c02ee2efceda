"""Which sleeping copies of a scene process are kept when there are too many."""

from __future__ import annotations

import selectors
import socket
from collections.abc import Iterator

import pytest

from incremental_parsave.supervisor import asleep
from incremental_parsave.supervisor.asleep import Copy, SleepingCopies

pytestmark = pytest.mark.quick

SCRIPT = [str(n) for n in range(20)]


@pytest.fixture
def copies() -> Iterator[SleepingCopies]:
    with selectors.DefaultSelector() as selector:
        those = SleepingCopies(selector)
        yield those
        for each in list(those):
            those.drop(each)


def copy(copies: SleepingCopies, statements: list[str], seconds: float = 1.0) -> Copy:
    made = Copy(socket.socket(), digests=statements, seconds=seconds)
    copies.append(made)
    return made


def test_the_most_advanced_matching_copy_resumes(copies: SleepingCopies) -> None:
    for n in (0, 3, 7):
        copy(copies, SCRIPT[:n])
    other = copy(copies, [*SCRIPT[:8], "edited"])
    assert copies.farthest(SCRIPT) is copies[2]
    assert copies.farthest([*SCRIPT[:8], "edited", *SCRIPT[9:]]) is other
    assert copies.farthest(["new", *SCRIPT]) is copies[0]
    copies.drop(copies[0])
    assert copies.farthest(["new", *SCRIPT]) is None


def test_copies_of_other_scripts_are_dropped_first(copies: SleepingCopies) -> None:
    fitting = [copy(copies, SCRIPT[:n], 0.1) for n in range(3)]
    others = [copy(copies, [*SCRIPT[:n], "before"], 9.0) for n in range(5)]
    fitting += [copy(copies, SCRIPT[:n], 0.1) for n in (8, 9)]
    copies.bound(SCRIPT, asked=others[0])
    assert set(copies) == {*fitting, others[0]}
    assert all(each.connection.fileno() < 0 for each in others[1:])


def test_copy_that_saves_the_least_is_dropped_first(copies: SleepingCopies) -> None:
    took = [0.0, 3.0, 0.5, 2.0, 0.2, 4.0, 0.1]
    those = [copy(copies, SCRIPT[:n], seconds) for n, seconds in enumerate(took)]
    copies.bound(SCRIPT, asked=None)
    assert list(copies) == [*those[:4], *those[5:]]  # the first and the last are always kept
    assert those[5].seconds == 4.2
    copies.bound(SCRIPT, asked=None)
    assert len(copies) == 6


def test_copies_are_dropped_until_their_memory_is_bounded(
    copies: SleepingCopies, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asleep, "private_bytes", lambda pid: 1 << 29)
    those = [copy(copies, SCRIPT[:n], float(n)) for n in range(6)]
    copies.bound(SCRIPT, asked=those[2])
    assert list(copies) == [those[0], those[2], those[4], those[5]]
