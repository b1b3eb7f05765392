"""Who has entered other campaigns of this server in this browser, and need not type their name and
e-mail again.

The browser's cookie says which sessions it has. In a frame it is not read: a customer's page shows
the frame, and browsers may keep the cookies in it apart.
"""

from __future__ import annotations

from starlette.requests import Request

from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.core.keys import token_hash
from trk.store import entrant_sessions
from trk.store.entrant_sessions import Elsewhere
from trk.web.campaign.session import entered_of
from trk.web.campaign.visit import Visit
from trk.web.server import server


async def known_elsewhere(request: Request, campaign: Campaign, visit: Visit) -> list[Elsewhere]:
    """As whom this browser may enter without typing; who has entered last is first."""
    hashes = [token_hash(each) for each in entered_of(request)]
    if visit.framed or not hashes:
        return []
    return await server(request).database.read_public(
        entrant_sessions.elsewhere, campaign, hashes, now_ms()
    )


async def offered(request: Request, campaign: Campaign, visit: Visit) -> Elsewhere | None:
    """As whom the page offers to enter; nobody if the browser's user is somebody else, or in a
    preview, which shows what newcomers see."""
    if campaign.draft or request.query_params.get("as") == "new":
        return None
    return next(iter(await known_elsewhere(request, campaign, visit)), None)
