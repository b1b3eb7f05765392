"""`Idempotency-Key`: a call sent twice takes effect once, and gets the same response twice."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response

from trk.clock import now_ms
from trk.core.access import Token
from trk.core.rejection import shown
from trk.store.idempotency import HeldKey, Kept, claim, keep, release
from trk.store.program import Program, Transaction
from trk.web.api.call import APIError
from trk.web.api.operation import Operation
from trk.web.server import server

T = TypeVar("T")
HEADER = "idempotency-key"
_CLAIM = "trk.claim"


async def once(operation: Operation, token: Token, request: Request) -> Response:
    """The operation's response; for an Idempotency-Key that was used before, the earlier one."""
    key = request.headers.get(HEADER)
    if key is None or not operation.changes:
        return await operation.handler(request)
    if not (1 <= len(key) <= 200 and key.isascii() and key.isprintable()):
        raise APIError(
            400,
            "invalid",
            f"Idempotency-Key is {shown(key)}; expected 1 to 200 printable ASCII characters.",
        )
    database = server(request).database
    held = HeldKey(token.id, key, now_ms(), request.path_params.get("key"))
    fingerprint = await _fingerprint(request)
    kept = await database.write(claim, held, fingerprint)
    if kept is not None:
        return _replayed(held.key, kept, fingerprint)
    request.scope[_CLAIM] = held
    try:
        answer = await operation.handler(request)
    except Exception:
        await database.write(release, held)
        raise
    if _CLAIM not in request.scope:  # `commit` has stored it, together with its effect
        return answer
    done = answer.status_code < 300
    if done:
        await database.write(_keep_response, held, answer)
    else:
        await database.write(release, held)
    return answer


async def commit(
    request: Request,
    program: Program[T],
    respond: Callable[[T], Response],
    again: Callable[[T], Response] | None = None,
) -> Response:
    """Run `program` in one transaction, and respond with what `respond` makes of its result.

    With an Idempotency-Key, the response is stored in the same transaction: the one that `again`
    makes, if given, for responses with secrets that are never stored in clear text. If `respond`
    raises, everything is rolled back. Raises DatabaseError (or Duplicate) after a rollback.
    """
    held: HeldKey | None = request.scope.get(_CLAIM)

    async def whole(tx: Transaction) -> Response:
        result = await program(tx)
        made = respond(result)
        if held is not None:
            await _keep_response(tx, held, made if again is None else again(result))
        return made

    response: Response = await server(request).database.write(whole)
    request.scope.pop(_CLAIM, None)
    return response


async def remove(request: Request, program: Program[bool], otherwise: APIError) -> Response:
    """Run `program`, which removes something, and respond with nothing; raises `otherwise` if there
    was nothing to remove."""

    def removed_response(removed: bool) -> Response:
        if not removed:
            raise otherwise
        return Response(status_code=204)

    return await commit(request, program, removed_response)


def in_progress() -> APIError:
    """The error while another call with the same key is running."""
    return APIError(
        409,
        "in_progress",
        "Another call with this Idempotency-Key is in progress; try again shortly.",
        {"retry-after": "1"},
    )


async def _keep_response(tx: Transaction, held: HeldKey, answer: Response) -> None:
    await keep(tx, held, answer.status_code, answer.media_type or "", bytes(answer.body).decode())


def _replayed(key: str, kept: Kept, fingerprint: str) -> Response:
    if kept.fingerprint != fingerprint:
        raise APIError(
            422,
            "key_reused",
            f"The Idempotency-Key {shown(key)} was used with another call; expected the same "
            "method, address and body, or a new key.",
        )
    if kept.status is None:
        raise in_progress()
    replayed = {"idempotency-replayed": "true"}
    return Response(kept.body or None, kept.status, replayed, kept.media_type or None)


async def _fingerprint(request: Request) -> str:
    address = f"{request.method} {request.url.path}?{request.url.query}\n"
    return hashlib.sha256(address.encode() + await request.body()).hexdigest()
