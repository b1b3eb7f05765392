"""A campaign's tracking log: what its sites reported, and what came of it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.core.days import day_at
from trk.core.rejection import RejectionReason
from trk.services import late
from trk.store import counters, entrants, quotas, refusals, trackings, unmatched
from trk.store.trackings import TrackingFilter
from trk.web.admin.downloads import list_file
from trk.web.admin.guard import Route
from trk.web.admin.listing import ListQuery, list_query, read_list
from trk.web.admin.lookup import ONE, address, campaign_of, number
from trk.web.admin.pages import render
from trk.web.admin.undoing import change_of, new_step
from trk.web.forms import FormErrors, Mistaken
from trk.web.server import server

OUTCOMES: dict[str, str] = {
    "unlocked": "Completed an action",
    "repeated": "Already completed",
    "waiting": "Waiting for the visitor to enter",
    "unmatched": "No action has this name",
    "refused": "Refused",
    "expired": "The day ended before the visitor entered",
}
REASONS: dict[str, str] = {
    "campaign_not_started": "The campaign had not started",
    "campaign_ended": "The campaign had ended",
    "campaign_closed": "The campaign was closed",
    "over_quota": "Too many names that match no action",
    "late": "It arrived long after the campaign ended",
    "xref_unknown": "The link’s token is unknown",
    "xref_expired": "The link’s token had expired",
    "xref_used": "The link’s token was used by another browser",
    "visitor_taken": "The browser belongs to another entrant",
    "too_many_browsers": "The entrant already has ten browsers",
    "not_tracked": "The action is not verified by tracking",
    "unsigned": "The signature is missing",
    "bad_signature": "The signature is wrong",
    "value_missing": "The value is missing",
    "value_used": "Another entrant has used this value",
    "entrant_blocked": "The entrant is blocked",
    "unknown_entrant": "There is no such entrant",
    "not_asked": "The action asks no question",
    "wrong_answer": "The answer is wrong",
    "too_many": "Too many at once",
}
COUNTED: dict[str, str] = {
    "unlocked": "Counted: the action is completed.",
    "repeated": "Nothing to count: the entrant had already completed this action.",
    "expired": "Not counted: the day ended before the visitor entered.",
    "waiting": "Not counted yet: this visitor has not entered the campaign.",
    "unmatched": "Not counted: no action has this name.",
    "refused": "Refused for another reason; see the log.",
    "gone": "Nothing to count: it already counts, or was erased.",
}
"""What is said after a late tracking was let count, by what became of it."""
_LATELY = 7 * 24 * 3_600_000
"""How long it is told that names were not kept (ms)."""
_TICK = "tracking-"
_NAMES = 20
"""How many unmatched names to show."""


async def show_log(request: Request) -> Response:
    """The newest trackings, names that match no action, and reasons for refusals."""
    return await _page(request, FormErrors({}, {}, 200))


async def _page(request: Request, shown: FormErrors) -> Response:
    campaign, database = await campaign_of(request), server(request).database
    wanted = _asked(request, campaign)
    which = _filter(wanted)
    listed = await read_list(
        database,
        wanted,
        lambda tx, span: trackings.listed(tx, campaign, span, which),
        None if wanted.filters else await database.read(counters.total, "trackings", campaign.id),
    )
    entrant = None
    if which.entrant is not None:
        entrant = await database.read(entrants.by_id, campaign, which.entrant)
    over_on = await database.read(quotas.over_on, campaign)
    lately = over_on is not None and over_on >= day_at(campaign.timezone, now_ms() - _LATELY)
    return render(
        request,
        "log.html",
        shown,
        campaign=campaign,
        tab="Log",
        rows=listed.rows,
        entrant=entrant,
        outcomes=OUTCOMES,
        reasons=REASONS,
        over_on=over_on if lately else None,
        counted=COUNTED.get(request.query_params.get("counted", "")),
        unlocked=request.query_params.get("counted") == "unlocked",
        unmatched=await database.read(unmatched.most, campaign, _NAMES),
        refused=await database.read(refusals.reasons, campaign),
        several=_counted(request),
        **await change_of(request, campaign),
        **wanted.context(listed, shown.typed),
    )


async def export_log(request: Request) -> Response:
    """The same trackings as a CSV file, oldest first."""
    campaign = await campaign_of(request)
    which = _filter(_asked(request, campaign))
    return await list_file(
        request,
        campaign,
        trackings.LISTING,
        lambda tx, campaign, span: trackings.listed(tx, campaign, span, which),
    )


def _asked(request: Request, campaign: Campaign) -> ListQuery:
    return list_query(
        request,
        address(campaign, "/log"),
        {
            "search": None,
            "entrant": None,
            "outcome": OUTCOMES,
            "refusal": {reason.code for reason in RejectionReason},
        },
    )


def _filter(wanted: ListQuery) -> TrackingFilter:
    chosen = wanted.filters
    return TrackingFilter(
        entrant=number(chosen.get("entrant", "")),
        outcome=chosen.get("outcome"),
        refusal=chosen.get("refusal"),
        search=chosen.get("search"),
    )


async def count_ticked(request: Request) -> Response:
    """Let the late trackings that are ticked count, one by one."""
    campaign, app = await campaign_of(request), server(request)
    found = (number(name.removeprefix(_TICK)) for name in request.state.form if name[:9] == _TICK)
    ticked = sorted({each for each in found if each is not None})
    if not ticked:
        raise Mistaken({"chosen": "Select at least one tracking that arrived late."})
    counted, step = 0, new_step()
    for each in ticked:
        decision = await app.database.write(late.count_late, campaign, each, step)
        counted += decision is not None and decision.outcome == "unlocked"
    app.mailer.wake()
    wanted = _asked(request, campaign)
    told = {"step": step if counted else None, "counted": counted, "selected": len(ticked)}
    return RedirectResponse(wanted.address(**wanted.place, **told), 303)


def _counted(request: Request) -> tuple[int, int] | None:
    """How many of how many ticked trackings were counted, if that was just done."""
    asked = request.query_params
    counted, ticked = number(asked.get("counted", "")), number(asked.get("selected", ""))
    return None if counted is None or ticked is None else (counted, ticked)


async def count_late(request: Request) -> Response:
    """Let a late tracking count, and tell what it earned."""
    campaign, app = await campaign_of(request), server(request)
    tracking_id = number(request.path_params["tracking"]) or 0
    step = new_step()
    decision = await app.database.write(late.count_late, campaign, tracking_id, step)
    app.mailer.wake()
    became = "gone" if decision is None else decision.outcome
    told = f"step={step}&counted={became}" if became == "unlocked" else f"counted={became}"
    return RedirectResponse(address(campaign, f"/log?refusal=late&{told}"), 303)


TABLE = [
    Route("GET", f"{ONE}/log", show_log),
    Route("POST", f"{ONE}/log", count_ticked, again=_page),
    Route("GET", f"{ONE}/log.csv", export_log, f"/admin{ONE}/log"),
    Route("POST", f"{ONE}/log/{{tracking}}/count", count_late, f"/admin{ONE}/log"),
]
