"""Corrections through the API: one thing, with the reason in the body."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.store.program import Program
from trk.web.api.call import APIError, Reason, body, campaign_of, path_id
from trk.web.api.idempotency import commit
from trk.web.http.respond import JSON

Correction = Callable[[Campaign, int, str, int], Program[bool]]
"""Corrects what has this id in the campaign, for a reason, at an instant; was it to be done?"""


async def correct(
    request: Request, what: str, correction: Correction, otherwise: str, **then: bool
) -> Response:
    """Correct the thing whose id is the path's `what`; `then`, the answer, is what it is now.

    Raises APIError `not_done` (409) if there is no such thing, or it is `otherwise`.
    """
    reason = (await body(request, Reason)).check()
    campaign = await campaign_of(request)
    number = path_id(request, what)

    def answer(done: bool) -> Response:
        if not done:
            message = f"{what.capitalize()} {number} is not there, or {otherwise}."
            raise APIError(409, "not_done", message)
        return JSON(then)

    return await commit(request, correction(campaign, number, reason, now_ms()), answer)
