"""Answers addresses that name nothing anywhere, before anybody reads them.

Plain ASGI middleware: no route, key, id or token has a NUL, which PostgreSQL can't even compare;
and a query that is not UTF-8 says nothing that could be looked for.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from trk.web.http.respond import error
from trk.web.pages import message


class WellFormed:
    """The middleware: 404 for a path with a NUL, 400 for a query that is not UTF-8."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or answer that there is nothing."""
        app = self._app
        if scope["type"] == "http":
            if "\0" in scope["path"]:
                app = _nothing(scope)
            elif not _is_text(scope["query_string"]):
                app = error(400, "invalid", "The query can't be read; expected UTF-8.")
        await app(scope, receive, send)


def _nothing(scope: Scope) -> Response:
    if scope["path"].startswith("/api/"):
        return error(404, "not_found", "Addresses can't contain NUL.")
    said = "Addresses can't contain NUL. Check the link you followed."
    return message(Request(scope), 404, "Page not found", said)


def _is_text(query: bytes) -> bool:
    try:
        query.decode()
    except UnicodeDecodeError:
        return False
    return True
