"""Drafts: publishing one, and the link by which others see it before."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk.core.campaign import Campaign
from trk.core.next_steps import Step, before_publishing
from trk.services import publishing
from trk.store import campaigns
from trk.store.program import Transaction
from trk.web.admin.guard import Route
from trk.web.admin.lookup import ONE, address, campaign_of
from trk.web.admin.pages import render
from trk.web.campaign.session import remember_preview
from trk.web.forms import FormErrors
from trk.web.server import server


async def show_publishing(request: Request) -> Response:
    """What is missing before the campaign can be published, and the button that publishes it."""
    campaign = await campaign_of(request)
    if not campaign.draft:
        return RedirectResponse(address(campaign), 303)
    at = server(request)

    async def read(tx: Transaction) -> list[Step]:
        sends_mails = at.settings.sends_mails
        standing = await publishing.standing_of(tx, campaign, sends_mails=sends_mails)
        return list(before_publishing(campaign, standing))

    return _page(request, campaign, await at.database.read(read))


async def publish_campaign(request: Request) -> Response:
    """Publish the campaign, unless something is missing that was not shown when it was asked."""
    campaign, at = await campaign_of(request), server(request)
    accepted = request.state.form.get("accepted", "").split("\n")

    async def publish(tx: Transaction) -> bool:
        return await publishing.publish_campaign(
            tx, campaign, sends_mails=at.settings.sends_mails, accepted=accepted
        )

    try:
        await at.database.write(publish)
    except publishing.Unready as unready:
        return _page(request, campaign, list(unready.steps), 409)
    return RedirectResponse(address(campaign, "?published"), 303)


async def renew_preview(request: Request) -> Response:
    """Make another link of the preview; the one before is good for nothing any more."""
    campaign = await campaign_of(request)
    await server(request).database.write(publishing.renew_preview, campaign)
    return RedirectResponse(address(campaign, "#page"), 303)


async def show_page(request: Request) -> Response:
    """Go to the campaign's page, or that of its draw (`?draw`), which the owner may see also while
    it is a draft."""
    campaign = await campaign_of(request)
    rest = "draw" if "draw" in request.query_params else campaign.slug
    page = RedirectResponse(f"/{campaign.key}/{rest}", 303, {"cache-control": "no-store"})
    if campaign.draft:
        token = await server(request).database.read(campaigns.preview_token, campaign)
        remember_preview(page, request, campaign.key, token)
    return page


def _page(
    request: Request, campaign: Campaign, steps: list[Step], status_code: int = 200
) -> Response:
    return render(
        request,
        "publish.html",
        FormErrors({}, {}, status_code),
        campaign=campaign,
        tab="Overview",
        blocking=[step for step in steps if step.blocks],
        asking=[step for step in steps if not step.blocks],
        refused=status_code == 409,
    )


_BACK = f"/admin{ONE}"
TABLE = [
    Route("GET", f"{ONE}/publish", show_publishing),
    Route("POST", f"{ONE}/publish", publish_campaign, f"{_BACK}/publish"),
    Route("POST", f"{ONE}/renew-preview", renew_preview, _BACK),
    Route("GET", f"{ONE}/page", show_page),
]
