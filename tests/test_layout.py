"""Where blocks begin."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incremental_parsave.blocks.layout import BlockLayout
from incremental_parsave.model import Block

pytestmark = pytest.mark.quick


def blocks(layout: BlockLayout, total: int) -> list[tuple[int, int, int]]:
    found = [layout.starting_at(k) for k in range(total + 3)]
    return [(b.index, b.start, min(b.stop, total)) for b in found if b is not None and b.start < total]


@given(st.integers(1, 300), st.integers(0, 60))
def test_blocks_cover_all_frames_once(total: int, size: int) -> None:
    layout = BlockLayout(total, size)
    found = blocks(layout, total)
    assert [b[0] for b in found] == list(range(len(found)))
    assert [k for _, start, stop in found for k in range(start, stop)] == list(range(total))
    assert layout.count == len(found)
    assert layout.shortest == min(stop - start for _, start, stop in found)
    if size >= 3 and len(found) > 1:
        assert layout.shortest >= 3
    unknown = BlockLayout(None, size)
    assert [b[1] for b in found] == [b[1] for b in blocks(unknown, total)][: len(found)]


@given(st.integers(1, 200), st.integers(1, 40), st.data())
def test_blocks_of_a_span_match_those_of_the_whole_movie(total: int, size: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, total - 1))
    stop = data.draw(st.integers(first + 1, total + 5))
    whole = blocks(BlockLayout(total, size), total)
    part = blocks(BlockLayout(total, size, (), (first, stop)), total)
    expected = [(max(s, first), min(e, stop)) for _, s, e in whole if s < stop and e > first]
    assert [(s, e) for _, s, e in part] == expected
    assert [b[0] for b in part] == list(range(len(part)))


def test_explicit_block_lengths() -> None:
    layout = BlockLayout(9, 50, (4, 1, 4))
    assert blocks(layout, 9) == [(0, 0, 4), (1, 4, 5), (2, 5, 9)]
    assert (layout.count, layout.shortest) == (3, 1)


def test_block_is_printed_with_its_frames() -> None:
    assert str(Block(7, 350, 400)) == "block 7 (frames 350-399)"
