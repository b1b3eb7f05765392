"""Who belongs together: entrants who share a network, a browser or a mailbox, the biggest first."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.services import leaving_out
from trk.store import clusters
from trk.store import leaving_out as left
from trk.store.corrections import Cause
from trk.store.database import Database
from trk.web.admin.guard import Route
from trk.web.admin.lookup import ONE, address, campaign_of, number
from trk.web.admin.pages import render
from trk.web.admin.undoing import new_step
from trk.web.server import server


async def together(database: Database, campaign: Campaign) -> dict[str, Any]:
    """What templates/admin/_clusters.html shows."""
    part = await database.read(clusters.part, campaign)
    return {
        "part": part,
        "taking": part.entrants - (part.unconfirmed if campaign.confirmed_only else 0),
        "found": {
            kind: await database.read(clusters.of_campaign, campaign, kind)
            for kind in clusters.KINDS
        },
    }


async def show_clusters(request: Request) -> Response:
    """The campaign's clusters, on a page of their own."""
    campaign, database = await campaign_of(request), server(request).database
    shown = await together(database, campaign)
    return render(request, "clusters.html", campaign=campaign, tab="Entrants", **shown)


async def take_back(request: Request) -> Response:
    """Let all take part again who were left out together."""
    campaign, app = await campaign_of(request), server(request)
    at, step, done = number(request.state.form.get("at", "")), new_step(), []
    for group in await app.database.read(left.groups, campaign):
        if group.at == at:
            reason = f"Unblocked: {group.reason}"[:1_000]
            done += await leaving_out.take_back(
                app.database, campaign, group.at, Cause(reason, now_ms(), step)
            )
    app.mailer.wake()
    query = urlencode({"state": "blocked", "done": len(done), "step": step})
    return RedirectResponse(address(campaign, f"/entrants?{query}"), 303)


TABLE = [
    Route("GET", f"{ONE}/clusters", show_clusters),
    Route("POST", f"{ONE}/entrants/take-back", take_back, f"/admin{ONE}/entrants?state=blocked"),
]
