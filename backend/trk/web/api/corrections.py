"""Corrections through the API, one or many at a time, with the reason in the body."""

from __future__ import annotations

from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from trk.clock import now_ms
from trk.services.corrections import Correction
from trk.store.corrections import Cause
from trk.web.api.call import APIError, Id, Reason, body, campaign_of, path_id
from trk.web.api.idempotency import commit
from trk.web.http.respond import JSON


class Several(Reason, forbid_unknown_fields=True, frozen=True):
    """Which ones to correct together, and why."""

    ids: Annotated[list[Id], msgspec.Meta(min_length=1, max_length=1000)]


class Changed(msgspec.Struct, frozen=True):
    """Which ones were changed; the others already were, or don't exist."""

    changed: list[int]


async def correct_one(
    request: Request, what: str, correction: Correction, otherwise: str, **then: bool
) -> Response:
    """Correct the thing whose id is the path parameter `what`, and respond with `then`.

    Raises APIError `not_done` (409) if it does not exist, or if it is `otherwise`.
    """
    reason = (await body(request, Reason)).check()
    campaign = await campaign_of(request)
    number = path_id(request, what)

    def corrected_response(done: bool) -> Response:
        if not done:
            message = f"{what.capitalize()} {number} does not exist, or {otherwise}."
            raise APIError(409, "not_done", message)
        return JSON(then)

    return await commit(
        request,
        lambda tx: correction(tx, campaign, number, Cause(reason, now_ms())),
        corrected_response,
    )
