"""What a winner's mail leads to: the prize, and the button that accepts it.

Opening the link changes nothing, because mail programs and scanners open links too. Of several
languages the page is in that of the mail, which the link names.
"""

from __future__ import annotations

from typing import Literal

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.core.keys import token_hash
from trk.core.phrase import phrase
from trk.core.translation import TextPlace, translated
from trk.store import translations, winning
from trk.store.winning import WonPrize
from trk.web.campaign.look import look_of, render
from trk.web.campaign.lookup import campaign_of
from trk.web.campaign.message import message
from trk.web.http.crawlers import NO_INDEX
from trk.web.language import spoken
from trk.web.server import server

State = Literal["open", "accepted", "late", "taken", "blocked"]
"""What is to be said of a win."""


async def show_win(request: Request) -> Response:
    """The prize, and until when it can be accepted."""
    campaign = await campaign_of(request)
    won = await _won(request, campaign)
    return await (_dead_link(request) if won is None else _page(request, campaign, won))


async def accept_win(request: Request) -> Response:
    """Accept the prize. To do so twice changes nothing."""
    campaign = await campaign_of(request)
    won = await _won(request, campaign)
    if won is None:
        return await _dead_link(request)
    if not await server(request).database.write(winning.accept, campaign, won, now_ms()):
        fresh = await _won(request, campaign)
        if fresh is None:
            return await _dead_link(request)
        if _state(fresh) != "accepted":
            return await _page(request, campaign, fresh, 409)
    chosen = f"?lang={spoken(request).tag}" if len(campaign.languages) > 1 else ""
    return RedirectResponse(f"/{campaign.key}/won/{request.path_params['token']}{chosen}", 303)


async def _won(request: Request, campaign: Campaign) -> WonPrize | None:
    hashed = token_hash(request.path_params["token"])
    return await server(request).database.read(winning.won_by, campaign, hashed)


def _state(won: WonPrize) -> State:
    if won.taken_back_at is not None:
        return "taken"
    if won.blocked:
        return "blocked"
    if won.accepted_at is not None:
        return "accepted"
    return "open" if now_ms() < won.answer_by else "late"


async def _page(
    request: Request, campaign: Campaign, won: WonPrize, status_code: int = 200
) -> Response:
    database, tag = server(request).database, spoken(request).tag
    texts = await database.read(translations.of, campaign, tag)
    prize = texts.get(TextPlace("prize", won.prize_id, "title"), won.prize)
    return render(
        request,
        "won.html",
        await look_of(request, translated(campaign, texts)),
        {
            "win": won._replace(prize=prize),
            "state": _state(won),
            "token": request.path_params["token"],
        },
        status_code,
        {
            "cache-control": "private, no-store",
            "referrer-policy": "no-referrer",
            **NO_INDEX,
        },
    )


async def _dead_link(request: Request) -> Response:
    said = phrase(
        "There is no prize at this address. Check that it is the whole link from your e-mail."
    )
    return await message(request, 404, phrase("This link doesn’t work"), said)
