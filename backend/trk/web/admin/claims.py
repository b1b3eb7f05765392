"""The claims of a reward: who got what, and when."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from trk.store import rewards
from trk.web.admin.guard import Route
from trk.web.admin.listing import list_query
from trk.web.admin.lookup import ONE, address, campaign_of
from trk.web.admin.pages import render
from trk.web.server import server


async def list_claims(request: Request) -> Response:
    """List the newest claims, and say how many codes are left."""
    campaign, database = await campaign_of(request), server(request).database
    wanted = list_query(request, address(campaign, "/claims"), {})
    page = await database.read(rewards.claims, campaign, wanted.span)
    return render(
        request,
        "claims.html",
        campaign=campaign,
        tab="Claims",
        rows=page.rows,
        **wanted.context(page),
        supply=await database.read(rewards.supply, campaign),
    )


TABLE = [Route("GET", f"{ONE}/claims", list_claims)]
