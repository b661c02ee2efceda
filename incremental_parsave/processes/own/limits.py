"""How deep calls may be within calls: ours and the script's apart."""

from __future__ import annotations

import sys

_OUR_DEPTH = 1000  # calls within calls that ours may take, beside the script's


def _limit_theirs(limit: int, /) -> None:
    _set_depth(limit + _OUR_DEPTH if limit > 0 else limit)


def _their_limit() -> int:
    return _get_depth() - _OUR_DEPTH


_set_depth, _get_depth = sys.setrecursionlimit, sys.getrecursionlimit


def part_limits() -> None:
    """Let ours take some more than the script's, whatever that sets."""
    _set_depth(_get_depth() + _OUR_DEPTH)
    sys.setrecursionlimit, sys.getrecursionlimit = _limit_theirs, _their_limit
