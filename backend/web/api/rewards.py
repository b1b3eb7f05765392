"""The API's rewards: lists of codes, claims, and the mails that bring them."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from backend.clock import now_ms
from backend.core.campaign import Campaign
from backend.core.reward import CodesError, codes_in, is_low
from backend.store import mails, rewards
from backend.web.api.call import ONE, APIError, Table, campaign_of, page, paging, row_json
from backend.web.respond import JSON


async def add_codes(request: Request) -> Response:
    """Add codes, one a line of the body (text); repeated and known ones change nothing."""
    campaign = await campaign_of(request)
    if campaign.reward_kind != "codes":
        raise APIError(
            409,
            "no_codes",
            f"The reward_kind of campaign {campaign.key} is {campaign.reward_kind}; a list of "
            "codes is for codes.",
        )
    try:
        codes = codes_in((await request.body()).decode())
    except (CodesError, UnicodeDecodeError) as mistake:
        raise APIError(400, "invalid", str(mistake)) from None
    added = await request.app.state.database.write(rewards.add_codes(campaign, codes, now_ms()))
    return JSON({"added": added, **await _stock(request, campaign)}, 201)


async def get_codes(request: Request) -> Response:
    """How many codes are left; `low` once the owner should add some."""
    return JSON(await _stock(request, await campaign_of(request)))


async def list_claims(request: Request) -> Response:
    """Who got what."""
    campaign = await campaign_of(request)
    after, limit = paging(request)
    rows = await request.app.state.database.read(rewards.claims(campaign, after=after, limit=limit))
    return page([(row["id"], row_json(row)) for row in rows], limit)


async def list_mails(request: Request) -> Response:
    """The outbox: what was sent, what waits, and why."""
    campaign = await campaign_of(request)
    after, limit = paging(request)
    rows = await request.app.state.database.read(mails.page(campaign.id, after, limit))
    return page([(row["id"], row_json(row)) for row in rows], limit)


async def _stock(request: Request, campaign: Campaign) -> dict[str, object]:
    total, left = await request.app.state.database.read(rewards.stock(campaign))
    low = campaign.reward_kind == "codes" and is_low(left, total)
    return {"total": total, "left": left, "low": low}


TABLE: Table = [
    ("POST", f"{ONE}/codes", add_codes),
    ("GET", f"{ONE}/codes", get_codes),
    ("GET", f"{ONE}/claims", list_claims),
    ("GET", f"{ONE}/mails", list_mails),
]
