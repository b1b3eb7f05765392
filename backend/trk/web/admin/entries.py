"""A campaign's entries: who completed what; taking entries back and restoring them."""

from __future__ import annotations

from typing import cast

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk.clock import now_ms
from trk.core.campaign import Action, Campaign
from trk.services import corrections
from trk.store import completions
from trk.store.completions import CompletionFilter, Source, State
from trk.store.errors import Duplicate
from trk.store.pages import ends
from trk.web.admin import downloads
from trk.web.admin.guard import Route
from trk.web.admin.listing import ListQuery, list_query, reason_in
from trk.web.admin.lookup import ONE, actions_of, address, campaign_of, number
from trk.web.admin.pages import render
from trk.web.forms import FormErrors, Mistaken
from trk.web.http.download import download
from trk.web.server import server

SOURCES: dict[str, str] = {
    "tracking": "Tracking",
    "api": "Your server",
    "question": "Answer",
    "ill_know": "Self-reported",
    "referral": "A friend",
}
STATES: dict[str, str] = {"valid": "Valid", "invalidated": "Invalidated"}
_TICK = "entry-"
_CORRECTIONS = {"invalidate": corrections.invalidate, "restore": corrections.restore}
_USED = (
    "Nothing was restored: another entrant has since used the value of one of these. "
    "Invalidate that entry first."
)


async def list_entries(request: Request) -> Response:
    """List the newest entries, or those that match the filters."""
    return await _page(request, FormErrors({}, {}, 200))


async def correct_entries(request: Request) -> Response:
    """Invalidate or restore the ticked entries, with a reason: all of them, or none."""
    campaign, form = await campaign_of(request), request.state.form
    ticked = [number(name.removeprefix(_TICK)) for name in form if name.startswith(_TICK)]
    ids = [each for each in ticked if each is not None]
    correction = _CORRECTIONS.get(form.get("what", ""))
    reason, wrong = reason_in(form)
    mistakes = {"reason": wrong} if wrong else {}
    if not ids or correction is None:
        mistakes["chosen"] = "Select at least one entry."
    if mistakes or correction is None:
        raise Mistaken(mistakes)
    app = server(request)
    try:
        changed = await app.database.write(
            corrections.each, correction, campaign, ids, reason, now_ms()
        )
    except Duplicate:
        raise Mistaken({"chosen": _USED}) from None
    app.mailer.wake()
    wanted = _asked(request, campaign, await actions_of(request, campaign))
    return RedirectResponse(wanted.address(after=wanted.after, done=len(changed)), 303)


async def export_entries(request: Request) -> Response:
    """The same entries as a CSV file, oldest first."""
    campaign = await campaign_of(request)
    which = _filter(_asked(request, campaign, await actions_of(request, campaign)))
    app, listing, name = server(request), completions.LISTING, downloads.name_in(request)
    watch = None
    if name is not None:
        bounds = await app.database.read(ends, listing, campaign)
        watch = app.downloads.begin(request.state.owner.id, name, bounds)
    return download(
        request,
        campaign,
        listing,
        lambda tx, campaign, span: completions.listed(tx, campaign, span, which),
        watch=watch,
    )


def _asked(request: Request, campaign: Campaign, actions: list[Action]) -> ListQuery:
    return list_query(
        request,
        address(campaign, "/entries"),
        {
            "search": None,
            "action": {str(action.id) for action in actions},
            "source": SOURCES,
            "state": STATES,
        },
    )


def _filter(wanted: ListQuery) -> CompletionFilter:
    chosen = wanted.filters
    return CompletionFilter(
        action=number(chosen.get("action", "")),
        source=cast("Source | None", chosen.get("source")),
        state=cast("State | None", chosen.get("state")),
        search=chosen.get("search"),
    )


async def _page(request: Request, shown: FormErrors) -> Response:
    campaign = await campaign_of(request)
    actions = await actions_of(request, campaign)
    wanted = _asked(request, campaign, actions)
    page = await server(request).database.read(
        completions.listed, campaign, wanted.span, _filter(wanted)
    )
    return render(
        request,
        "entries.html",
        shown,
        campaign=campaign,
        tab="Entries",
        actions=actions,
        rows=page.rows,
        asked=wanted,
        links=wanted.links(page),
        sources=SOURCES,
        states=STATES,
        done=number(request.query_params.get("done", "")),
        typed={"reason": "", **shown.typed, **wanted.typed},
    )


TABLE = [
    Route("GET", f"{ONE}/entries", list_entries),
    Route("POST", f"{ONE}/entries", correct_entries, again=_page),
    Route("GET", f"{ONE}/entries.csv", export_entries),
]
