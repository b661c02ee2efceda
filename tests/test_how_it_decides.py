"""The transcripts of docs/how-it-decides.md, edit by edit."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from .space import Space
from .transcripts import QUICK_STYLE, apply, blocks_of, check

PAGE = (Path(__file__).parent.parent / "docs/how-it-decides.md").read_text()


@pytest.mark.exhaustive
def test_ten_edits_print_what_the_page_shows(space: Space) -> None:
    first, *edits = re.split(r"^## \d+\. ", PAGE, flags=re.MULTILINE)
    edits[-1] = edits[-1].partition("\n## ")[0]
    assert len(edits) == 10
    scene, helper = blocks_of(first, "python")
    space.write("waves.py", scene)
    space.write("shapes.py", helper)
    space.write("level.txt", "0\n" * 250)
    space.write("matplotlibrc", QUICK_STYLE)
    # The folders of the packages look as if another matplotlib were installed.
    packages = space.path("packages/site-packages")
    (packages / "matplotlib-99.dist-info").mkdir(parents=True)
    space.environment["PYTHONPATH"] = str(packages)
    space.write("pip", "#!/bin/sh\nrmdir packages/site-packages/matplotlib-99.dist-info\n").chmod(0o755)
    space.environment["PATH"] = f"{space.folder}:{space.environment['PATH']}"
    check(space, *blocks_of(first, "console"))

    by_hand: dict[str, Callable[[], object]] = {
        "A data file": lambda: space.write("level.txt", "0\n" * 120 + "0.5\n" + "0\n" * 129)
    }
    for edit in edits:
        title = edit.partition("\n")[0]
        for diff in blocks_of(edit, "diff"):
            name = "shapes.py" if "np.sin" in diff else "waves.py"
            space.write(name, apply(diff, space.path(name).read_text()))
        by_hand.pop(title, lambda: None)()
        check(space, *blocks_of(edit, "console"))
    assert not by_hand
