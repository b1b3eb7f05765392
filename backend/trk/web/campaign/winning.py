"""What a winner's mail leads to: the prize, and the button that accepts it.

Opening the link changes nothing, because mail programs and scanners open links too.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.core.keys import token_hash
from trk.store import winning
from trk.store.winning import WonPrize
from trk.web.campaign.lookup import campaign_of
from trk.web.http.crawlers import NO_INDEX
from trk.web.language import spoken
from trk.web.pages import message, templates
from trk.web.server import server


async def show_win(request: Request) -> Response:
    """The prize, and until when it can be accepted."""
    campaign = await campaign_of(request)
    won = await _won(request, campaign)
    return _dead_link(request) if won is None else _page(request, campaign, won)


async def accept_win(request: Request) -> Response:
    """Accept the prize. To do so twice changes nothing."""
    campaign = await campaign_of(request)
    won = await _won(request, campaign)
    if won is None:
        return _dead_link(request)
    if not await server(request).database.write(winning.accept, won, now_ms()):
        fresh = await _won(request, campaign)
        if fresh is None:
            return _dead_link(request)
        if fresh.accepted_at is None or fresh.taken_back_at is not None:
            return _page(request, campaign, fresh, 409)
    return RedirectResponse(f"/{campaign.key}/won/{request.path_params['token']}", 303)


async def _won(request: Request, campaign: Campaign) -> WonPrize | None:
    hashed = token_hash(request.path_params["token"])
    return await server(request).database.read(winning.won_by, campaign, hashed)


def _page(request: Request, campaign: Campaign, won: WonPrize, status_code: int = 200) -> Response:
    if won.taken_back_at is not None:
        state = "taken"
    elif won.accepted_at is not None:
        state = "accepted"
    else:
        state = "open" if now_ms() < won.answer_by else "late"
    return templates.TemplateResponse(
        request,
        "won.html",
        {
            "campaign": campaign,
            "win": won,
            "state": state,
            "token": request.path_params["token"],
        },
        status_code,
        headers={
            "cache-control": "private, no-store",
            "referrer-policy": "no-referrer",
            **NO_INDEX,
        },
    )


def _dead_link(request: Request) -> Response:
    say = spoken(request).gettext
    return message(
        request,
        404,
        say("This link doesn’t work"),
        say("There is no prize at this address. Check that it is the whole link from your e-mail."),
    )
