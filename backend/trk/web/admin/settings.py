"""A campaign's settings, all on one page."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk.core.campaign import Campaign
from trk.core.mistakes import DraftError, advice
from trk.services.campaigns import change_campaign
from trk.services.conflict import Conflict
from trk.web.admin.forms import campaign_draft, differences, typed_campaign, version_of
from trk.web.admin.guard import Route
from trk.web.admin.lookup import ONE, address, campaign_of
from trk.web.admin.pages import render
from trk.web.admin.starter import zones
from trk.web.forms import FormErrors
from trk.web.server import server


async def look(request: Request) -> Response:
    """The settings as they are stored."""
    campaign = await campaign_of(request)
    return _page(request, campaign, FormErrors({}, typed_campaign(campaign), 200), campaign.version)


async def change(request: Request) -> Response:
    """Store the settings; mistakes and conflicts are shown where they are, with what was typed."""
    campaign, form = await campaign_of(request), request.state.form
    version = version_of(form)
    if request.state.redisplay:
        return _page(request, campaign, FormErrors({}, form, 200), version)
    draft, mistakes = campaign_draft(form, campaign)
    if mistakes:
        return _page(request, campaign, FormErrors(mistakes, form), version)
    try:
        await server(request).database.write(change_campaign, campaign, draft, version)
    except DraftError as mistake:
        return _page(request, campaign, FormErrors(advice(mistake.mistakes), form), version)
    except Conflict:
        now = await campaign_of(request)
        return _page(request, now, FormErrors({}, form, 409), now.version)
    return RedirectResponse(address(campaign, "/settings?saved"), 303)


def _page(request: Request, campaign: Campaign, shown: FormErrors, version: int | None) -> Response:
    conflict = shown.status_code == 409
    return render(
        request,
        "settings.html",
        shown,
        campaign=campaign,
        tab="Settings",
        zones=zones(),
        version=campaign.version if version is None else version,
        saved="saved" in request.query_params and request.method == "GET",
        stored=differences(shown.typed, typed_campaign(campaign)) if conflict else {},
        conflict=conflict,
    )


TABLE = [
    Route("GET", f"{ONE}/settings", look),
    Route("POST", f"{ONE}/settings", change),
]
