"""The claims of a reward: who got what, and when; blocking who should not have."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.services import leaving_out
from trk.store import counters, rewards
from trk.store.corrections import Cause
from trk.web.admin.downloads import list_file
from trk.web.admin.entrants import ticked_entrants
from trk.web.admin.guard import Route
from trk.web.admin.listing import ListQuery, list_query, read_list
from trk.web.admin.lookup import ONE, address, campaign_of
from trk.web.admin.pages import render
from trk.web.admin.undoing import change_of, new_step, told
from trk.web.forms import FormErrors
from trk.web.server import server


async def list_claims(request: Request) -> Response:
    """List the newest claims, and say how many codes are left."""
    return await _page(request, FormErrors({}, {}, 200))


async def block_claimants(request: Request) -> Response:
    """Block the entrants whose claims are ticked, with a reason."""
    campaign, app = await campaign_of(request), server(request)
    chosen, reason = ticked_entrants(request.state.form)
    step = new_step()
    changed = await app.database.write(
        leaving_out.several, campaign, chosen, Cause(reason, now_ms(), step)
    )
    wanted = _asked(request, campaign)
    return RedirectResponse(wanted.address(**wanted.place, **told(step, changed)), 303)


async def _page(request: Request, shown: FormErrors) -> Response:
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
        shown,
        campaign=campaign,
        tab="Claims",
        rows=listed.rows,
        **wanted.context(listed, {"reason": "", **shown.typed}),
        **await change_of(request, campaign),
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
    Route("POST", f"{ONE}/claims", block_claimants, again=_page),
    Route("GET", f"{ONE}/claims.csv", export_claims, f"/admin{ONE}/claims"),
]
