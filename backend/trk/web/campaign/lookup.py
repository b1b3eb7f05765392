"""Finds the campaign that a URL names."""

from __future__ import annotations

from starlette.requests import Request

from trk.core.campaign import Campaign
from trk.store import campaigns
from trk.web.campaign import session
from trk.web.language import speak
from trk.web.server import server


class NothingHere(Exception):
    """The URL names no campaign or action; `view.not_found` is what is shown then."""


async def find_campaign(request: Request) -> Campaign | None:
    """The campaign with the key in the request's path, or None. From then on the request is
    answered in one of its languages."""
    key = request.path_params["key"]
    found = await server(request).database.read(campaigns.by_key, key)
    if found is not None:
        chosen = request.query_params.get("lang", "") or session.language_of(request, key)
        speak(request, found, chosen)
    return found


async def campaign_of(request: Request) -> Campaign:
    """The same; NothingHere if there is none."""
    found = await find_campaign(request)
    if found is None:
        raise NothingHere
    return found
