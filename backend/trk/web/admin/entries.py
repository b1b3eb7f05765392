"""A campaign's entries: who completed what; taking entries back and restoring them."""

from __future__ import annotations

from typing import cast

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk.clock import now_ms
from trk.core.campaign import Action, Campaign
from trk.services import corrections
from trk.store import completions, counters
from trk.store.completions import CompletionFilter, Source, State
from trk.store.corrections import Cause
from trk.store.database import Database
from trk.store.errors import Duplicate
from trk.store.friend_completions import FriendRefused
from trk.web.admin.downloads import list_file
from trk.web.admin.guard import Route
from trk.web.admin.listing import ListQuery, list_query, read_list, reason_in
from trk.web.admin.lookup import ONE, actions_of, address, campaign_of, number
from trk.web.admin.pages import render
from trk.web.admin.undoing import NOT_RESTORED, change_of, new_step, told
from trk.web.forms import FormErrors, Mistaken
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
    app, step = server(request), new_step()
    try:
        changed = await app.database.write(
            corrections.each, correction, campaign, ids, Cause(reason, now_ms(), step)
        )
    except Duplicate:
        raise Mistaken({"chosen": f"Nothing was restored: {NOT_RESTORED['used']}"}) from None
    except FriendRefused as refused:
        raise Mistaken({"chosen": f"Nothing was restored: {NOT_RESTORED[refused.why]}"}) from None
    app.mailer.wake()
    wanted = _asked(request, campaign, await actions_of(request, campaign))
    return RedirectResponse(wanted.address(**wanted.place, **told(step, changed)), 303)


async def export_entries(request: Request) -> Response:
    """The same entries as a CSV file, oldest first."""
    campaign = await campaign_of(request)
    which = _filter(_asked(request, campaign, await actions_of(request, campaign)))
    return await list_file(
        request,
        campaign,
        completions.LISTING,
        lambda tx, campaign, span: completions.listed(tx, campaign, span, which),
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


async def _total(
    database: Database, campaign: Campaign, wanted: ListQuery, which: CompletionFilter
) -> int | None:
    """How many entries there are, of all or of one action: of other parts that is not kept."""
    if set(wanted.filters) <= {"action"}:
        kept: int = await database.read(counters.total, "completions", campaign.id, which.action)
        return kept
    return None


async def _page(request: Request, shown: FormErrors) -> Response:
    campaign = await campaign_of(request)
    actions = await actions_of(request, campaign)
    wanted = _asked(request, campaign, actions)
    database, which = server(request).database, _filter(wanted)
    listed = await read_list(
        database,
        wanted,
        lambda tx, span: completions.listed(tx, campaign, span, which),
        await _total(database, campaign, wanted, which),
    )
    return render(
        request,
        "entries.html",
        shown,
        campaign=campaign,
        tab="Entries",
        actions=actions,
        rows=listed.rows,
        sources=SOURCES,
        states=STATES,
        **await change_of(request, campaign),
        **wanted.context(listed, {"reason": "", **shown.typed}),
    )


TABLE = [
    Route("GET", f"{ONE}/entries", list_entries),
    Route("POST", f"{ONE}/entries", correct_entries, again=_page),
    Route("GET", f"{ONE}/entries.csv", export_entries, f"/admin{ONE}/entries"),
]
