"""One person's data, on their request: found by e-mail in all campaigns, exported, erased."""

from __future__ import annotations

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk.core.campaign import Campaign
from trk.core.mailbox import folded
from trk.services import people
from trk.store import people as stored
from trk.store.entrants import ListedEntrant
from trk.web.admin.guard import Route
from trk.web.admin.lookup import ONE, address, campaign_of, entrant_of
from trk.web.admin.pages import render
from trk.web.forms import FormErrors
from trk.web.server import server

_LONGEST = 254
"""The maximum length of an e-mail address."""


async def find_people(request: Request) -> Response:
    """Find the entrants with this e-mail, in all campaigns."""
    email = request.query_params.get("email", "").strip()
    known = 0 < len(email) <= _LONGEST and "\0" not in email
    found = await server(request).database.read(stored.by_email, email) if known else []
    return render(request, "persons.html", email=email, found=found, typed={"email": email})


async def export_person(request: Request) -> Response:
    """Everything stored about the person behind this entrant, as a file."""
    campaign = await campaign_of(request)
    entrant = await _known(request, campaign)
    found = await people.export(server(request).database, entrant.email)
    if found is None:
        raise HTTPException(404, _GONE)
    name = f"person-{campaign.key}-{entrant.id}.json"
    return Response(
        msgspec.json.format(msgspec.json.encode(found)),
        media_type="application/json",
        headers={
            "content-disposition": f'attachment; filename="{name}"',
            "cache-control": "private, no-store",
        },
    )


async def ask_erasure(request: Request) -> Response:
    """Ask for confirmation, and say what would be erased and what would stay."""
    campaign = await campaign_of(request)
    entrant = await _known(request, campaign)
    return await _page(request, campaign, entrant, FormErrors({}, {}, 200))


async def erase_person(request: Request) -> Response:
    """Erase the person behind this entrant in all campaigns, if their e-mail was typed right."""
    campaign, form = await campaign_of(request), request.state.form
    entrant = await entrant_of(request, campaign)
    there = RedirectResponse(address(campaign, f"/entrants/{entrant.id}"), 303)
    if entrant.erased_at is not None:  # the button was pressed twice
        return there
    if request.state.redisplay:
        return await _page(request, campaign, entrant, FormErrors({}, form, 200))
    if folded(form.get("email", "")) != folded(entrant.email):
        said = f"Type {entrant.email} to confirm that this is the right person."
        return await _page(request, campaign, entrant, FormErrors({"email": said}, form))
    await people.erase(server(request).database, entrant.email)
    return there


async def _known(request: Request, campaign: Campaign) -> ListedEntrant:
    entrant = await entrant_of(request, campaign)
    if entrant.erased_at is not None:
        raise HTTPException(404, _GONE)
    return entrant


async def _page(
    request: Request, campaign: Campaign, entrant: ListedEntrant, shown: FormErrors
) -> Response:
    database = server(request).database
    found = await database.read(stored.by_email, entrant.email)
    return render(
        request,
        "erase_person.html",
        shown,
        campaign=campaign,
        tab="Entrants",
        entrant=entrant,
        stakes=[(person, await database.read(stored.stake, person)) for person in found],
    )


_GONE = "this person’s data was erased"
_ENTRANT = f"{ONE}/entrants/{{entrant}}"
TABLE = [
    Route("GET", "/persons", find_people),
    Route("GET", f"{_ENTRANT}/export", export_person),
    Route("GET", f"{_ENTRANT}/erase", ask_erasure),
    Route("POST", f"{_ENTRANT}/erase", erase_person, proved=True),
]
