"""A campaign's entrants: the list, one entrant in full, and blocking and unblocking."""

from __future__ import annotations

from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk.clock import now_ms
from trk.core.link import MOST_BROWSERS, Proof, is_sure
from trk.store import corrections, entrants, people
from trk.web.admin.entries import SOURCES
from trk.web.admin.guard import Route
from trk.web.admin.listing import list_query, reason_in
from trk.web.admin.lookup import ONE, address, campaign_of, entrant_of
from trk.web.admin.pages import render
from trk.web.forms import FormErrors, Mistaken
from trk.web.server import server

STATES: dict[str, str] = {"active": "Takes part", "blocked": "Blocked"}


class _Button(NamedTuple):
    """What a button does, and which field has the reason for it."""

    correction: corrections.CorrectionProgram
    reason: str = "reason"


_BUTTONS = {
    "block": _Button(corrections.block),
    "unblock": _Button(corrections.unblock),
    "allow": _Button(corrections.allow_browsers, "browsers_reason"),
    "limit": _Button(corrections.limit_browsers, "browsers_reason"),
}
KINDS: dict[str, str] = {
    "invalidated": "Entry taken back",
    "restored": "Entry given back",
    "blocked": "Blocked",
    "unblocked": "Unblocked",
    "browsers_allowed": f"More than {MOST_BROWSERS} browsers allowed",
    "browsers_limited": f"At most {MOST_BROWSERS} browsers again",
    "moved": "Entries went to whose browser it was",
}
"""Kinds of correction, as owners see them."""
PROOFS: dict[Proof, str] = {
    "token": "By an action’s link that was opened from somewhere else",
    "earlier": "Before the server kept how",
    "click": "By a click on the site, signed in here",
    "left": "By a click on the site, signed in here; they have left the campaign since",
    "direct": "By an action’s link, straight from the campaign’s page",
    "session": "Signed in, in this browser",
}
"""What shows whose a browser is, as owners see it."""


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
    """Block or unblock an entrant, or change how many browsers they may have, with a reason."""
    campaign, form = await campaign_of(request), request.state.form
    entrant = await entrant_of(request, campaign)
    button = _BUTTONS.get(form.get("what", ""))
    if button is None:
        raise Mistaken({"reason": "Please press one of the buttons."})
    reason, wrong = reason_in(form, button.reason)
    if wrong:
        raise Mistaken({button.reason: wrong})
    app = server(request)
    await app.database.write(button.correction, campaign, entrant.id, reason, now_ms())
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
        proofs=PROOFS,
        is_sure=is_sure,
        most_browsers=MOST_BROWSERS,
    )


_ENTRANT = f"{ONE}/entrants/{{entrant}}"
TABLE = [
    Route("GET", f"{ONE}/entrants", list_entrants),
    Route("GET", _ENTRANT, show_entrant),
    Route("POST", _ENTRANT, correct_entrant, again=_page),
]
