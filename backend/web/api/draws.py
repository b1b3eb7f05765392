"""The API's prizes and draw."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from backend.core.campaign import Campaign, iso
from backend.core.drafts import DraftError, PrizeDraft
from backend.core.draw import DrawError
from backend.core.rejection import shown
from backend.drawing import draw, export, redraw
from backend.store import draws
from backend.store.errors import Duplicate
from backend.web.api.call import (
    ONE,
    APIError,
    Reason,
    Table,
    body,
    campaign_of,
    path_id,
    row_json,
)
from backend.web.respond import JSON


class Seed(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A seed of the owner's: public numbers of that day, for instance. Made up if absent."""

    seed: str | None = None


class Again(Reason, forbid_unknown_fields=True, frozen=True):
    """Which win is taken back (`n`, from 0), and why."""

    n: int


async def add_prize(request: Request) -> Response:
    """Add a prize behind the others."""
    campaign = await campaign_of(request)
    draft = await body(request, PrizeDraft)
    draft.check()
    row = await request.app.state.database.write(
        draws.add_prize(campaign, draft.title.strip(), draft.description, draft.winners)
    )
    if row is None:
        raise APIError(409, "drawn", "The winners have been drawn; nothing can be added.")
    return JSON(row_json(row), 201)


async def list_prizes(request: Request) -> Response:
    """All prizes in order."""
    campaign = await campaign_of(request)
    rows = await request.app.state.database.read(draws.prizes(campaign))
    return JSON({"data": [row_json(row) for row in rows], "next": None})


async def remove_prize(request: Request) -> Response:
    """Remove a prize, as long as nothing is drawn."""
    campaign = await campaign_of(request)
    prize_id = path_id(request, "prize")
    if not await request.app.state.database.write(draws.remove_prize(campaign, prize_id)):
        raise APIError(
            409, "not_done", f"Prize {prize_id} is not there, or the winners have been drawn."
        )
    return Response(status_code=204)


async def make_draw(request: Request) -> Response:
    """Draw the winners."""
    campaign = await campaign_of(request)
    given = (await body(request, Seed)).seed if await request.body() else None
    if given is not None and not (1 <= len(given) <= 200 and given.isprintable()):
        raise DraftError(f"seed is {shown(given)}; expected 1 to 200 printable characters.")
    try:
        await draw(request.app.state.database, campaign, given)
    except DrawError as mistake:
        raise APIError(409, "not_drawn", str(mistake)) from None
    except Duplicate:
        raise _at_once() from None
    return JSON(await _published(request, campaign), 201)


async def get_draw(request: Request) -> Response:
    """The draw with its seed and all its wins."""
    return JSON(await _published(request, await campaign_of(request)))


async def redraw_one(request: Request) -> Response:
    """Take a win back, with a reason, and give the prize to the next."""
    campaign = await campaign_of(request)
    again = await body(request, Again)
    try:
        await redraw(request.app.state.database, campaign, again.n, again.check())
    except DrawError as mistake:
        raise APIError(409, "not_drawn", str(mistake)) from None
    except Duplicate:
        raise _at_once() from None
    return JSON(await _published(request, campaign), 201)


async def export_draw(request: Request) -> Response:
    """The draw as a file that `trk draw verify` repeats."""
    campaign = await campaign_of(request)
    database = request.app.state.database
    return StreamingResponse(
        export(database, campaign, await _draw(request, campaign)),
        media_type="text/plain; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="draw-{campaign.key}.txt"'},
    )


def _at_once() -> APIError:
    return APIError(
        409, "not_drawn", "Another call draws at the same time; look at the draw, then try again."
    )


async def _draw(request: Request, campaign: Campaign) -> draws.Draw:
    made: draws.Draw | None = await request.app.state.database.read(draws.of(campaign))
    if made is None or made.concluded_at is None:
        raise APIError(404, "not_drawn", f"Campaign {campaign.key} has no draw yet.")
    return made


async def _published(request: Request, campaign: Campaign) -> dict[str, Any]:
    database = request.app.state.database
    made = await _draw(request, campaign)
    stored = await database.read(draws.winners(made.id))
    people = await database.read(draws.names([each.win.entrant_id for each in stored]))
    prizes = {row["id"]: row["title"] for row in await database.read(draws.prizes(campaign))}
    return {
        "seed": made.seed,
        "digest": made.digest,
        "entrants": made.entrants,
        "entries": made.entries,
        "made_at": iso(made.made_at),
        "wins": [
            {
                "n": win.n,
                "prize_id": win.prize_id,
                "prize": prizes.get(win.prize_id),
                "entrant_id": win.entrant_id,
                "entrant": people[win.entrant_id]["name"] if win.entrant_id in people else None,
                "email": people[win.entrant_id]["email"] if win.entrant_id in people else None,
                "replaces": win.replaces,
                "drawn_at": iso(drawn_at),
                "taken_back_at": taken_back_at and iso(taken_back_at),
                "reason": reason,
            }
            for win, drawn_at, taken_back_at, reason in stored
        ],
    }


TABLE: Table = [
    ("POST", f"{ONE}/prizes", add_prize),
    ("GET", f"{ONE}/prizes", list_prizes),
    ("DELETE", f"{ONE}/prizes/{{prize}}", remove_prize),
    ("POST", f"{ONE}/draw", make_draw),
    ("GET", f"{ONE}/draw", get_draw),
    ("POST", f"{ONE}/draw/redraw", redraw_one),
    ("GET", f"{ONE}/draw/export", export_draw),
]
