from __future__ import annotations

import signal
from pathlib import Path

import pytest

from .space import Space


@pytest.fixture
def space(tmp_path: Path) -> Space:
    folder = tmp_path / "project"
    folder.mkdir()
    return Space(folder)


def pytest_configure() -> None:
    # If a shell runs the tests in the background, SIGINT is ignored, and every process started here would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
