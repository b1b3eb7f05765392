"""The API's pictures: of a campaign, of its prizes and of its actions."""

from __future__ import annotations

from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from trk.core.campaign import Campaign
from trk.core.picture import PictureError, PicturePlace, PictureText, place_of
from trk.core.rejection import shown
from trk.services.pictures import PicturesCrowded, put_picture, remove_picture
from trk.store import actions, pictures, prizes
from trk.store.program import Transaction
from trk.web.api.call import APIError, body, campaign_of
from trk.web.api.idempotency import commit, remove
from trk.web.api.operation import ONE, Operation, list_of
from trk.web.http.respond import JSON
from trk.web.pages import picture_url
from trk.web.server import server

_TINY = "R0lGODlhAQABAIAAAB9cTQAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw=="
"""A GIF of one pixel."""


class PictureAnswer(msgspec.Struct, frozen=True):
    """A picture in its largest size, as WebP; what is at its `url` never changes."""

    place: str
    alt: str
    url: str
    width: int
    height: int


class PictureUpload(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A picture: the file in base64, its `name` (whose ending must not contradict it), and what it
    shows, in words, for those who do not see it."""

    content: bytes
    alt: Annotated[str, msgspec.Meta(max_length=200)] = ""
    name: Annotated[str, msgspec.Meta(max_length=200)] = ""


async def list_pictures(request: Request) -> Response:
    """List all pictures of a campaign."""
    campaign = await campaign_of(request)
    found = await server(request).database.read(pictures.of_campaign, campaign)
    base = server(request).settings.public_url
    rows = [_answer(campaign, each, base) for each in found.values()]
    return JSON({"data": rows, "next": None})


async def put_a_picture(request: Request) -> Response:
    """Put a picture in a place (`banner`, `logo`, `prize-1`, `action-1`: the id of the prize or the
    action), instead of the one that is there.

    PNG, JPEG, WebP, or the first frame of a GIF, at most 5 MB, 9,999 pixels a side and 30 million
    together.
    """
    campaign, place = await campaign_of(request), _place(request)
    await _check_there(request, campaign, place)
    given = await body(request, PictureUpload)
    text = PictureText(given.alt)
    text.check()
    try:
        made = await server(request).studio.drawn(given.content, given.name, place.kind)
    except PictureError as mistake:
        raise APIError(400, "bad_picture", str(mistake)) from None
    except PicturesCrowded:
        said = "Too many pictures are being drawn; try again in a few seconds."
        raise APIError(503, "busy", said, {"retry-after": "5"}) from None

    async def putting(tx: Transaction) -> pictures.Picture:
        await put_picture(tx, campaign, place, made, text)
        stored = await pictures.at(tx, campaign, place)
        assert stored is not None
        return stored

    base = server(request).settings.public_url
    return await commit(request, putting, lambda stored: JSON(_answer(campaign, stored, base)))


async def remove_a_picture(request: Request) -> Response:
    """Remove a picture."""
    campaign, place = await campaign_of(request), _place(request)
    said = f"There is no picture {place} in this campaign."
    return await remove(
        request,
        lambda tx: remove_picture(tx, campaign, place),
        APIError(404, "not_found", said),
    )


def _answer(campaign: Campaign, picture: pictures.Picture, base: str) -> PictureAnswer:
    address = f"{base}{picture_url(campaign, picture)}"
    return PictureAnswer(picture.place, picture.alt, address, *picture.largest)


def _place(request: Request) -> PicturePlace:
    named = request.path_params["place"]
    place = place_of(named)
    if place is None:
        raise APIError(
            404,
            "not_found",
            f"There is no place {shown(named)}; expected banner, logo, prize-ID or action-ID.",
        )
    return place


async def _check_there(request: Request, campaign: Campaign, place: PicturePlace) -> None:
    database = server(request).database
    if place.kind == "prize":
        there = await database.read(prizes.by_id, campaign, place.id) is not None
    elif place.kind == "action":
        known = await database.read(actions.of_campaign, campaign.id)
        there = any(each.id == place.id for each in known)
    else:
        return
    if not there:
        said = f"There is no {place.kind} {place.id} in this campaign."
        raise APIError(404, "not_found", said)


_PICTURE = f"{ONE}/pictures/{{place}}"
OPERATIONS = (
    list_of(f"{ONE}/pictures", list_pictures, "read", PictureAnswer),
    Operation(
        *("PUT", _PICTURE, put_a_picture, "write"),
        takes=PictureUpload,
        gives=PictureAnswer,
        uploads=True,
        refuses={
            "bad_picture": (400, "the file is no picture that can be used; the message says why"),
            "busy": (503, "too many pictures are being drawn; see Retry-After"),
        },
        example={"content": _TINY, "name": "bike.gif", "alt": "A green touring bike"},
    ),
    Operation("DELETE", _PICTURE, remove_a_picture, "write", status=204),
)
