"""`GET /{key}/status`: polled by the campaign's page; 304 if nothing has changed."""

from __future__ import annotations

import hashlib

from starlette.requests import Request
from starlette.responses import Response

from trk.clock import now_ms
from trk.core.rejection import Rejection, RejectionReason, shown
from trk.core.status import status_of
from trk.web.campaign import session
from trk.web.campaign.arrival import remember_arrived, settle
from trk.web.campaign.lookup import NothingHere
from trk.web.campaign.view import load_view
from trk.web.campaign.visit import Visit, by_cookies
from trk.web.http.respond import encode, refused


async def show_status(request: Request) -> Response:
    """The entrant's entries and the state of each action; the ETag is a hash of the body."""
    key = request.path_params["key"]
    bearer = session.bearer_of(request)
    # What the page on its own remembers is none of the framed page's business.
    visit = Visit(key, bearer) if bearer else by_cookies(request, key)
    try:
        seen = await load_view(request, visit)
    except NothingHere:
        return refused(
            Rejection(
                RejectionReason.UNKNOWN_CAMPAIGN, f"There is no campaign with the key {shown(key)}."
            )
        )
    arrived = await settle(request, visit, seen)
    if arrived is not None:
        seen = await load_view(request, visit)
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
    if arrived is None and etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    response = Response(body, 200, headers, "application/json")
    if arrived is not None:
        remember_arrived(request, response, key, arrived)
    return response
