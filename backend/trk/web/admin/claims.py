"""The claims of a reward: who got what, and when."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from trk.store import counters, rewards
from trk.web.admin.guard import Route
from trk.web.admin.listing import list_query, read_list
from trk.web.admin.lookup import ONE, address, campaign_of
from trk.web.admin.pages import render
from trk.web.server import server


async def list_claims(request: Request) -> Response:
    """List the newest claims, and say how many codes are left."""
    campaign, database = await campaign_of(request), server(request).database
    wanted = list_query(request, address(campaign, "/claims"), {})
    listed = await read_list(
        database,
        wanted,
        lambda tx, span: rewards.claims(tx, campaign, span),
        await database.read(counters.total, "claims", campaign.id),
    )
    return render(
        request,
        "claims.html",
        campaign=campaign,
        tab="Claims",
        rows=listed.rows,
        **wanted.context(listed),
        supply=await database.read(rewards.supply, campaign),
    )


TABLE = [Route("GET", f"{ONE}/claims", list_claims)]
