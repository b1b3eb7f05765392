"""A campaign's entrants: the list, one in full, and leaving some out, which is blocking them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple, cast

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.core.link import MOST_BROWSERS, Proof, is_sure
from trk.services import corrections, leaving_out
from trk.services.corrections import Correction
from trk.services.recounting import go_on
from trk.store import clusters, counters, entrants, people
from trk.store import leaving_out as left
from trk.store.corrections import Cause
from trk.store.entrants import EntrantFilter
from trk.web.admin.downloads import list_file
from trk.web.admin.entries import SOURCES
from trk.web.admin.guard import Route
from trk.web.admin.listing import BY_TIME, ListQuery, Sort, list_query, read_list, reason_in
from trk.web.admin.lookup import ONE, address, campaign_of, entrant_of, number
from trk.web.admin.pages import render
from trk.web.admin.undoing import change_of, new_step, told
from trk.web.forms import FormErrors, Mistaken
from trk.web.server import server

STATES: dict[str, str] = {"active": "Active", "blocked": "Blocked"}
EMAILS: dict[str, str] = {"confirmed": "Confirmed", "unconfirmed": "Not confirmed"}
SHARES: dict[clusters.Kind, str] = {
    "network": "Network",
    "browser": "Browser",
    "mailbox": "Mailbox",
}
"""What entrants who belong together share."""
SORTS = {
    **BY_TIME,
    "email": Sort("E-mail, A to Z", "email"),
    "email_desc": Sort("E-mail, Z to A", "email", descending=True),
}
_TICK = "entrant-"


class _Button(NamedTuple):
    """What a button does, and which field has the reason for it."""

    correction: Correction
    reason: str = "reason"


_BUTTONS = {
    "block": _Button(corrections.block),
    "unblock": _Button(corrections.unblock),
    "allow": _Button(corrections.allow_browsers, "browsers_reason"),
    "limit": _Button(corrections.limit_browsers, "browsers_reason"),
}
KINDS: dict[str, str] = {
    "invalidated": "Entry invalidated",
    "restored": "Entry restored",
    "counted": "Entry counted",
    "blocked": "Blocked",
    "unblocked": "Unblocked",
    "browsers_allowed": f"More than {MOST_BROWSERS} browsers allowed",
    "browsers_limited": f"Limited to {MOST_BROWSERS} browsers again",
    "moved": "Entries moved to the entrant whose browser it was",
}
"""Kinds of correction, as owners see them."""
PROOFS: dict[Proof, str] = {
    "token": "By an action’s link, opened from elsewhere",
    "earlier": "Before this was recorded",
    "click": "By a click on the site, signed in here",
    "left": "By a click on the site, signed in here; signed out since",
    "direct": "By an action’s link, straight from the campaign’s page",
    "session": "Signed in, in this browser",
}
"""What shows whose a browser is, as owners see it."""


async def list_entrants(request: Request) -> Response:
    """List the newest entrants, or those that match the filters."""
    return await _list(request, FormErrors({}, {}, 200))


async def correct_entrants(request: Request) -> Response:
    """Leave out those who are ticked, all of a cluster but one, or all who are unconfirmed; or let
    those who are ticked take part again."""
    campaign, form = await campaign_of(request), request.state.form
    wanted, app, what = _asked(request, campaign), server(request), form.get("what", "")
    which = _filter(wanted)
    ticked, reason = ticked_entrants(form, needed=what in ("block", "unblock"))
    step = new_step()
    cause = Cause(reason, now_ms(), step)
    if what == "others" and which.shares is not None and which.around is not None:
        changed = await leaving_out.all_but_one(
            app.database, campaign, which.shares, which.around, cause
        )
    elif what == "unconfirmed":
        changed = await leaving_out.unconfirmed(app.database, campaign, cause)
    elif what == "block":
        changed = await app.database.write(leaving_out.several, campaign, ticked, cause)
    elif what == "unblock":
        changed = await app.database.write(
            corrections.each, corrections.unblock, campaign, ticked, cause
        )
        await go_on(app.database, campaign)
        app.mailer.wake()
    else:
        raise Mistaken({"chosen": "Press one of the buttons."})
    return RedirectResponse(wanted.address(**wanted.place, **told(step, changed)), 303)


async def export_entrants(request: Request) -> Response:
    """The same entrants as a CSV file, oldest first."""
    campaign = await campaign_of(request)
    which = _filter(_asked(request, campaign))
    return await list_file(
        request,
        campaign,
        entrants.LISTING,
        lambda tx, campaign, span: entrants.listed(tx, campaign, span, which),
    )


def ticked_entrants(form: Mapping[str, str], *, needed: bool = True) -> tuple[list[int], str]:
    """The ids of the entrants that are ticked, and the reason; Mistaken if there is no reason, or
    none is ticked though one is `needed`."""
    found = (number(name.removeprefix(_TICK)) for name in form if name.startswith(_TICK))
    ticked = [each for each in found if each is not None]
    reason, wrong = reason_in(form)
    mistakes = {"reason": wrong} if wrong else {}
    if needed and not ticked:
        mistakes["chosen"] = "Select at least one entrant."
    if mistakes:
        raise Mistaken(mistakes)
    return ticked, reason


def _asked(request: Request, campaign: Campaign) -> ListQuery:
    filters = {"search": None, "state": STATES, "email": EMAILS, "shares": SHARES, "with": None}
    wanted = list_query(request, address(campaign, "/entrants"), filters, SORTS)
    if "shares" not in wanted.filters:  # then nobody belongs to anybody
        wanted = replace(wanted, typed={**wanted.typed, "with": ""})
    return wanted


def _filter(wanted: ListQuery) -> EntrantFilter:
    chosen = wanted.filters
    state, email = chosen.get("state"), chosen.get("email")
    return EntrantFilter(
        blocked=None if state is None else state == "blocked",
        confirmed=None if email is None else email == "confirmed",
        shares=cast("clusters.Kind | None", chosen.get("shares")),
        around=number(chosen.get("with", "")),
        search=chosen.get("search"),
    )


async def _list(request: Request, shown: FormErrors) -> Response:
    campaign, database = await campaign_of(request), server(request).database
    wanted = _asked(request, campaign)
    which = _filter(wanted)
    listed = await read_list(
        database,
        wanted,
        lambda tx, span: entrants.listed(tx, campaign, span, which),
        None if wanted.filters else await database.read(counters.total, "entrants", campaign.id),
    )
    around = None
    if which.shares is not None and which.around is not None:
        around = await database.read(entrants.by_id, campaign, which.around)
    return render(
        request,
        "entrants.html",
        shown,
        campaign=campaign,
        tab="Entrants",
        rows=listed.rows,
        states=STATES,
        emails=EMAILS,
        kinds=SHARES,
        around=around,
        groups=await database.read(left.groups, campaign) if which.blocked else [],
        **await change_of(request, campaign),
        **wanted.context(listed, {"reason": "", **shown.typed}),
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
        raise Mistaken({"reason": "Press one of the buttons."})
    reason, wrong = reason_in(form, button.reason)
    if wrong:
        raise Mistaken({button.reason: wrong})
    app = server(request)
    await app.database.write(button.correction, campaign, entrant.id, Cause(reason, now_ms()))
    await go_on(app.database, campaign)
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
    Route("POST", f"{ONE}/entrants", correct_entrants, again=_list),
    Route("GET", f"{ONE}/entrants.csv", export_entrants, f"/admin{ONE}/entrants"),
    Route("GET", _ENTRANT, show_entrant),
    Route("POST", _ENTRANT, correct_entrant, again=_page),
]
