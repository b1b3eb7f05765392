"""`GET /metrics` for Prometheus: only if metrics_token is set, and only with that token."""

from __future__ import annotations

import hmac

from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from trk.store import vitals
from trk.web.http.respond import error
from trk.web.server import server


async def show_metrics(request: Request) -> Response:
    """The metrics as text, for callers with the token."""
    app = server(request)
    token: str = app.settings.metrics_token
    if not token:
        raise HTTPException(404)
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    # Bytes, because compare_digest accepts only ASCII as str.
    if scheme.lower() != "bearer" or not hmac.compare_digest(given.encode(), token.encode()):
        return error(
            401,
            "unauthorized",
            "Expected the header Authorization: Bearer TOKEN with the setting metrics_token.",
            {"www-authenticate": "Bearer"},
        )
    database = app.database
    app.metrics.stored(
        await database.read(vitals.mails), await database.read(vitals.size, database.sqlite)
    )
    counted = app.metrics.registry if app.counted is None else await app.counted.collected()
    if counted is None:
        said = "Not all processes of the server have told what they have counted."
        return error(503, "incomplete", said, {"retry-after": "5"})
    return Response(
        generate_latest(counted),
        headers={"content-type": CONTENT_TYPE_LATEST, "cache-control": "no-store"},
    )
