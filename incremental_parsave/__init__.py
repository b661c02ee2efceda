"""A build system for matplotlib movies."""

from __future__ import annotations

TYPE_CHECKING = False  # importing typing would slow down the start of the command line
if TYPE_CHECKING:
    from typing import Any

    from .api.parsave import Parsave, record
    from .api.saving import ArtistAnimation, FuncAnimation, save
    from .errors import IparsaveError
    from .media.stitcher import Stitcher
    from .model import Movie

__version__ = "0.1.0"

# Imported on first use, so that the command line starts without matplotlib.
_HOMES = {
    "ArtistAnimation": "api.saving",
    "FuncAnimation": "api.saving",
    "IparsaveError": "errors",
    "Movie": "model",
    "Parsave": "api.parsave",
    "Stitcher": "media.stitcher",
    "record": "api.parsave",
    "save": "api.saving",
}

__all__ = [
    "ArtistAnimation", "FuncAnimation", "IparsaveError", "Movie", "Parsave", "Stitcher", "record", "save",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
