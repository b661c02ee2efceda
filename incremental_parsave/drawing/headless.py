"""pyplot without windows: what would open one draws on Agg instead."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends import backend_agg, backend_registry
from matplotlib.backends.registry import BackendFilter


@contextlib.contextmanager
def headless(shown: Callable[[], None]) -> Iterator[None]:
    """Let every interactive backend be Agg, and call *shown* in place of showing a window.

    The name of the backend stays what the script chose; the pixels are the
    same, since the windows of these backends show what Agg draws.
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
