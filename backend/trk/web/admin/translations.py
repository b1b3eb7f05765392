"""The owner's own texts in the campaign's other languages: what lacks, and the form of each."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk.core.campaign import Campaign
from trk.core.language import Language, language
from trk.core.translation import Own, is_alt, missing
from trk.services import translations as deeds
from trk.store import translations
from trk.web.admin.guard import Route
from trk.web.admin.lookup import ONE, address, campaign_of
from trk.web.admin.pages import render
from trk.web.forms import FormErrors
from trk.web.server import server


async def list_languages(request: Request) -> Response:
    """The campaign's languages, and how many texts each lacks."""
    campaign, database = await campaign_of(request), server(request).database
    own = await database.read(deeds.own, campaign)
    rows = [
        (language(tag), len(missing(own, await database.read(translations.of, campaign, tag))))
        for tag in campaign.languages[1:]
    ]
    return render(
        request,
        "languages.html",
        campaign=campaign,
        tab="Languages",
        own_language=language(campaign.languages[0]),
        rows=rows,
        number=_number(own),
    )


async def show_texts(request: Request) -> Response:
    """The form of one language, as stored."""
    campaign = await campaign_of(request)
    spoken = other_language(request, campaign)
    stored = await server(request).database.read(translations.of, campaign, spoken.tag)
    typed = {str(place): text for place, text in stored.items()}
    return await _page(request, FormErrors({}, {**typed, "was": deeds.mark_of(stored)}, 200))


async def change_texts(request: Request) -> Response:
    """Store the texts of one language."""
    campaign, form = await campaign_of(request), request.state.form
    spoken = other_language(request, campaign)
    await server(request).database.write(
        deeds.change_texts, campaign, spoken.tag, form, form.get("was")
    )
    return RedirectResponse(address(campaign, f"/languages/{spoken.tag}?saved"), 303)


async def _page(request: Request, shown: FormErrors) -> Response:
    campaign, database = await campaign_of(request), server(request).database
    spoken, conflict = other_language(request, campaign), shown.status_code == 409
    own = await database.read(deeds.own, campaign)
    texts = await database.read(translations.of, campaign, spoken.tag)
    names = {str(place): text for place, text in texts.items()}
    differing = {
        field: names.get(field, "")
        for field in map(str, (each.place for each in own))
        if names.get(field, "") != shown.typed.get(field, "")
    }
    return render(
        request,
        "texts.html",
        shown,
        campaign=campaign,
        tab="Languages",
        spoken=spoken,
        own_language=language(campaign.languages[0]),
        own=own,
        is_alt=is_alt,
        number=_number(own),
        lacking=len(missing(own, texts)),
        was=deeds.mark_of(texts) if conflict else shown.typed.get("was", ""),
        stored=differing if conflict else {},
        conflict=conflict,
    )


def _number(own: list[Own]) -> int:
    """How many texts there are to translate."""
    return sum(not each.ours for each in own)


def other_language(request: Request, campaign: Campaign) -> Language:
    """The language that the URL names, another of the campaign's than its own; else 404."""
    tag = request.path_params["language"]
    if tag not in campaign.languages[1:]:
        raise HTTPException(404, "the campaign has no texts of their own in this language")
    return language(tag)


_TEXTS = f"{ONE}/languages/{{language}}"
TABLE = [
    Route("GET", f"{ONE}/languages", list_languages),
    Route("GET", _TEXTS, show_texts),
    Route("POST", _TEXTS, change_texts, again=_page),
]
