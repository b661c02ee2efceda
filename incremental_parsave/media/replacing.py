"""A file that takes the place of another when it is whole, and what is left of it if the build is killed before."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from ..processes.locks import try_to_lock

Put = Callable[[Path, Path], None]
"""Moves a file to where another may be."""


@contextlib.contextmanager
def replacing(output: Path, put: Put = os.replace) -> Iterator[Path]:
    """Yield a file beside *output*; what is written there is *put* there, unless something is raised.

    Where *output* is a symbolic link, the file to which it leads is replaced.
    Files that killed builds have left there are removed.
    """
    output = Path(os.path.realpath(output))
    temporary = output.with_name(f".{output.stem}.{os.getpid()}.tmp{output.suffix}")
    with contextlib.ExitStack() as claim:
        try:
            with contextlib.suppress(OSError):  # where nothing can be locked, they are left
                claim.enter_context(_claimed(temporary))
            yield temporary
            if not os.path.getsize(temporary):
                temporary.unlink()  # nothing was written; to put it there will fail
            put(temporary, output)
        finally:
            temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def _claimed(temporary: Path) -> Iterator[None]:
    """Have *temporary* locked within; remove those beside it that nobody has locked."""
    with open(temporary, "wb") as file:
        try_to_lock(file.fileno())
        after = f".tmp{temporary.suffix}"
        before = temporary.name.removesuffix(f"{os.getpid()}{after}")
        for name in os.listdir(temporary.parent):
            number = name.removeprefix(before).removesuffix(after)
            if name == f"{before}{number}{after}" and number.isdecimal() and number != str(os.getpid()):
                with contextlib.suppress(OSError), open(temporary.with_name(name), "rb+") as other:
                    try_to_lock(other.fileno())
                    os.unlink(other.name)
        yield
