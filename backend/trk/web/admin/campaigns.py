"""The owner's campaigns: the list, creating one, and what can be done to a whole campaign."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk.clock import now_ms
from trk.core.campaign import Campaign, state_at
from trk.core.next_steps import CampaignProgress, next_steps
from trk.core.starter import Starter
from trk.core.timing import timing_at
from trk.services import campaigns as campaign_service
from trk.services.publishing import standing_of
from trk.store import campaigns, codes, rewards
from trk.store.program import Transaction
from trk.web.admin.charts import SPANS, USUAL, lately
from trk.web.admin.guard import Route
from trk.web.admin.lookup import ONE, actions_of, address, campaign_of, number
from trk.web.admin.pages import render
from trk.web.admin.starter import choices, starter_in
from trk.web.forms import FormErrors, Mistaken
from trk.web.server import server

_PAGE = 50
_NEWS = ("published", "closed", "reopened")
"""What has just been done to the whole campaign."""
STATES = {
    "draft": "Draft",
    "not_started": "Not started",
    "open": "Open",
    "ended": "Ended",
    "closed": "Closed",
}
"""A campaign's state, as owners see it."""


async def list_campaigns(request: Request) -> Response:
    """List all campaigns, oldest first, a page at a time."""
    after = number(request.query_params.get("after", "")) or 0
    now = now_ms()
    database = server(request).database
    found = await database.read(campaigns.overview, after, _PAGE)
    return render(
        request,
        "campaigns.html",
        rows=[
            (each, state_at(each, now), timing_at(each, now), entrants, entries)
            for each, entrants, entries in found
        ],
        short=await database.read(codes.short, [each.id for each, *_ in found]),
        states=STATES,
        after=after,
        more=found[-1][0].id if len(found) == _PAGE else None,
    )


async def show_new_campaign(request: Request) -> Response:
    """The form for a new campaign."""
    typed = {"template": "competition", "timezone": "UTC"}
    return await _new_campaign_page(request, FormErrors({}, typed, 200))


async def create_campaign(request: Request) -> Response:
    """Create a campaign from a template."""
    made = starter_in(request.state.form, server(request).settings)
    if not isinstance(made, Starter):
        raise Mistaken(made)
    campaign = await server(request).database.write(campaign_service.start_campaign, made)
    return RedirectResponse(address(campaign), 303)


async def show_campaign(request: Request) -> Response:
    """A campaign's overview: how it is doing, and what to do next."""
    campaign, now = await campaign_of(request), now_ms()
    at = server(request)
    database, actions = at.database, await actions_of(request, campaign)

    async def read(tx: Transaction) -> CampaignProgress:
        return await standing_of(tx, campaign, sends_mails=at.settings.sends_mails)

    standing = await database.read(read)
    span = number(request.query_params.get("days", ""))
    return render(
        request,
        "overview.html",
        campaign=campaign,
        tab="Overview",
        state=state_at(campaign, now),
        states=STATES,
        timing=timing_at(campaign, now),
        extent=await database.read(campaigns.extent, campaign),
        steps=next_steps(campaign, standing),
        supply=await database.read(rewards.supply, campaign),
        preview=await database.read(campaigns.preview_token, campaign),
        news=next((each for each in _NEWS if each in request.query_params), ""),
        lately=await lately(database, campaign, actions, span if span in SPANS else USUAL, now),
        spans=SPANS,
        public_url=at.settings.public_url,
    )


async def ask_to_close(request: Request) -> Response:
    """Ask for confirmation, and say what closing does."""
    campaign = await campaign_of(request)
    if state_at(campaign, now_ms()) in ("draft", "closed"):
        return RedirectResponse(address(campaign), 303)
    return render(request, "close.html", campaign=campaign, tab="Overview")


async def close_campaign(request: Request) -> Response:
    """Close a campaign now."""
    campaign = await campaign_of(request)
    if campaign.draft:
        return RedirectResponse(address(campaign), 303)
    await server(request).database.write(campaign_service.close_campaign, campaign)
    return RedirectResponse(address(campaign, "?closed"), 303)


async def reopen_campaign(request: Request) -> Response:
    """Reopen a closed campaign."""
    campaign = await campaign_of(request)
    await server(request).database.write(campaign_service.reopen_campaign, campaign)
    return RedirectResponse(address(campaign, "?reopened"), 303)


async def copy_campaign(request: Request) -> Response:
    """Copy a campaign, and go to the copy's settings."""
    campaign = await campaign_of(request)

    async def copy(tx: Transaction) -> Campaign:
        return await campaign_service.copy_campaign(tx, campaign, published=False)

    made = await server(request).database.write(copy)
    return RedirectResponse(address(made, "/settings"), 303)


async def ask_campaign_deletion(request: Request) -> Response:
    """Ask for confirmation, and say how much would be deleted."""
    campaign = await campaign_of(request)
    extent = await server(request).database.read(campaigns.extent, campaign)
    return render(request, "delete.html", campaign=campaign, tab="", extent=extent)


async def delete_campaign(request: Request) -> Response:
    """Delete a campaign and everything that belongs to it."""
    campaign = await campaign_of(request)
    await campaign_service.delete_campaign(server(request).database, campaign)
    server(request).deletion.wake()
    return RedirectResponse("/admin/campaigns?deleted", 303)


async def _new_campaign_page(request: Request, shown: FormErrors) -> Response:
    return render(request, "new_campaign.html", shown, **choices())


_BACK = f"/admin{ONE}"
TABLE = [
    Route("GET", "/campaigns", list_campaigns),
    Route("GET", "/campaigns/new", show_new_campaign),
    Route("POST", "/campaigns/new", create_campaign, again=_new_campaign_page),
    Route("GET", ONE, show_campaign),
    Route("GET", f"{ONE}/close", ask_to_close),
    Route("POST", f"{ONE}/close", close_campaign, f"{_BACK}/close"),
    Route("POST", f"{ONE}/reopen", reopen_campaign, _BACK),
    Route("POST", f"{ONE}/copy", copy_campaign, _BACK),
    Route("GET", f"{ONE}/delete", ask_campaign_deletion),
    Route("POST", f"{ONE}/delete", delete_campaign, f"{_BACK}/delete"),
]
