"""Answers addresses that name nothing anywhere, before anybody reads them.

Plain ASGI middleware: no route, key, id or token has a NUL, which PostgreSQL can't even compare;
and a query that is not UTF-8 says nothing that could be looked for.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from trk.core.phrase import phrase
from trk.web.campaign.message import NO_PAGE
from trk.web.dead_ends import dead_end, is_for_people
from trk.web.http.respond import error


class WellFormed:
    """The middleware: 404 for a path with a NUL, 400 for a query that is not UTF-8."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or answer that there is nothing."""
        app = self._app
        if scope["type"] == "http":
            if "\0" in scope["path"]:
                app = await _nothing(Request(scope))
            elif not _is_text(scope["query_string"]):
                app = await _unreadable(Request(scope))
        await app(scope, receive, send)


async def _nothing(request: Request) -> Response:
    if request.scope["path"].startswith("/api/"):
        return error(404, "not_found", "Addresses can't contain NUL.")
    return await dead_end(request, 404, *NO_PAGE)


async def _unreadable(request: Request) -> Response:
    if not is_for_people(request):
        return error(400, "invalid", "The query can't be read; expected UTF-8.")
    said = phrase("Part of this address can’t be read. Check the link you followed.")
    # What reads the request would stumble over its query.
    readable = Request({**request.scope, "query_string": b""})
    return await dead_end(readable, 400, phrase("Something went wrong"), said)


def _is_text(query: bytes) -> bool:
    try:
        query.decode()
    except UnicodeDecodeError:
        return False
    return True
