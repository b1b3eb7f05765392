"""A campaign's entrants: the list, one entrant in full, and blocking and unblocking."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk.clock import now_ms
from trk.services import corrections
from trk.store import entrants, people
from trk.web.admin.entries import SOURCES
from trk.web.admin.guard import Route
from trk.web.admin.listing import list_query, reason_in
from trk.web.admin.lookup import ONE, address, campaign_of, entrant_of
from trk.web.admin.pages import render
from trk.web.forms import FormErrors, Mistaken
from trk.web.server import server

STATES: dict[str, str] = {"active": "Takes part", "blocked": "Blocked"}
_CORRECTIONS = {"block": corrections.block, "unblock": corrections.unblock}
KINDS: dict[str, str] = {
    "invalidated": "Entry taken back",
    "restored": "Entry given back",
    "blocked": "Blocked",
    "unblocked": "Unblocked",
}
"""Kinds of correction, as owners see them."""


async def list_entrants(request: Request) -> Response:
    """List the newest entrants, or those that match the filters."""
    campaign = await campaign_of(request)
    wanted = list_query(request, address(campaign, "/entrants"), {"search": None, "state": STATES})
    state = wanted.filters.get("state")
    page = await server(request).database.read(
        entrants.listed,
        campaign,
        wanted.span,
        blocked=None if state is None else state == "blocked",
        search=wanted.filters.get("search"),
    )
    return render(
        request,
        "entrants.html",
        campaign=campaign,
        tab="Entrants",
        rows=page.rows,
        states=STATES,
        **wanted.context(page),
    )


async def show_entrant(request: Request) -> Response:
    """One entrant, with everything stored about them."""
    return await _page(request, FormErrors({}, {}, 200))


async def correct_entrant(request: Request) -> Response:
    """Block or unblock an entrant, with a reason."""
    campaign, form = await campaign_of(request), request.state.form
    entrant = await entrant_of(request, campaign)
    correction = _CORRECTIONS.get(form.get("what", ""))
    reason, wrong = reason_in(form)
    if wrong or correction is None:
        raise Mistaken({"reason": wrong or "Please press one of the buttons."})
    app = server(request)
    await app.database.write(correction, campaign, entrant.id, reason, now_ms())
    app.mailer.wake()
    return RedirectResponse(address(campaign, f"/entrants/{entrant.id}"), 303)


async def _page(request: Request, shown: FormErrors) -> Response:
    campaign = await campaign_of(request)
    entrant = await entrant_of(request, campaign)
    person = people.CampaignEntrant(entrant.id, campaign.id, campaign.key, campaign.name)
    return render(
        request,
        "entrant.html",
        shown,
        campaign=campaign,
        tab="Entrants",
        entrant=entrant,
        known=await server(request).database.read(people.record, person),
        sources=SOURCES,
        kinds=KINDS,
    )


_ENTRANT = f"{ONE}/entrants/{{entrant}}"
TABLE = [
    Route("GET", f"{ONE}/entrants", list_entrants),
    Route("GET", _ENTRANT, show_entrant),
    Route("POST", _ENTRANT, correct_entrant, again=_page),
]
