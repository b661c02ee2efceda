"""Start other programs and the scene process.  Only this module does so.

It adds nothing to `subprocess` but names for the few ways in which we use it.  So a platform that starts
processes differently needs changes in one place only.
"""

from __future__ import annotations

import subprocess

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

Program = subprocess.Popen
"""A running program; see `subprocess.Popen`."""

PIPE = subprocess.PIPE
NOTHING = subprocess.DEVNULL
Waited = subprocess.TimeoutExpired
"""Raised by ``Program.wait`` when its timeout expires."""


def start(command: Sequence[str], **how: Any) -> subprocess.Popen[bytes]:
    """Start a program and return at once; *how* is passed to `subprocess.Popen`."""
    return subprocess.Popen(command, **how)


def run(command: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
    """Run a program without input and wait for its end; return its exit status and its output."""
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
