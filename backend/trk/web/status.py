"""`GET /{key}/status`: polled by the campaign's page; 304 if nothing has changed."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from trk.clock import now_ms
from trk.core.keys import is_campaign_key
from trk.core.rejection import Rejection, RejectionReason, shown
from trk.core.status import status_of
from trk.services.status import Glance, StatusReader
from trk.store.entrant_sessions import NOTED_EVERY
from trk.store.errors import DatabaseError
from trk.store.status import Poll, PollResult, result_of
from trk.web.campaign import session
from trk.web.campaign.arrival import remember_arrived, settle
from trk.web.campaign.lookup import NothingHere
from trk.web.campaign.view import load_view
from trk.web.campaign.visit import Visit, by_cookies
from trk.web.http.access import Answered, RequestIds, RouteName
from trk.web.http.respond import encode, raw_headers, refused, send_raw
from trk.web.http.shortcut import Begun, RawResponse

ROUTE = RouteName("/{key}/status")


class StatusPath:
    """ASGI middleware that answers 304 where nothing has changed, and passes everything else on.

    Nearly every poll is told that. One read is for all who ask at once, and routing would take
    longer than it.
    """

    def __init__(self, app: ASGIApp, reader: StatusReader) -> None:
        self._app = app
        self._reader = reader

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a poll, or pass the request on."""
        if scope["type"] == "http" and scope["path"].endswith("/status"):
            etag = await self._known(scope)
            if etag is not None:
                scope["route"] = ROUTE
                await send_raw(send, RawResponse(304, raw_headers(_headers(etag)), b""))
                return
        await self._app(scope, receive, send)

    async def _known(self, scope: Scope) -> str | None:
        known, poll = _asked(scope)
        if not known or poll is None:
            return None
        try:
            return _unchanged(known, poll, await self._reader.glance(poll))
        except DatabaseError:  # who goes the whole way is told
            return None


class Polls:
    """The shortcut of polls that are answered 304; it logs none of them."""

    def __init__(
        self,
        reader: StatusReader,
        headers: Mapping[str, str],
        ids: RequestIds,
        answered: Answered,
    ) -> None:
        """`headers` are those that every response has; `ids` and `answered` as in Access."""
        self._reader = reader
        self._headers = raw_headers(headers)
        self._ids = ids
        self._answered = answered

    def begin(self, scope: Scope) -> Begun | None:
        """The shortcut of a poll by a browser that has an answer."""
        started = time.perf_counter()
        known, poll = _asked(scope)
        if not known or poll is None:
            return None

        def respond(glance: asyncio.Future[Glance | None]) -> RawResponse | None:
            try:
                etag = _unchanged(known, poll, glance.result())
            except DatabaseError:
                return None
            if etag is None:
                return None
            self._answered("GET", ROUTE.path, 304, time.perf_counter() - started)
            own = (b"x-request-id", self._ids.of(scope).encode())
            return RawResponse(304, [*raw_headers(_headers(etag)), *self._headers, own], b"")

        return Begun(self._reader.glance(poll), respond)


def _unchanged(known: str, poll: Poll, glance: Glance | None) -> str | None:
    """The ETag that the browser has, if the answer would be no other and there is nothing else to
    do."""
    if glance is None:
        return None
    rules, seen = glance
    used = seen.used is not None and poll.now - seen.used > NOTED_EVERY
    if rules.campaign.draft or seen.unlinked or used:
        return None
    etag = rules.etags.get(seen.standing)
    if etag is None:
        shown = result_of(rules.campaign, rules.actions, seen, poll.now)
        etag = rules.etags[seen.standing] = _etag_of(_body(shown, poll.now))
    return etag if etag in known else None


def _asked(scope: Scope) -> tuple[str, Poll | None]:
    key = scope["path"][1:-7]
    if scope["method"] != "GET" or not is_campaign_key(key):
        return "", None
    request = Request(scope)
    known = request.headers.get("if-none-match", "")
    return known, session.poll_of(request, key) if known else None


async def show_status(request: Request) -> Response:
    """The entrant's entries and the state of each action; the ETag is a hash of the body."""
    key, bearer = request.path_params["key"], session.bearer_of(request)
    # What the page on its own remembers is none of the framed page's business.
    visit = Visit(key, bearer) if bearer else by_cookies(request, key)
    try:
        seen = await load_view(request, visit)
    except NothingHere:
        said = f"There is no campaign with the key {shown(visit.key)}."
        return refused(Rejection(RejectionReason.UNKNOWN_CAMPAIGN, said))
    arrived = await settle(request, visit, seen)
    if arrived is not None:
        seen = await load_view(request, visit)
    body = _body(seen, now_ms())
    etag = _etag_of(body)
    if arrived is None and etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=_headers(etag))
    response = Response(body, 200, _headers(etag), "application/json")
    if arrived is not None:
        remember_arrived(request, response, visit.key, arrived)
    return response


def _body(seen: PollResult, now: int) -> bytes:
    status = status_of(
        seen.campaign, seen.actions, seen.completions, now, seen.granted, seen.confirmed
    )
    return encode({"entered": seen.entrant_id is not None, "status": status})


def _etag_of(body: bytes) -> str:
    return f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


def _headers(etag: str) -> dict[str, str]:
    return {"etag": etag, "cache-control": "private, no-cache", "vary": "Cookie, Authorization"}
