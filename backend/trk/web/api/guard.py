"""What comes before every operation: checking the token, its scope and its campaign, rate limits,
and turning errors into responses."""

from __future__ import annotations

import logging
import math

from starlette.requests import Request
from starlette.responses import Response

from trk.clock import now_ms
from trk.core.access import Token
from trk.core.audit import Actor
from trk.core.instant import iso
from trk.core.keys import token_hash
from trk.core.mistakes import DraftError
from trk.core.rate import API, API_BEACONS
from trk.core.rejection import shown, slow_down
from trk.journal import acting
from trk.store import tokens
from trk.store.errors import DatabaseError
from trk.store.idempotency import TakenOver
from trk.web.api.call import OPERATION, TOKEN, APIError, demand
from trk.web.api.idempotency import in_progress, once
from trk.web.api.operation import Operation
from trk.web.http.limits import allow_upload
from trk.web.http.rates import Rates
from trk.web.http.respond import error
from trk.web.server import server

log = logging.getLogger(__name__)

_NOTED_EVERY = 3_600_000
"""A token's last use is recorded at most this often, in milliseconds."""
_LIMITS = "trk.limits"


class Guard:
    """Runs one server's operations for callers who are allowed to call them."""

    def __init__(self) -> None:
        self._rates = Rates(capacity=10_000)

    async def handle(self, operation: Operation, request: Request) -> Response:
        """The response of an operation, or the error."""
        request.scope[OPERATION] = operation
        try:
            answer = await self._handle(operation, request)
        except APIError as refusal:
            answer = refusal.response
        except DraftError as mistake:
            answer = error(400, "invalid", str(mistake))
        except TakenOver:
            answer = in_progress().response
        if operation.scope is not None:
            answer.headers.setdefault("cache-control", "no-store")
        for name, value in request.scope.get(_LIMITS, {}).items():
            answer.headers[name] = value
        return answer

    async def _handle(self, operation: Operation, request: Request) -> Response:
        if operation.scope is None:
            return await operation.handler(request)
        now = now_ms()
        token = await _token(request, now)
        request.scope[TOKEN] = token
        acting.set(Actor("token", token.id, token.name))
        self._limit(operation, token, request)
        _check(operation, token, request)
        if operation.uploads:
            allow_upload(request.scope)
        due = token.last_used_at is None or now - token.last_used_at > _NOTED_EVERY
        if due and request.method != "HEAD":
            await _note(request, token, now)
        return await once(operation, token, request)

    def _limit(self, operation: Operation, token: Token, request: Request) -> None:
        limit = API_BEACONS if operation.scope == "beacons" else API
        standing = self._rates.count(limit, f"API {limit.burst}", str(token.id))
        request.scope[_LIMITS] = {
            "ratelimit-limit": str(limit.burst),
            "ratelimit-remaining": str(standing.left),
            "ratelimit-reset": str(standing.reset),
        }
        if standing.wait:
            refusal = slow_down("calls with this token", standing.wait)
            wait = {"retry-after": str(math.ceil(standing.wait))}
            raise APIError(429, refusal.code, refusal.message, wait)


async def _token(request: Request, now: int) -> Token:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    token: Token | None = None
    if scheme.lower() == "bearer":
        token = await server(request).database.read(tokens.by_hash, token_hash(given.strip()))
    if token is None:
        raise APIError(
            401,
            "unauthorized",
            "Expected the header Authorization: Bearer TOKEN (see: trk token create).",
            {"www-authenticate": "Bearer"},
        )
    if token.expired(now):
        raise APIError(
            401,
            "token_expired",
            f"The token {shown(token.name)} expired at {iso(token.expires_at or 0)}; create a new "
            "one (see: trk token create).",
            {"www-authenticate": 'Bearer error="invalid_token"'},
        )
    return token


async def _note(request: Request, token: Token, now: int) -> None:
    """Record that the token was used; failing to do so does not fail the call."""
    try:
        await server(request).database.write(tokens.used, token.id, now)
    except DatabaseError as problem:
        log.warning("the use of token %d was not recorded: %s", token.id, problem)


def _check(operation: Operation, token: Token, request: Request) -> None:
    if operation.scope is not None:
        demand(token, operation.scope)
    key = None if operation.beyond else request.path_params.get("key")
    if key is None and not operation.changes and operation.scope not in ("accounts", "audit"):
        return  # the list of campaigns, which shows only those that the token opens
    if not token.opens(key or ""):
        raise APIError(
            403,
            "other_campaign",
            f"The token {shown(token.name)} is for campaign {token.campaign_key} only.",
        )
