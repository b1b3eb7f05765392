"""A page of the owner's that says one thing, and leads on."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from trk.core.campaign import Campaign
from trk.store import campaigns
from trk.store.errors import DatabaseError
from trk.web.admin.pages import render
from trk.web.admin.sign_in import owner_of
from trk.web.forms import FormErrors
from trk.web.pages import PageLink
from trk.web.server import server


async def message(
    request: Request,
    status_code: int,
    title: str,
    text: str,
    link: PageLink | None = None,
    *,
    away: bool = False,
) -> Response:
    """The page with this heading and this sentence, around which is what the owner who is signed in
    can do.

    Without a `link` of its own it leads to the campaign whose page it is, to all campaigns, or to
    where one signs in. With `away` the database is not asked.
    """
    campaign = None
    if not away:
        try:
            campaign = await _known(request)
        except DatabaseError:
            away = True
    if link is None:
        link = _on(request, campaign, away)
    shown = {"title": title, "text": text, "link": link}
    return render(
        request, "message.html", FormErrors({}, {}, status_code), campaign=campaign, **shown
    )


async def _known(request: Request) -> Campaign | None:
    """The campaign whose page it is, for the owner who is signed in."""
    if not hasattr(request.state, "owner"):
        request.state.owner = await owner_of(request)
    key = request.path_params.get("key")
    if request.state.owner is None or key is None:
        return None
    found: Campaign | None = await server(request).database.read(campaigns.by_key, key)
    return found


def _on(request: Request, campaign: Campaign | None, away: bool) -> PageLink:
    if campaign is not None:
        return PageLink(f"/admin/campaigns/{campaign.key}", "Go to the campaign")
    if away or getattr(request.state, "owner", None) is not None:
        return PageLink("/admin/campaigns", "Your campaigns")
    return PageLink("/admin/sign-in", "Sign in")
