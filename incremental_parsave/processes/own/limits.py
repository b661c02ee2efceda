"""Separate recursion limits for our code and for the script."""

from __future__ import annotations

import sys

_OUR_DEPTH = 1000  # recursion depth for our calls, on top of the script's limit


def _limit_theirs(limit: int, /) -> None:
    _set_depth(limit + _OUR_DEPTH if limit > 0 else limit)


def _their_limit() -> int:
    return _get_depth() - _OUR_DEPTH


_set_depth, _get_depth = sys.setrecursionlimit, sys.getrecursionlimit


def separate_limits() -> None:
    """Let our calls nest deeper than the script's, whatever limit the script sets."""
    _set_depth(_get_depth() + _OUR_DEPTH)
    sys.setrecursionlimit, sys.getrecursionlimit = _limit_theirs, _their_limit
