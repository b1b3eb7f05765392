"""The API's tracking log: what sites reported, what was refused, and names that match no action."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from trk.core.unlock import Outcome
from trk.store import refusals, trackings, unmatched
from trk.web.api.call import (
    Between,
    Cursor,
    Id,
    Limit,
    Order,
    Search,
    Within,
    campaign_of,
    listed,
    query,
    whole_list,
)
from trk.web.api.operation import ONE, list_of
from trk.web.server import server


class TrackingsWanted(Within, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Which trackings: `refusal` is a code; `search` looks at names and values."""

    visitor: str | None = None
    name: str | None = None
    action: Id | None = None
    entrant: Id | None = None
    outcome: Outcome | None = None
    refusal: str | None = None
    search: Search | None = None


class TrackingsAsked(TrackingsWanted, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Which page."""

    cursor: Cursor | None = None
    limit: Limit = 100
    order: Order = "oldest"


class RefusalsAsked(Between, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Which refused tokens."""

    code: str | None = None
    visitor: str | None = None


async def list_trackings(request: Request) -> Response:
    """Read the tracking log: each name and value, and what happened to it."""
    asked = query(request, TrackingsAsked)
    return await listed(request, asked, trackings.listed, asked.filter(trackings.TrackingFilter))


async def list_unmatched(request: Request) -> Response:
    """List reported names that match no action, each with the action probably meant.

    The 100 most frequent names in the latest 20,000 trackings."""
    campaign = await campaign_of(request)
    return whole_list(await server(request).database.read(unmatched.most, campaign, 100))


async def list_refusals(request: Request) -> Response:
    """List xref tokens that were refused, with the reason."""
    asked = query(request, RefusalsAsked)
    return await listed(request, asked, refusals.listed, code=asked.code, visitor=asked.visitor)


async def list_refusal_reasons(request: Request) -> Response:
    """Count recent refusals by reason, in the latest 20,000 trackings."""
    campaign = await campaign_of(request)
    return whole_list(await server(request).database.read(refusals.reasons, campaign))


OPERATIONS = (
    list_of(f"{ONE}/trackings", list_trackings, "read", trackings.Tracking, TrackingsAsked),
    list_of(f"{ONE}/unmatched", list_unmatched, "read", unmatched.Unmatched),
    list_of(f"{ONE}/refusals", list_refusals, "read", refusals.Refusal, RefusalsAsked),
    list_of(f"{ONE}/refusals/reasons", list_refusal_reasons, "read", refusals.ReasonCount),
)
