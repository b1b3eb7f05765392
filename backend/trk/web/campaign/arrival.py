"""Who comes from the customer's site: the ticket in the address, redeemed for the visitor's id.

The click's beacon may be slower than the page. Its ticket then waits in a cookie, and is redeemed
by the browser's next request.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.core.keys import is_ticket, token_hash
from trk.store import tickets
from trk.store.status import PollResult
from trk.web.campaign.session import remember_ticket, remember_visitor, ticket_of
from trk.web.server import server


async def take_ticket(request: Request, response: Response, seen: PollResult, ticket: str) -> None:
    """Redeem the ticket in the address, or keep it for the browser's next request."""
    if not is_ticket(ticket):
        return
    campaign = seen.campaign
    state, visitor = await _redeem(request, campaign, ticket, seen.entrant_id)
    if visitor is not None:
        remember_visitor(response, request, campaign.key, visitor)
    elif state == "unknown":
        remember_ticket(response, request, campaign.key, ticket)


async def late_visitor(request: Request, seen: PollResult) -> str | None:
    """The visitor whose ticket waited in the browser and can be redeemed by now, linked to the
    entrant if the browser has one. The response has to remember it."""
    ticket = ticket_of(request, seen.campaign.key)
    if ticket is None:
        return None
    _, visitor = await _redeem(request, seen.campaign, ticket, seen.entrant_id)
    return visitor


async def _redeem(
    request: Request, campaign: Campaign, ticket: str, entrant_id: int | None
) -> tuple[tickets.State, str | None]:
    database, hashed, now = server(request).database, token_hash(ticket), now_ms()
    # A look first: a reader is cheaper than a writer, and copied addresses are opened often.
    state = await database.read(tickets.state, campaign, hashed, now)
    if state != "open":
        return state, None
    return state, await database.write(tickets.redeem, campaign, hashed, entrant_id, now)
