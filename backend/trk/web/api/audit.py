"""The API's audit: who did what on this server."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from trk.core.audit import ActorKind, Deed, Thing
from trk.store import audit
from trk.web.api.call import Cursor, Limit, Order, Search, Within, page_response, query, span_of
from trk.web.api.operation import list_of
from trk.web.server import server


class AuditAsked(Within, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Which entries: `search` looks at who did it and at the names of things."""

    by: ActorKind | None = None
    deed: Deed | None = None
    thing: Thing | None = None
    campaign: str | None = None
    search: Search | None = None
    cursor: Cursor | None = None
    limit: Limit = 100
    order: Order = "oldest"


async def list_audit(request: Request) -> Response:
    """Read who did what in all campaigns: kept for a year.

    Failed sign-ins to one account within an hour are one entry; `times` counts them."""
    asked = query(request, AuditAsked)
    page = await server(request).database.read(
        audit.listed, span_of(asked), asked.filter(audit.AuditFilter)
    )
    answer = page_response(page)
    answer.headers["cache-control"] = "no-store"
    return answer


OPERATIONS = (list_of("/audit", list_audit, "audit", audit.Entry, AuditAsked),)
