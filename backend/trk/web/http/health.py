"""`/healthz` and `/readyz`: what a supervisor, a load balancer and `trk doctor` ask."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from trk.store import tokens
from trk.web.server import server

INSTANCE = "x-trk-instance"
"""The header with the id that all servers on one database share."""
SEEN = "x-trk-seen"
"""The header with the address under which the server was asked, as it understands it."""
IGNORED = "x-trk-forwarded-ignored"
"""The header that says: there was a proxy, and the server does not believe it."""


async def healthz(request: Request) -> Response:
    """Is the process up and its writer at work? The headers say which server it is."""
    app = server(request)
    if not app.stores:
        return PlainTextResponse("the writer has stopped\n", 503)
    seen = f"{request.url.scheme}://{request.headers.get('host', '')}"
    headers = {"cache-control": "no-store", INSTANCE: app.instance, SEEN: seen}
    if "x-forwarded-for" in request.headers and not request.scope.get("trk.trusted"):
        headers[IGNORED] = "x-forwarded-for"
    return PlainTextResponse("ok\n", headers=headers)


async def readyz(request: Request) -> Response:
    """Can it take beacons: is the writer at work, not stopping, and does the database answer?"""
    app = server(request)
    headers = {"cache-control": "no-store"}
    if not app.stores:
        return PlainTextResponse("the writer has stopped\n", 503, headers)
    if app.stopping:
        return PlainTextResponse("stopping\n", 503, headers)
    await app.database.read(tokens.by_hash, "")  # DatabaseError is answered 503
    return PlainTextResponse("ready\n", headers=headers)
