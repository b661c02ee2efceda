"""Replace a file only once the new one is whole, and remove what killed builds left behind."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from ..processes.locks import try_to_lock

Put = Callable[[Path, Path], None]
"""Moves a file to a path where another may be."""


@contextlib.contextmanager
def replacing(output: Path, put: Put = os.replace) -> Iterator[Path]:
    """Yield a temporary path beside *output*; afterwards, *put* moves the file to *output*.

    If an exception is raised in the with block, *output* stays as it is.  If *output*
    is a symbolic link, the file that it leads to is replaced.  Temporary files that
    killed builds left beside it are removed.
    """
    output = Path(os.path.realpath(output))
    temporary = output.with_name(f".{output.stem}.{os.getpid()}.tmp{output.suffix}")
    with contextlib.ExitStack() as claim:
        try:
            with contextlib.suppress(OSError):  # without locks, old files stay
                claim.enter_context(_claimed(temporary))
            yield temporary
            if not os.path.getsize(temporary):
                temporary.unlink()  # nothing was written: let `put` fail
            put(temporary, output)
        finally:
            temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def _claimed(temporary: Path) -> Iterator[None]:
    """Lock *temporary* in the with block; remove files of its kind beside it that no process has locked."""
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
