"""A competition's prizes; they can't be changed once the winners are drawn."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk.core.campaign import Campaign
from trk.services import prizes as prize_service
from trk.store import draws, pictures, prizes
from trk.store.program import Row
from trk.web.admin.forms import checked, differences, prize_draft
from trk.web.admin.guard import Route
from trk.web.admin.lookup import ONE, address, campaign_of, numbered
from trk.web.admin.pages import render
from trk.web.forms import FormErrors, Mistaken, Typed
from trk.web.server import server

_DRAWN = {"title": "Winners have been drawn, so prizes can no longer be changed."}


async def list_prizes(request: Request) -> Response:
    """List all prizes, with the form to add one."""
    return await _list_page(request, FormErrors({}, {"winners": "1"}, 200))


async def create_prize(request: Request) -> Response:
    """Add a prize after the others."""
    campaign, draft = await campaign_of(request), checked(prize_draft(request.state.form))
    added = await server(request).database.write(prize_service.make_prize, campaign, draft)
    if added is None:
        raise Mistaken(_DRAWN)
    return RedirectResponse(address(campaign, "/prizes?added"), 303)


async def show_prize(request: Request) -> Response:
    """A prize's form, as stored."""
    prize = await _prize(request, await campaign_of(request))
    return await _page(request, FormErrors({}, _typed(prize), 200))


async def change_prize(request: Request) -> Response:
    """Save a prize."""
    campaign, form = await campaign_of(request), request.state.form
    prize, draft = await _prize(request, campaign), checked(prize_draft(form))
    changed = await server(request).database.write(
        prize_service.change_prize, campaign, prize["id"], draft, form.get("was")
    )
    if changed is None:
        raise Mistaken(_DRAWN)
    return RedirectResponse(address(campaign, "/prizes?saved"), 303)


async def delete_prize(request: Request) -> Response:
    """Delete a prize, unless the winners have been drawn."""
    campaign = await campaign_of(request)
    prize = await _prize(request, campaign)
    await server(request).database.write(prize_service.remove_prize, campaign, prize["id"])
    return RedirectResponse(address(campaign, "/prizes?deleted"), 303)


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


async def _list_page(request: Request, shown: FormErrors) -> Response:
    campaign, database = await campaign_of(request), server(request).database
    return render(
        request,
        "prizes.html",
        shown,
        campaign=campaign,
        tab="Prizes",
        prizes=await database.read(prizes.of_campaign, campaign),
        drawn=await database.read(draws.of, campaign) is not None,
        pictures=await database.read(pictures.of_campaign, campaign),
    )


async def _page(request: Request, shown: FormErrors) -> Response:
    campaign = await campaign_of(request)
    prize, conflict = await _prize(request, campaign), shown.status_code == 409
    as_stored = conflict or request.method == "GET"
    was = prize_service.mark_of_prize(prize) if as_stored else shown.typed.get("was")
    typed = {field: shown.typed.get(field, "") for field in ("title", "description", "winners")}
    return render(
        request,
        "prize.html",
        shown,
        campaign=campaign,
        tab="Prizes",
        prize=prize,
        was=was,
        stored=differences(typed, _typed(prize)) if conflict else {},
        conflict=conflict,
        typed=typed,
        pictures=await server(request).database.read(pictures.of_campaign, campaign),
    )


_PRIZE = f"{ONE}/prizes/{{prize}}"
TABLE = [
    Route("GET", f"{ONE}/prizes", list_prizes),
    Route("POST", f"{ONE}/prizes", create_prize, again=_list_page),
    Route("GET", _PRIZE, show_prize),
    Route("POST", _PRIZE, change_prize, again=_page),
    Route("POST", f"{_PRIZE}/delete", delete_prize, f"/admin{ONE}/prizes"),
]
