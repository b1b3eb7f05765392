"""The claims of a reward: who got what, and when."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from trk.core.campaign import Campaign
from trk.store import counters, rewards
from trk.web.admin.downloads import list_file
from trk.web.admin.guard import Route
from trk.web.admin.listing import ListQuery, list_query, read_list
from trk.web.admin.lookup import ONE, address, campaign_of
from trk.web.admin.pages import render
from trk.web.server import server


async def list_claims(request: Request) -> Response:
    """List the newest claims, and say how many codes are left."""
    campaign, database = await campaign_of(request), server(request).database
    wanted = _asked(request, campaign)
    search = wanted.filters.get("search")
    listed = await read_list(
        database,
        wanted,
        lambda tx, span: rewards.claims(tx, campaign, span, search),
        None if search else await database.read(counters.total, "claims", campaign.id),
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


async def export_claims(request: Request) -> Response:
    """The same claims as a CSV file, oldest first."""
    campaign = await campaign_of(request)
    search = _asked(request, campaign).filters.get("search")
    return await list_file(
        request,
        campaign,
        rewards.LISTING,
        lambda tx, campaign, span: rewards.claims(tx, campaign, span, search),
    )


def _asked(request: Request, campaign: Campaign) -> ListQuery:
    return list_query(request, address(campaign, "/claims"), {"search": None})


TABLE = [
    Route("GET", f"{ONE}/claims", list_claims),
    Route("GET", f"{ONE}/claims.csv", export_claims),
]
