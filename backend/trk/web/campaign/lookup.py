"""Finds the campaign that a URL names, for whoever may see it."""

from __future__ import annotations

import hmac

from starlette.requests import Request

from trk.core.campaign import Campaign
from trk.store import campaigns
from trk.web.campaign.session import language_of, preview_of
from trk.web.language import speak
from trk.web.server import server


class NothingHere(Exception):
    """The URL names no campaign or action; `view.not_found` is what is shown then."""


class OnlyAPreview(Exception):
    """Somebody who previews a draft wants to change something: nothing is stored."""

    def __init__(self, campaign: Campaign) -> None:
        super().__init__(campaign.key)
        self.campaign = campaign


async def campaign_of(request: Request) -> Campaign:
    """The campaign with the key in the request's path; NothingHere if there is none. From then on
    the request is answered in one of its languages."""
    key = request.path_params["key"]
    found: Campaign | None = await server(request).database.read_public(campaigns.by_key, key)
    if found is None or not await may_see(request, found):
        raise NothingHere
    speak(request, found, request.query_params.get("lang", "") or language_of(request, key))
    return found


async def may_see(request: Request, campaign: Campaign) -> bool:
    """May this browser see the campaign? A draft only with its preview, and nothing but see it:
    OnlyAPreview if it wants more."""
    if not await is_shown(request, campaign):
        return False
    if campaign.draft and request.method not in ("GET", "HEAD"):
        raise OnlyAPreview(campaign)
    return True


async def is_shown(request: Request, campaign: Campaign) -> bool:
    """Is it published, or does this browser have its preview?"""
    preview = preview_of(request, campaign.key)
    return not campaign.draft or await opens_preview(request, campaign, preview)


async def opens_preview(request: Request, campaign: Campaign, token: str) -> bool:
    """Is that the token of the draft's preview?"""
    right = await server(request).database.read(campaigns.preview_token, campaign)
    return bool(right) and hmac.compare_digest(right.encode(), token.encode())
