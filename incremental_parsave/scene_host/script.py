"""Read a script, and prepare to run it as ``python script.py`` does."""

from __future__ import annotations

import builtins
import os
import sys
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import UsageError
from ..keys.files import Signature, signature


def read_script(path: str) -> tuple[bytes, Signature | None]:
    """Return the bytes of a script, and the signature of its file before it was read.

    Raises
    ------
    UsageError
        If it cannot be read.
    """
    try:
        signed = signature(path)
        return Path(path).read_bytes(), signed
    except IsADirectoryError:
        raise UsageError(f"{path} is a folder", "name a Python script") from None
    except FileNotFoundError:
        raise UsageError(f"no such file: {path}") from None
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", "name a Python script") from None


def make_main(path: str, args: Sequence[str]) -> dict[str, Any]:
    """Create the module ``__main__`` for the script at *path* with arguments *args*; return its namespace."""
    main = types.ModuleType("__main__")
    main.__dict__.update(__file__=os.path.abspath(path), __builtins__=builtins, __cached__=None, __annotations__={})
    sys.modules["__main__"] = main
    sys.argv = [path, *args]
    sys.path.insert(0, os.path.dirname(os.path.realpath(path)))
    return main.__dict__
