"""A competition's prizes; they can't be changed once the winners are drawn."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk.core.campaign import Campaign
from trk.services import prizes as prize_service
from trk.services.conflict import Conflict
from trk.store import draws, prizes
from trk.store.program import Row
from trk.web.admin.forms import Typed, differences, prize_draft
from trk.web.admin.guard import Route
from trk.web.admin.lookup import ONE, address, campaign_of, numbered
from trk.web.admin.pages import render
from trk.web.forms import FormErrors
from trk.web.server import server

_DRAWN = {"title": "The winners have been drawn, so prizes can’t be changed any more."}


async def list_prizes(request: Request) -> Response:
    """List all prizes, with the form to add one."""
    campaign = await campaign_of(request)
    return await _list_page(request, campaign, FormErrors({}, {"winners": "1"}, 200))


async def create_prize(request: Request) -> Response:
    """Add a prize after the others."""
    campaign, form = await campaign_of(request), request.state.form
    if request.state.redisplay:
        return await _list_page(request, campaign, FormErrors({}, form, 200))
    draft, mistakes = prize_draft(form)
    if mistakes:
        return await _list_page(request, campaign, FormErrors(mistakes, form))
    added = await server(request).database.write(prize_service.make_prize, campaign, draft)
    if added is None:
        return await _list_page(request, campaign, FormErrors(_DRAWN, form))
    return RedirectResponse(address(campaign, "/prizes"), 303)


async def show_prize(request: Request) -> Response:
    """A prize's form, as stored."""
    campaign = await campaign_of(request)
    prize = await _prize(request, campaign)
    return _page(
        request,
        campaign,
        prize,
        FormErrors({}, _typed(prize), 200),
        prize_service.mark_of_prize(prize),
    )


async def change_prize(request: Request) -> Response:
    """Save a prize."""
    campaign, form = await campaign_of(request), request.state.form
    prize, was = await _prize(request, campaign), form.get("was")
    if request.state.redisplay:
        return _page(request, campaign, prize, FormErrors({}, form, 200), was)
    draft, mistakes = prize_draft(form)
    if mistakes:
        return _page(request, campaign, prize, FormErrors(mistakes, form), was)
    try:
        changed = await server(request).database.write(
            prize_service.change_prize, campaign, prize["id"], draft, was
        )
    except Conflict:
        prize = await _prize(request, campaign)
        return _page(
            request, campaign, prize, FormErrors({}, form, 409), prize_service.mark_of_prize(prize)
        )
    if changed is None:
        return _page(request, campaign, prize, FormErrors(_DRAWN, form), was)
    return RedirectResponse(address(campaign, "/prizes"), 303)


async def delete_prize(request: Request) -> Response:
    """Delete a prize, unless the winners have been drawn."""
    campaign = await campaign_of(request)
    prize = await _prize(request, campaign)
    await server(request).database.write(prize_service.remove_prize, campaign, prize["id"])
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


async def _list_page(request: Request, campaign: Campaign, shown: FormErrors) -> Response:
    database = server(request).database
    return render(
        request,
        "prizes.html",
        shown,
        campaign=campaign,
        tab="Prizes",
        prizes=await database.read(prizes.of_campaign, campaign),
        drawn=await database.read(draws.of, campaign) is not None,
    )


def _page(
    request: Request, campaign: Campaign, prize: Row, shown: FormErrors, was: str | None
) -> Response:
    conflict = shown.status_code == 409
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
    )


_PRIZE = f"{ONE}/prizes/{{prize}}"
TABLE = [
    Route("GET", f"{ONE}/prizes", list_prizes),
    Route("POST", f"{ONE}/prizes", create_prize),
    Route("GET", _PRIZE, show_prize),
    Route("POST", _PRIZE, change_prize),
    Route("POST", f"{_PRIZE}/delete", delete_prize, f"/admin{ONE}/prizes"),
]
