"""pyplot without windows: interactive backends draw on Agg instead."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends import backend_agg, backend_registry
from matplotlib.backends.registry import BackendFilter


@contextlib.contextmanager
def headless(shown: Callable[[], None]) -> Iterator[None]:
    """Replace every interactive backend by Agg, and call *shown* instead of showing a window.

    The backend keeps the name that the script chose.  The pixels are the same,
    since the windows of these backends show what Agg draws.
    """
    load = backend_registry.load_backend_module
    show = FigureManagerBase.__dict__["pyplot_show"]
    interactive = set(backend_registry.list_builtin(BackendFilter.INTERACTIVE))

    def load_backend_module(backend: str) -> Any:
        return backend_agg if backend.lower() in interactive else load(backend)

    def pyplot_show(cls: type, *, block: bool | None = None) -> None:
        shown()

    backend_registry.load_backend_module = load_backend_module
    FigureManagerBase.pyplot_show = classmethod(pyplot_show)
    try:
        yield
    finally:
        backend_registry.load_backend_module = load
        FigureManagerBase.pyplot_show = show
