"""The preview of a draft: a link that its owner gives to whom they like.

Who has it sees the campaign's pages as they will be, and can change nothing: what is entered there
is not stored. In the address it is exchanged for a cookie, so that the pages keep their addresses.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk.core.phrase import phrase
from trk.store import campaigns
from trk.web.campaign.lookup import OnlyAPreview, opens_preview
from trk.web.campaign.message import message
from trk.web.campaign.session import remember_preview
from trk.web.http.crawlers import NO_INDEX
from trk.web.pages import PageLink
from trk.web.server import server

_UNSEEN = {"cache-control": "no-store", "referrer-policy": "no-referrer", **NO_INDEX}


async def open_preview(request: Request) -> Response:
    """Let the browser see the draft, and go to its page; once it is published, anybody may."""
    key, token = request.path_params["key"], request.path_params["token"]
    campaign = await server(request).database.read(campaigns.by_key, key)
    if campaign is None:
        return await _dead_link(request)
    query = f"?{request.url.query}" if request.url.query else ""
    page = RedirectResponse(f"/{campaign.key}/{campaign.slug}{query}", 302, _UNSEEN)
    if campaign.draft:
        if not await opens_preview(request, campaign, token):
            return await _dead_link(request)
        remember_preview(page, request, campaign.key, token)
    return page


async def nothing_stored(request: Request, problem: Exception) -> Response:
    """What is said to somebody who enters, or completes something, in a preview."""
    assert isinstance(problem, OnlyAPreview)
    return await message(
        request,
        403,
        phrase("This is only a preview"),
        phrase("The campaign is not published yet. Nothing of what you have just done was stored."),
        PageLink(f"/{problem.campaign.key}", phrase("Back to the preview")),
    )


async def _dead_link(request: Request) -> Response:
    """The same for a campaign that does not exist as for a draft with another preview."""
    return await message(
        request,
        404,
        phrase("This preview no longer works"),
        phrase("Its link may have been renewed. Ask whoever sent it to you for the new one."),
    )
