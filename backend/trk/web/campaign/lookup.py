"""Finds the campaign that a URL names, for whoever may see it."""

from __future__ import annotations

import hmac
from contextlib import suppress

from starlette.requests import Request

from trk.core.campaign import Campaign
from trk.core.language import Language
from trk.store import campaigns
from trk.store.errors import DatabaseError
from trk.web.campaign.session import language_of, preview_of
from trk.web.language import heard, is_chosen, speak
from trk.web.server import server


class NothingHere(Exception):
    """The URL names no campaign or action; `view.not_found` is what is shown then."""


class OnlyAPreview(Exception):
    """Somebody who previews a draft wants to change something: nothing is stored."""

    def __init__(self, campaign: Campaign) -> None:
        super().__init__(campaign.key)
        self.campaign = campaign


async def find_campaign(request: Request) -> Campaign | None:
    """The campaign with the key in the request's path, or None. From then on the request is
    answered in one of its languages."""
    key = request.path_params["key"]
    found: Campaign | None = await server(request).database.read(campaigns.by_key, key)
    if found is None or not await may_see(request, found):
        return None
    speak(request, found, _wanted(request, key))
    return found


async def hear(request: Request) -> Language:
    """The language of a page that says what is wrong, also before anybody has looked for the
    campaign whose address it is: one of the campaign's, if this browser may see it and the database
    answers."""
    if not is_chosen(request):
        key = request.url.path.split("/")[1]
        with suppress(DatabaseError):
            found = await server(request).database.read(campaigns.by_key, key)
            if found is not None and (
                not found.draft or await opens_preview(request, found, preview_of(request, key))
            ):
                speak(request, found, _wanted(request, key))
    return heard(request)


def _wanted(request: Request, key: str) -> str:
    """The language that is chosen in the address, or was in this browser; or an empty string."""
    return request.query_params.get("lang", "") or language_of(request, key)


async def may_see(request: Request, campaign: Campaign) -> bool:
    """May this browser see the campaign? A draft only with its preview, and nothing but see it:
    OnlyAPreview if it wants more."""
    if not campaign.draft:
        return True
    if not await opens_preview(request, campaign, preview_of(request, campaign.key)):
        return False
    if request.method not in ("GET", "HEAD"):
        raise OnlyAPreview(campaign)
    return True


async def opens_preview(request: Request, campaign: Campaign, token: str) -> bool:
    """Is that the token of the draft's preview?"""
    right = await server(request).database.read(campaigns.preview_token, campaign)
    return bool(right) and hmac.compare_digest(right.encode(), token.encode())


async def campaign_of(request: Request) -> Campaign:
    """The same; NothingHere if there is none."""
    found = await find_campaign(request)
    if found is None:
        raise NothingHere
    return found
