"""Stores nothing in a database that is not the server's own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from trk.store.writer import Writer

_READ = ("GET", "HEAD", "OPTIONS")


class RightDatabase:
    """Plain ASGI middleware: while there is a doubt that the writer has the right database, it
    answers forms and calls that change something as `refuse` has it. Beacons come before it."""

    def __init__(
        self, app: ASGIApp, writer: Writer, refuse: Callable[[Request, str], Awaitable[Response]]
    ) -> None:
        """`refuse` makes the answer to a request, for that doubt."""
        self._app = app
        self._writer = writer
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        app = self._app
        if scope["type"] == "http" and scope["method"] not in _READ and self._writer.doubt:
            app = await self._refuse(Request(scope), self._writer.doubt)
        await app(scope, receive, send)
