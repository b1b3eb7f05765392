"""The owner's campaigns: the list, a new one, and what can be done with one as a whole."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk.clock import now_ms
from trk.core.campaign import state_at
from trk.core.starter import Starter
from trk.core.timing import timing_at
from trk.services.campaigns import (
    close_campaign,
    copy_campaign,
    delete_campaign,
    reopen_campaign,
    start_campaign,
)
from trk.store import campaigns, codes, prizes, rewards
from trk.web.admin.charts import lately
from trk.web.admin.guard import Route
from trk.web.admin.lookup import ONE, actions_of, address, campaign_of, number
from trk.web.admin.pages import render
from trk.web.admin.starter import beginning, choices
from trk.web.campaign.entry import Mistakes
from trk.web.server import server

_PAGE = 50
STATES = {
    "not_started": "Not started",
    "open": "Open",
    "ended": "Ended",
    "closed": "Closed",
}
"""A campaign's state as owners read it."""


async def everything(request: Request) -> Response:
    """All campaigns, oldest first, a page at a time."""
    after = number(request.query_params.get("after", "")) or 0
    now = now_ms()
    database = server(request).database
    found = await database.read(campaigns.overview, after, _PAGE)
    context = {
        "rows": [
            (each, state_at(each, now), timing_at(each, now), entrants, entries)
            for each, entrants, entries in found
        ],
        "short": await database.read(codes.short, [each.id for each, *_ in found]),
        "states": STATES,
        "after": after,
        "more": found[-1][0].id if len(found) == _PAGE else None,
        "deleted": "deleted" in request.query_params,
    }
    return render(request, "campaigns.html", context)


async def new(request: Request) -> Response:
    """The questions with which a campaign begins."""
    return _new(request, Mistakes({}, {"template": "competition", "timezone": "UTC"}, 200))


async def create(request: Request) -> Response:
    """Make a campaign from a template."""
    form = request.state.form
    if request.state.only_show:
        return _new(request, Mistakes({}, form, 200))
    made = beginning(form)
    if not isinstance(made, Starter):
        return _new(request, Mistakes(made, form))
    campaign = await server(request).database.write(start_campaign, made)
    return RedirectResponse(address(campaign), 303)


async def overview(request: Request) -> Response:
    """One campaign: how it stands, and what comes next."""
    campaign, now = await campaign_of(request), now_ms()
    database, actions = server(request).database, await actions_of(request, campaign)
    context = {
        "campaign": campaign,
        "tab": "Overview",
        "state": state_at(campaign, now),
        "states": STATES,
        "timing": timing_at(campaign, now),
        "extent": await database.read(campaigns.extent, campaign),
        "actions": actions,
        "prizes": await database.read(prizes.of_campaign, campaign),
        "supply": await database.read(rewards.supply, campaign),
        "lately": await lately(database, campaign, actions, now),
        "public_url": server(request).settings.public_url,
    }
    return render(request, "overview.html", context)


async def close(request: Request) -> Response:
    """Close a campaign now."""
    campaign = await campaign_of(request)
    await server(request).database.write(close_campaign, campaign)
    return RedirectResponse(address(campaign), 303)


async def reopen(request: Request) -> Response:
    """Take the closing back."""
    campaign = await campaign_of(request)
    await server(request).database.write(reopen_campaign, campaign)
    return RedirectResponse(address(campaign), 303)


async def copy(request: Request) -> Response:
    """Make a copy, and go on with its settings."""
    made = await server(request).database.write(copy_campaign, await campaign_of(request))
    return RedirectResponse(address(made, "/settings"), 303)


async def ask_deletion(request: Request) -> Response:
    """The page that asks, and says with numbers what goes."""
    campaign = await campaign_of(request)
    extent = await server(request).database.read(campaigns.extent, campaign)
    return render(request, "delete.html", {"campaign": campaign, "tab": "", "extent": extent})


async def delete(request: Request) -> Response:
    """Delete a campaign with all that belongs to it."""
    campaign = await campaign_of(request)
    await delete_campaign(server(request).database, campaign)
    server(request).deletion.wake()
    return RedirectResponse("/admin/campaigns?deleted", 303)


def _new(request: Request, shown: Mistakes) -> Response:
    context = {**choices(), "mistakes": shown.at, "typed": shown.typed}
    return render(request, "new_campaign.html", context, shown.status_code)


_BACK = f"/admin{ONE}"
TABLE = [
    Route("GET", "/campaigns", everything),
    Route("GET", "/campaigns/new", new),
    Route("POST", "/campaigns/new", create),
    Route("GET", ONE, overview),
    Route("POST", f"{ONE}/close", close, _BACK),
    Route("POST", f"{ONE}/reopen", reopen, _BACK),
    Route("POST", f"{ONE}/copy", copy, _BACK),
    Route("GET", f"{ONE}/delete", ask_deletion),
    Route("POST", f"{ONE}/delete", delete, f"{_BACK}/delete"),
]
