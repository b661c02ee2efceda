"""Other programs, and the scene process: the only module that starts them.

Nothing is added to `subprocess` but names for the few ways in which it is used, so that a platform on which
processes are started otherwise has one place to change.
"""

from __future__ import annotations

import subprocess

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

Program = subprocess.Popen
"""A program that runs: see `subprocess.Popen`."""

PIPE = subprocess.PIPE
NOTHING = subprocess.DEVNULL
Waited = subprocess.TimeoutExpired
"""Raised by ``Program.wait`` when its time is over."""


def start(command: Sequence[str], **how: Any) -> subprocess.Popen[bytes]:
    """Start a program and return at once; *how* as for `subprocess.Popen`."""
    return subprocess.Popen(command, **how)


def run(command: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
    """Run a program to its end without input; return its status and what it wrote."""
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
