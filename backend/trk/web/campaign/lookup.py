"""Finds the campaign that a URL names."""

from __future__ import annotations

from starlette.requests import Request

from trk.core.campaign import Campaign
from trk.store import campaigns
from trk.web.server import server


async def campaign_of(request: Request) -> Campaign | None:
    """The campaign with the key in the request's path, or None."""
    found: Campaign | None = await server(request).database.read(
        campaigns.by_key, request.path_params["key"]
    )
    return found
