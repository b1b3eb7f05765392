"""A page of the campaign's that says one thing, and leads on."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from trk.core.campaign import Campaign
from trk.core.keys import is_campaign_key
from trk.core.origin import normal_origin
from trk.core.phrase import phrase
from trk.services.looks import Look
from trk.store import campaigns, translations
from trk.store.errors import DatabaseError
from trk.web.campaign.look import look_of, render
from trk.web.campaign.lookup import is_shown
from trk.web.campaign.session import language_of
from trk.web.campaign.visit import origin_of
from trk.web.language import heard, speak
from trk.web.pages import Link, templates
from trk.web.server import server

NO_PAGE = (
    phrase("Page not found"),
    phrase("There is no page at this address. Check the link you followed."),
)
"""What is said at an address that is nobody's."""


async def message(
    request: Request,
    status_code: int,
    title: str,
    text: str,
    link: Link | None = None,
    *,
    away: bool = False,
) -> Response:
    """The page with this heading and this sentence, phrases or texts, in the colours and in a
    language of the campaign at whose address the request is.

    Without a `link` of its own it leads to the campaign's page; where there is none that the
    visitor may see, to where they came from. With `away` the database is not asked.
    """
    key = request.scope["path"].strip("/").partition("/")[0]
    named = is_campaign_key(key)
    look = await _look(request, key, away) if named else None
    language = heard(request)
    if link is None:
        there = look is not None or (away and named)
        link = Link(f"/{key}", phrase("Go to the campaign")) if there else _back(request)
    # A frame has no address of its own: what it can't show leads out of it.
    framed = request.headers.get("sec-fetch-dest") == "iframe"
    shown = {
        "title": language.say(title),
        "text": language.say(text),
        "link": Link(link.url, language.say(link.words)),
        "framed": framed,
    }
    if look is None:
        return templates.TemplateResponse(request, "message.html", shown, status_code)
    headers = {"cache-control": "private, no-store"}
    return render(request, "message.html", look, shown, status_code, headers, framed=framed)


async def _look(request: Request, key: str, away: bool) -> Look | None:
    """The campaign's look, if the visitor may see it; from then on its language is spoken."""
    look = None
    if not away:
        try:
            look = await _stored(request, key)
        except DatabaseError:
            away = True
    if away:
        look = server(request).looks.of(key)
        if look is not None:
            _speak(request, look.campaign)
    return look


async def _stored(request: Request, key: str) -> Look | None:
    read = server(request).database.read_public
    campaign: Campaign | None = await read(campaigns.by_key, key)
    if campaign is None or not await is_shown(request, campaign):
        return None
    _speak(request, campaign)
    said = await read(translations.campaign_in, campaign, heard(request).tag)
    return await look_of(request, said)


def _speak(request: Request, campaign: Campaign) -> None:
    """Choose the language, unless a handler has done so."""
    if not hasattr(request.state, "language"):
        chosen = request.query_params.get("lang", "") or language_of(request, campaign.key)
        speak(request, campaign, chosen)


def _back(request: Request) -> Link:
    """The way on from an address that is nobody's."""
    ours = origin_of(server(request).settings.public_url)
    origin = normal_origin(origin_of(request.headers.get("referer", "")))
    if origin is not None and origin != ours:
        return Link(origin, phrase("Back to %(site)s", site=urlsplit(origin).netloc))
    return Link("/admin", phrase("Is this your campaign? Sign in"))
