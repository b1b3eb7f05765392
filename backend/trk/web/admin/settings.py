"""A campaign's settings, all on one page."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk.core.language import TAGS, language
from trk.core.zones import places
from trk.services.campaigns import change_and_serve
from trk.store import pictures
from trk.web.admin.forms import (
    campaign_draft,
    checked,
    differences,
    typed_campaign,
    version_of,
)
from trk.web.admin.guard import Route
from trk.web.admin.lookup import ONE, address, campaign_of
from trk.web.admin.moments import shown_twice
from trk.web.admin.pages import render
from trk.web.forms import FormErrors
from trk.web.server import server


async def show_settings(request: Request) -> Response:
    """The settings as they are stored."""
    campaign = await campaign_of(request)
    return await _page(request, FormErrors({}, typed_campaign(campaign), 200))


async def change_settings(request: Request) -> Response:
    """Store the settings; mistakes and conflicts are shown where they are, with what was typed."""
    campaign, form = await campaign_of(request), request.state.form
    draft = checked(campaign_draft(form, campaign))
    await change_and_serve(server(request).database, campaign, draft, version_of(form))
    return RedirectResponse(address(campaign, "/settings?saved"), 303)


async def _page(request: Request, shown: FormErrors) -> Response:
    campaign = await campaign_of(request)
    conflict = shown.status_code == 409
    version = None if conflict else version_of(shown.typed)
    return render(
        request,
        "settings.html",
        shown,
        campaign=campaign,
        tab="Settings",
        zones=places(),
        languages=[(each.tag, each.name) for each in map(language, TAGS)],
        twice=shown_twice(shown.typed),
        version=campaign.version if version is None else version,
        stored=differences(shown.typed, typed_campaign(campaign)) if conflict else {},
        conflict=conflict,
        pictures=await server(request).database.read(pictures.of_campaign, campaign),
        mails=server(request).settings.sends_mails,
    )


TABLE = [
    Route("GET", f"{ONE}/settings", show_settings),
    Route("POST", f"{ONE}/settings", change_settings, again=_page),
]
