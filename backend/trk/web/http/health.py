"""`/healthz` and `/readyz`, for supervisors, load balancers and `trk doctor`."""

from __future__ import annotations

import asyncio
import time

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from trk.store import instance
from trk.store.errors import Unwritable
from trk.web.server import server

INSTANCE = "x-trk-instance"
"""A header with an id that all servers on the same database share."""
SEEN = "x-trk-seen"
"""A header with the URL under which the server was reached, as it understands it."""
IGNORED = "x-trk-forwarded-ignored"
"""A header that says that there was a proxy which the server does not trust."""

_FRESH = 5.0
"""Seconds for which it is known that something can be stored."""
_DEADLINE = 2.0
"""Seconds that proving it may take."""


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
    """Can it take beacons: the writer at work, the server not stopping, the database storing, and
    not the wrong one?

    Every few seconds this stores something to see it: what others have done may have found nothing
    to change.
    """
    app = server(request)
    headers = {"cache-control": "no-store"}
    if not app.stores:
        return PlainTextResponse("the writer has stopped\n", 503, headers)
    if app.stopping:
        return PlainTextResponse("stopping\n", 503, headers)
    if app.writer.doubt:
        return PlainTextResponse(f"the wrong database: {app.writer.doubt}\n", 503, headers)
    try:
        async with asyncio.timeout(_DEADLINE):
            if time.monotonic() - app.proved_at > _FRESH:
                await app.storing.prove()  # DatabaseError is answered 503
                app.proved_at = time.monotonic()
            app.new = app.new and await app.database.read(instance.is_new)
    except Unwritable as error:
        return PlainTextResponse(f"{error}\n", 503, headers)
    except TimeoutError:
        said = f"the database has stored nothing for {_DEADLINE:g} s\n"
        return PlainTextResponse(said, 503, headers)
    said = f"ready; {instance.NEW}\n" if app.new else "ready\n"
    return PlainTextResponse(said, headers=headers)
