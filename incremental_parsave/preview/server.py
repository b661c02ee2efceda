"""Server of the preview page.

It listens on the loopback interface unless told otherwise, and refuses requests from
other sites.  No part of a request's address is ever used as a file name: the files of
the page are listed in `_PAGE`, and movies are identified by number.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from importlib.resources import files
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ..errors import UsageError
from .state import State

_PAGE = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/preview.css": ("preview.css", "text/css; charset=utf-8"),
    "/preview.js": ("preview.js", "text/javascript; charset=utf-8"),
}
_MEDIA = {".mp4": "video/mp4", ".m4v": "video/mp4", ".mov": "video/mp4", ".webm": "video/webm", ".mkv": "video/webm"}
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; media-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}
_CHUNK = 1 << 18
_HEARTBEAT = 15.0  # seconds without a change after which a stream of events sends a comment, to stay open
_FIRST_PORT, _PORTS = 8470, 20
_ACTION = "x-iparsave"
"""Header that every action requires.

A form cannot send it.  A page of another origin can send it only after a preflight request, which is refused.
"""


class _OnlyFromHere:
    """Refuses requests that another site makes the user's browser send.

    Another site may let its own name point to this machine (DNS rebinding): then the
    request's ``Host`` is not this server.  Or its pages may send requests to this server's
    address: then their ``Origin`` is not this server.
    """

    def __init__(self, app: ASGIApp, host: str, port: int) -> None:
        self._app, self._port = app, port
        self._names = {"localhost", "127.0.0.1", "[::1]", _in_brackets(host)}
        self._any_address = ipaddress.ip_address(host).is_unspecified

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = [
            (name.decode("latin-1").lower(), value.decode("latin-1").lower()) for name, value in scope["headers"]
        ]
        hosts, origins, sites = ([v for name, v in headers if name == n] for n in ("host", "origin", "sec-fetch-site"))
        if len(hosts) != 1 or not self._is_ours(hosts[0]):
            await Response("Misdirected request: unknown host name.\n", 421, _HEADERS)(scope, receive, send)
        elif any(origin != f"http://{hosts[0]}" for origin in origins) or not {"same-origin", "none"}.issuperset(sites):
            await Response("Forbidden: request from another site.\n", 403, _HEADERS)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _is_ours(self, host: str) -> bool:
        """Whether *host* is this server.

        If the server listens on all addresses, any address is accepted: only names can be rebound.
        """
        name, _, port = host.rpartition(":")
        if port != str(self._port):
            return False
        if name in self._names:
            return True
        try:
            ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
        except ValueError:
            return False
        return self._any_address


def _in_brackets(address: str) -> str:
    return f"[{address}]" if ":" in address else address


class Preview:
    """The server, in a thread of its own.

    Parameters
    ----------
    state : State
    host : str
        Address to listen on.
    port : int or None
        Port to listen on; None for the first free one.
    actions : dict
        Functions that the page may call, by name.  They are called in the server's thread, with
        the JSON object that the page sends.
    """

    def __init__(
        self, state: State, host: str, port: int | None, actions: dict[str, Callable[[dict[str, Any]], None]]
    ) -> None:
        self.state, self._actions = state, actions
        self._socket = _bound(host, port)
        self.port: int = self._socket.getsockname()[1]
        self._name = "127.0.0.1" if ipaddress.ip_address(host).is_unspecified else _in_brackets(host)
        routes = [Route(path, self._page, methods=["GET"]) for path in _PAGE]
        routes += [
            Route("/events", self._events, methods=["GET"]),
            Route("/movie/{version:int}", self._movie, methods=["GET"]),
            Route("/do/{action}", self._act, methods=["POST"]),
        ]
        folder = files(__package__).joinpath("page")
        self._pages = {path: folder.joinpath(name).read_bytes() for path, (name, _) in _PAGE.items()}
        app = _OnlyFromHere(Starlette(routes=routes), host, self.port)
        config = uvicorn.Config(
            app, log_config=None, access_log=False, server_header=False, lifespan="off", timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._ended = False
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """The address of the page."""
        return f"http://{self._name}:{self.port}/"

    def close(self) -> None:
        """End the server."""
        self._ended = True
        self.state.close()
        self._server.should_exit = True
        self._thread.join(3)

    # -- in the server's thread ----------------------------------------------

    async def _page(self, request: Request) -> Response:
        path = request.scope["path"]
        return Response(self._pages[path], media_type=_PAGE[path][1], headers=_HEADERS)

    async def _events(self, request: Request) -> Response:
        return StreamingResponse(self._stream(), media_type="text/event-stream", headers=_HEADERS)

    async def _stream(self) -> AsyncIterator[str]:
        """Yield the state of the page as a server-sent event, now and whenever it changes."""
        loop, changed = asyncio.get_running_loop(), asyncio.Event()

        def notify() -> None:
            with contextlib.suppress(RuntimeError):  # the server has ended
                loop.call_soon_threadsafe(changed.set)

        end = self.state.listen(notify)
        try:
            yield f"data: {self.state.snapshot()}\n\n"
            while not self._ended:
                try:
                    await asyncio.wait_for(changed.wait(), _HEARTBEAT)
                except TimeoutError:
                    yield ": here\n\n"
                    continue
                changed.clear()
                yield f"data: {self.state.snapshot()}\n\n"
                await asyncio.sleep(0.03)  # many blocks may finish at once: send them together
        finally:
            end()

    async def _movie(self, request: Request) -> Response:
        found = self.state.movie(request.path_params["version"])
        if found is None:
            return Response("This version of the movie no longer exists.\n", 404, _HEADERS)
        descriptor, size, suffix = found
        headers = {**_HEADERS, "accept-ranges": "bytes", "cache-control": "private, max-age=3600"}
        span = _range(request.headers.get("range"), size)
        if span is None:
            os.close(descriptor)
            return Response(status_code=416, headers={**headers, "content-range": f"bytes */{size}"})
        start, stop = span
        headers["content-length"] = str(stop - start)
        status = 200
        if "range" in request.headers:
            headers["content-range"], status = f"bytes {start}-{stop - 1}/{size}", 206
        media = _MEDIA.get(suffix, "application/octet-stream")
        return StreamingResponse(_bytes_of(descriptor, start, stop), status, headers, media)

    async def _act(self, request: Request) -> Response:
        action = self._actions.get(request.path_params["action"])
        if action is None or request.headers.get(_ACTION) != "1":
            return Response(status_code=404 if action is None else 403, headers=_HEADERS)
        try:
            argument = await asyncio.wait_for(request.json(), 5) if await request.body() else {}
        except (ValueError, TimeoutError):
            return Response(status_code=400, headers=_HEADERS)
        if not isinstance(argument, dict):
            return Response(status_code=400, headers=_HEADERS)
        action(argument)
        return Response(status_code=204, headers=_HEADERS)


def _range(header: str | None, size: int) -> tuple[int, int] | None:
    """Return the start and stop of the bytes that a ``Range`` header asks for; None if they cannot be served."""
    if header is None:
        return 0, size
    unit, _, spans = header.partition("=")
    first, dash, last = spans.partition("-")
    if unit.strip() != "bytes" or not dash or "," in spans:
        return None
    try:
        if not first.strip():
            start, stop = max(0, size - int(last)), size
        else:
            start, stop = int(first), min(int(last) + 1 if last.strip() else size, size)
    except ValueError:
        return None
    return (start, stop) if 0 <= start < stop else None


def _bytes_of(descriptor: int, start: int, stop: int) -> Iterator[bytes]:
    try:
        while start < stop:
            chunk = os.pread(descriptor, min(_CHUNK, stop - start), start)
            if not chunk:
                return
            start += len(chunk)
            yield chunk
    finally:
        os.close(descriptor)


def _bound(host: str, port: int | None) -> socket.socket:
    """Return a socket that listens on *host*, at *port* or else at the first free port."""
    family = socket.AF_INET6 if ipaddress.ip_address(host).version == 6 else socket.AF_INET
    ports = [port] if port is not None else [*range(_FIRST_PORT, _FIRST_PORT + _PORTS), 0]
    for each in ports:
        bound = socket.socket(family, socket.SOCK_STREAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((host, each))
        except OSError as error:
            bound.close()
            failed = error
        else:
            bound.listen(64)
            return bound
    raise UsageError(f"cannot listen on {host}:{port} for the preview: {failed.strerror}", "choose another --port")
