"""Who comes from the customer's site: the ticket in the address, redeemed for the visitor's id.

The address alone changes nothing, whoever opens it: its ticket goes into a cookie, beside a secret
of the browser's own, and is redeemed by that browser's next request (or by one after it: the
click's beacon may be slower than the page). If the answer is lost, the same browser may redeem it
again while it is good.
"""

from __future__ import annotations

from contextlib import suppress

from starlette.requests import Request
from starlette.responses import Response

from trk.clock import now_ms
from trk.core.keys import is_ticket
from trk.store import arrivals, entrant_sessions, tickets
from trk.store.arrivals import Arrived
from trk.store.entrant_sessions import NOTED_EVERY
from trk.store.errors import DatabaseError
from trk.store.status import PollResult
from trk.web.campaign import session
from trk.web.campaign.visit import Visit
from trk.web.server import server


def keep_ticket(request: Request, response: Response, visit: Visit, ticket: str) -> None:
    """Keep the ticket in the address for the browser's next request."""
    if is_ticket(ticket) and request.method != "HEAD":
        session.remember_browser(response, request, visit.key, visit.browser)
        session.remember_ticket(response, request, visit.key, ticket)


def remember_arrived(request: Request, response: Response, key: str, arrived: Arrived) -> None:
    """Tell the browser who it is on the site, and which of its tickets still wait."""
    session.remember_visitors(response, request, key, arrived.visitors)
    session.forget_tickets(response, request, key, arrived.waiting)


async def settle(request: Request, visit: Visit, seen: PollResult) -> Arrived | None:
    """Redeem the browser's tickets, and link the visitors that it remembers to the entrant, if it
    has one; None if there was nothing to do. Once a day, note that the session is used."""
    if request.method == "HEAD" or seen.campaign.draft or server(request).writer.doubt:
        return None
    database, now = server(request).database, now_ms()
    if visit.session_hash is not None and now - seen.used > NOTED_EVERY:
        with suppress(DatabaseError):  # that is no reason to show nothing: the next one notes it
            used = (seen.campaign, visit.session_hash, now)
            await database.write(entrant_sessions.use_session, *used)
    if not (seen.unlinked or await _redeemable(request, visit, seen)):
        return None
    return await database.write(arrivals.take, seen.campaign, visit.came, seen.entrant_id, now)


async def _redeemable(request: Request, visit: Visit, seen: PollResult) -> bool:
    """Can one of the browser's tickets be redeemed now? A reader is cheaper than a writer."""
    came = visit.came
    if not came.tickets:
        return False
    states = await server(request).database.read(
        tickets.states, seen.campaign, came.tickets, came.browser, now_ms()
    )
    return "open" in states.values()
