"""A competition's prizes; once the winners are drawn they stay as they are."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk.core.campaign import Campaign
from trk.services.conflict import Conflict
from trk.services.prizes import change_prize, make_prize, mark_of_prize, remove_prize
from trk.store import draws, prizes
from trk.store.program import Row
from trk.web.admin.forms import Typed, differences, prize_draft
from trk.web.admin.guard import Route
from trk.web.admin.lookup import ONE, address, campaign_of, numbered
from trk.web.admin.pages import render
from trk.web.campaign.entry import Mistakes
from trk.web.server import server

_DRAWN = {"title": "The winners have been drawn, so prizes can’t be changed any more."}


async def everything(request: Request) -> Response:
    """All prizes, and the form for one more."""
    campaign = await campaign_of(request)
    return await _list(request, campaign, Mistakes({}, {"winners": "1"}, 200))


async def create(request: Request) -> Response:
    """Add a prize behind the others."""
    campaign, form = await campaign_of(request), request.state.form
    if request.state.only_show:
        return await _list(request, campaign, Mistakes({}, form, 200))
    draft, mistakes = prize_draft(form)
    if mistakes:
        return await _list(request, campaign, Mistakes(mistakes, form))
    added = await server(request).database.write(make_prize, campaign, draft)
    if added is None:
        return await _list(request, campaign, Mistakes(_DRAWN, form))
    return RedirectResponse(address(campaign, "/prizes"), 303)


async def look(request: Request) -> Response:
    """A prize as it is stored."""
    campaign = await campaign_of(request)
    prize = await _prize(request, campaign)
    return _page(request, campaign, prize, Mistakes({}, _typed(prize), 200), mark_of_prize(prize))


async def change(request: Request) -> Response:
    """Store a prize."""
    campaign, form = await campaign_of(request), request.state.form
    prize, was = await _prize(request, campaign), form.get("was")
    if request.state.only_show:
        return _page(request, campaign, prize, Mistakes({}, form, 200), was)
    draft, mistakes = prize_draft(form)
    if mistakes:
        return _page(request, campaign, prize, Mistakes(mistakes, form), was)
    try:
        changed = await server(request).database.write(
            change_prize, campaign, prize["id"], draft, was
        )
    except Conflict:
        prize = await _prize(request, campaign)
        return _page(request, campaign, prize, Mistakes({}, form, 409), mark_of_prize(prize))
    if changed is None:
        return _page(request, campaign, prize, Mistakes(_DRAWN, form), was)
    return RedirectResponse(address(campaign, "/prizes"), 303)


async def delete(request: Request) -> Response:
    """Remove a prize, unless the winners are drawn."""
    campaign = await campaign_of(request)
    prize = await _prize(request, campaign)
    await server(request).database.write(remove_prize, campaign, prize["id"])
    return RedirectResponse(address(campaign, "/prizes"), 303)


async def _prize(request: Request, campaign: Campaign) -> Row:
    return await numbered(
        request,
        "prize",
        lambda tx, wanted: prizes.by_id(tx, campaign, wanted),
        "there is no such prize; it may have been deleted",
    )


def _typed(prize: Row) -> Typed:
    return {
        "title": prize["title"],
        "description": prize["description"],
        "winners": str(prize["winners"]),
    }


async def _list(request: Request, campaign: Campaign, shown: Mistakes) -> Response:
    database = server(request).database
    return render(
        request,
        "prizes.html",
        {
            "campaign": campaign,
            "tab": "Prizes",
            "prizes": await database.read(prizes.of_campaign, campaign),
            "drawn": await database.read(draws.of, campaign) is not None,
            "mistakes": shown.at,
            "typed": shown.typed,
        },
        shown.status_code,
    )


def _page(
    request: Request, campaign: Campaign, prize: Row, shown: Mistakes, was: str | None
) -> Response:
    conflict = shown.status_code == 409
    typed = {field: shown.typed.get(field, "") for field in ("title", "description", "winners")}
    return render(
        request,
        "prize.html",
        {
            "campaign": campaign,
            "tab": "Prizes",
            "prize": prize,
            "was": was,
            "stored": differences(typed, _typed(prize)) if conflict else {},
            "conflict": conflict,
            "mistakes": shown.at,
            "typed": typed,
        },
        shown.status_code,
    )


_PRIZE = f"{ONE}/prizes/{{prize}}"
TABLE = [
    Route("GET", f"{ONE}/prizes", everything),
    Route("POST", f"{ONE}/prizes", create),
    Route("GET", _PRIZE, look),
    Route("POST", _PRIZE, change),
    Route("POST", f"{_PRIZE}/delete", delete, f"/admin{ONE}/prizes"),
]
