"""The API's texts of a campaign in its other languages."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from trk.core.campaign import Campaign
from trk.core.rejection import shown
from trk.services import translations as deeds
from trk.store import translations
from trk.web.api.call import APIError, body, campaign_of
from trk.web.api.operation import ONE, Operation
from trk.web.http.respond import JSON
from trk.web.server import server


class Text(msgspec.Struct, frozen=True):
    """A text of the campaign's own (`place` such as `action-12-title`), and the one in the
    language; empty if it is missing, so that the campaign's own is shown."""

    place: str
    own: str
    text: str


class Texts(msgspec.Struct, frozen=True):
    """All texts of a campaign in one language."""

    language: str
    texts: list[Text]


class TextsGiven(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Texts by their places; what is not named stays as it is, an empty one is taken away."""

    texts: dict[str, str]


async def show_texts(request: Request) -> Response:
    """All texts in a language that is not the campaign's own, and which lack."""
    campaign = await campaign_of(request)
    return JSON(await _texts(request, campaign, _language(request, campaign)))


async def change_texts(request: Request) -> Response:
    """Change texts in a language that is not the campaign's own."""
    given = await body(request, TextsGiven)
    campaign, database = await campaign_of(request), server(request).database
    language = _language(request, campaign)
    await database.write(deeds.change_some, campaign, language, given.texts)
    return JSON(await _texts(request, campaign, language))


def _language(request: Request, campaign: Campaign) -> str:
    tag: str = request.path_params["language"]
    if tag not in campaign.languages[1:]:
        raise APIError(
            404,
            "not_found",
            f"language is {shown(tag)}; expected another language of the campaign than its own.",
        )
    return tag


async def _texts(request: Request, campaign: Campaign, language: str) -> Texts:
    database = server(request).database
    own = await database.read(deeds.own, campaign)
    texts = await database.read(translations.of, campaign, language)
    return Texts(
        language,
        [Text(str(each.place), each.text, texts.get(each.place, "")) for each in own],
    )


_PATH = f"{ONE}/texts/{{language}}"
OPERATIONS = (
    Operation(*("GET", _PATH, show_texts, "read"), gives=Texts),
    Operation(
        *("PATCH", _PATH, change_texts, "write"),
        takes=TextsGiven,
        gives=Texts,
        example={"texts": {}},
    ),
)
