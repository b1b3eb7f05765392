"""`GET /{key}/status`: polled by the campaign's page; 304 if nothing has changed."""

from __future__ import annotations

import hashlib

from starlette.requests import Request
from starlette.responses import Response

from trk.clock import now_ms
from trk.core.rejection import Rejection, RejectionReason, shown
from trk.core.status import status_of
from trk.store.status import Poll
from trk.web.campaign.arrival import late_visitor
from trk.web.campaign.session import remember_visitor, session_hash
from trk.web.http.respond import encode, refused
from trk.web.server import server


async def show_status(request: Request) -> Response:
    """The entrant's entries and the state of each action; the ETag is a hash of the body."""
    key = request.path_params["key"]
    poll = Poll(key, session_hash(request, key))
    seen = await server(request).status.read(poll)
    if seen is None:
        return refused(
            Rejection(
                RejectionReason.UNKNOWN_CAMPAIGN, f"There is no campaign with the key {shown(key)}."
            )
        )
    visitor = await late_visitor(request, seen)
    if visitor is not None:
        seen = await server(request).status.read(poll) or seen
    now = now_ms()
    body = encode(
        {
            "entered": seen.entrant_id is not None,
            "status": status_of(
                seen.campaign, seen.actions, seen.completions, now, seen.granted, seen.confirmed
            ),
        }
    )
    etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    headers = {"etag": etag, "cache-control": "private, no-cache", "vary": "Cookie, Authorization"}
    if visitor is None and etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    response = Response(body, 200, headers, "application/json")
    if visitor is not None:
        remember_visitor(response, request, key, visitor)
    return response
