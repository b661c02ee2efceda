from __future__ import annotations

from pathlib import Path

import pytest

from .space import Space


@pytest.fixture
def space(tmp_path: Path) -> Space:
    folder = tmp_path / "project"
    folder.mkdir()
    return Space(folder)
