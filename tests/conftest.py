from __future__ import annotations

import itertools
import os
import signal
import tempfile
from pathlib import Path

import pytest

from .space import Space

_USER_CACHE = pytest.StashKey[tempfile.TemporaryDirectory[str]]()


def pytest_unconfigure(config: pytest.Config) -> None:
    if _USER_CACHE in config.stash:
        config.stash[_USER_CACHE].cleanup()


@pytest.fixture
def space(tmp_path: Path) -> Space:
    folder = tmp_path / "project"
    folder.mkdir()
    return Space(folder)


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # the workers of pytest-xdist inherit the variable
        config.stash[_USER_CACHE] = tempfile.TemporaryDirectory()
        os.environ["IPARSAVE_USER_CACHE_DIR"] = config.stash[_USER_CACHE].name
    # If a shell runs the tests in the background, SIGINT is ignored, and every process started here would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)  # before pytest deselects
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as exhaustive the rows of a parametrized test that ``rows(n)`` leaves out: all but *n*, evenly spaced."""
    for _, group in itertools.groupby(items, key=lambda item: item.nodeid.partition("[")[0]):
        rows = [item for item in group if not item.get_closest_marker("soak")]
        mark = rows[0].get_closest_marker("rows") if rows else None
        if mark is not None:
            kept = {n * len(rows) // mark.args[0] for n in range(mark.args[0])}
            for n, item in enumerate(rows):
                if n not in kept and not item.get_closest_marker("quick"):
                    item.add_marker("exhaustive")
