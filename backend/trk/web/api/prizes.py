"""The API's prizes, which can be changed as long as nothing is drawn."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from trk.core.drafts import PrizeDraft
from trk.services import prizes as prize_service
from trk.services.drafts import prize_draft_of
from trk.store import prizes
from trk.store.program import Row
from trk.web.api.call import APIError, body, campaign_of, path_id
from trk.web.api.idempotency import commit, remove
from trk.web.api.operation import ONE, Operation, list_of
from trk.web.api.patch import change_of, patched
from trk.web.http.respond import JSON
from trk.web.server import server


class Prize(msgspec.Struct, frozen=True):
    """A prize, and how many entrants win it."""

    id: int
    title: str
    description: str
    winners: int


PrizeChange = change_of(PrizeDraft, "PrizeChange", "What to change about a prize.")


async def add_prize(request: Request) -> Response:
    """Add a prize after the others."""
    draft = await body(request, PrizeDraft)
    campaign = await campaign_of(request)

    def answer(row: Row | None) -> Response:
        if row is None:
            raise APIError(409, "drawn", "The winners have been drawn; nothing can be added.")
        return JSON(dict(row), 201)

    return await commit(request, lambda tx: prize_service.make_prize(tx, campaign, draft), answer)


async def list_prizes(request: Request) -> Response:
    """List all prizes, in order."""
    campaign = await campaign_of(request)
    rows = await server(request).database.read(prizes.of_campaign, campaign)
    return JSON({"data": [dict(row) for row in rows], "next": None})


async def change_prize(request: Request) -> Response:
    """Change a prize, as long as no winners are drawn."""
    change = await body(request, PrizeChange)
    campaign, database = await campaign_of(request), server(request).database
    prize_id = path_id(request, "prize")
    row = await database.read(prizes.by_id, campaign, prize_id)
    if row is None:
        raise APIError(404, "not_found", f"There is no prize {prize_id} in this campaign.")
    draft, _ = patched(change, prize_draft_of(row))
    changed = await database.write(prize_service.change_prize, campaign, prize_id, draft)
    if changed is None:
        raise APIError(409, "drawn", "The winners have been drawn; nothing can be changed.")
    return JSON(dict(changed))


async def remove_prize(request: Request) -> Response:
    """Remove a prize, as long as no winners are drawn."""
    campaign = await campaign_of(request)
    prize_id = path_id(request, "prize")
    said = f"Prize {prize_id} does not exist, or the winners have been drawn."
    return await remove(
        request,
        lambda tx: prize_service.remove_prize(tx, campaign, prize_id),
        APIError(409, "not_done", said),
    )


_DRAWN = {"drawn": (409, "the winners have been drawn")}

OPERATIONS = (
    Operation(
        *("POST", f"{ONE}/prizes", add_prize, "write"),
        status=201,
        takes=PrizeDraft,
        gives=Prize,
        refuses=_DRAWN,
        example={"title": "A bike", "winners": 3},
    ),
    list_of(f"{ONE}/prizes", list_prizes, "read", Prize),
    Operation(
        *("DELETE", f"{ONE}/prizes/{{prize}}", remove_prize, "write"),
        status=204,
        refuses={"not_done": (409, "it doesn't exist, or the winners have been drawn")},
    ),
    Operation(
        *("PATCH", f"{ONE}/prizes/{{prize}}", change_prize, "write"),
        takes=PrizeChange,
        gives=Prize,
        refuses=_DRAWN,
        example={"winners": 2},
    ),
)
