"""The API's entrants, and an owner's corrections: invalidate, restore, block, unblock."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from backend.clock import now_ms
from backend.core.campaign import Campaign
from backend.store import corrections, entrants
from backend.store.errors import Duplicate
from backend.store.program import Program
from backend.web.api.call import (
    ONE,
    APIError,
    Reason,
    Table,
    body,
    campaign_of,
    page,
    paging,
    path_id,
    row_json,
)
from backend.web.respond import JSON


async def list_entrants(request: Request) -> Response:
    """Entrants with their valid entries; `shares_browser_with` names entrants of one browser."""
    campaign = await campaign_of(request)
    after, limit = paging(request)
    rows = await request.app.state.database.read(entrants.page(campaign, after=after, limit=limit))
    return page([(row["id"], row) for row in map(row_json, rows)], limit)


async def block(request: Request) -> Response:
    """Block an entrant, with a reason."""
    await _correct(request, "entrant", corrections.block, "blocked already")
    return JSON({"blocked": True})


async def unblock(request: Request) -> Response:
    """Let a blocked entrant take part again, with a reason."""
    await _correct(request, "entrant", corrections.unblock, "not blocked, or erased")
    return JSON({"blocked": False})


async def invalidate(request: Request) -> Response:
    """Take a completion's entries back, with a reason."""
    await _correct(request, "completion", corrections.invalidate, "invalid already")
    return JSON({"valid": False})


async def restore(request: Request) -> Response:
    """Give an invalidated completion's entries back, with a reason."""
    try:
        await _correct(request, "completion", corrections.restore, "not invalid")
    except Duplicate:
        raise APIError(
            409,
            "value_used",
            f"The value of completion {path_id(request, 'completion')} has unlocked the action "
            "for another entrant since; expected to invalidate that one first.",
        ) from None
    return JSON({"valid": True})


_Correction = Callable[[Campaign, int, str, int], Program[bool]]


async def _correct(request: Request, what: str, correction: _Correction, otherwise: str) -> None:
    """Correct what the path names, with the body's reason; 409 if it is not there, `otherwise`."""
    campaign, reason = await campaign_of(request), (await body(request, Reason)).check()
    number = path_id(request, what)
    program = correction(campaign, number, reason, now_ms())
    if not await request.app.state.database.write(program):
        raise APIError(
            409, "not_done", f"{what.capitalize()} {number} is not there, or {otherwise}."
        )


async def list_corrections(request: Request) -> Response:
    """What was taken back or given back, why and when."""
    campaign = await campaign_of(request)
    after, limit = paging(request)
    rows = await request.app.state.database.read(
        corrections.page(campaign, after=after, limit=limit)
    )
    return page([(row["id"], row_json(row)) for row in rows], limit)


TABLE: Table = [
    ("GET", f"{ONE}/entrants", list_entrants),
    ("POST", f"{ONE}/entrants/{{entrant}}/block", block),
    ("POST", f"{ONE}/entrants/{{entrant}}/unblock", unblock),
    ("POST", f"{ONE}/completions/{{completion}}/invalidate", invalidate),
    ("POST", f"{ONE}/completions/{{completion}}/restore", restore),
    ("GET", f"{ONE}/corrections", list_corrections),
]
