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
    # A shell starts what runs in the background with interrupts ignored, and so would be all that is run here.
    signal.signal(signal.SIGINT, signal.default_int_handler)
