"""The pictures of a campaign, of its prizes and of its actions: a page for each place."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk.core.campaign import Campaign
from trk.core.names import clean
from trk.core.picture import PictureError, PicturePlace, PictureText, place_of
from trk.services.pictures import put_picture, remove_picture
from trk.store import pictures, prizes
from trk.web.admin.guard import Route
from trk.web.admin.lookup import ONE, actions_of, address, campaign_of
from trk.web.admin.pages import render
from trk.web.forms import FormErrors, Mistaken
from trk.web.server import server

_HELP = {
    "banner": "Stands above everything, as wide as the page: best three times as wide as high.",
    "logo": "Stands beside the heading, 48 pixels high; its ground may be transparent.",
    "prize": "Stands in the first line of the page, and large among the prizes.",
    "action": "Stands in the action’s row instead of its sign, 40 pixels wide and high.",
}


async def show_picture(request: Request) -> Response:
    """A picture as it is stored, and the form for another."""
    campaign, place = await campaign_of(request), _place(request)
    stored = await server(request).database.read(pictures.at, campaign, place)
    return await _page(request, FormErrors({}, {"alt": stored.alt if stored else ""}, 200))


async def change_picture(request: Request) -> Response:
    """Store a picture that was uploaded, or only its text if there is one already."""
    campaign, place, form = await campaign_of(request), _place(request), request.state.form
    await _named(request, campaign, place)
    if request.state.unreadable:
        said, status = request.state.unreadable
        raise Mistaken({"file": said}, status)
    text, database = PictureText(form.get("alt", "")), server(request).database
    text.check()
    name, content = clean(form.get("file_name", "")), request.state.file
    made = None
    if content or name:
        try:
            made = await server(request).studio.drawn(content, name, place.kind)
        except PictureError as mistake:
            raise Mistaken({"file": str(mistake)}) from None
    elif await database.read(pictures.at, campaign, place) is None:
        raise Mistaken({"file": "Choose a picture."})
    await database.write(put_picture, campaign, place, made, text)
    return RedirectResponse(address(campaign, f"/pictures/{place}?saved"), 303)


async def delete_picture(request: Request) -> Response:
    """Remove a picture."""
    campaign, place = await campaign_of(request), _place(request)
    await server(request).database.write(remove_picture, campaign, place)
    return RedirectResponse(address(campaign, f"/pictures/{place}"), 303)


async def _page(request: Request, shown: FormErrors) -> Response:
    campaign, place = await campaign_of(request), _place(request)
    back, tab = {
        "prize": (f"/prizes/{place.id}", "Prizes"),
        "action": (f"/actions/{place.id}", "Actions"),
    }.get(place.kind, ("/settings#look", "Settings"))
    return render(
        request,
        "picture.html",
        shown,
        campaign=campaign,
        tab=tab,
        place=place,
        named=await _named(request, campaign, place),
        picture=await server(request).database.read(pictures.at, campaign, place),
        help=_HELP[place.kind],
        back=address(campaign, back),
    )


def _place(request: Request) -> PicturePlace:
    """The place in the URL; HTTPException 404 if there is no such place."""
    place = place_of(request.path_params["place"])
    if place is None:
        raise HTTPException(404, "there is no place for a picture with this name")
    return place


async def _named(request: Request, campaign: Campaign, place: PicturePlace) -> str:
    """What the picture is of; HTTPException 404 if that is not there."""
    if place.kind == "action":
        titles = {each.id: each.title for each in await actions_of(request, campaign)}
    elif place.kind == "prize":
        rows = await server(request).database.read(prizes.of_campaign, campaign)
        titles = {row["id"]: row["title"] for row in rows}
    else:
        return campaign.name
    if place.id not in titles:
        raise HTTPException(404, f"there is no such {place.kind}; it may have been deleted")
    return titles[place.id]


_PICTURE = f"{ONE}/pictures/{{place}}"
TABLE = [
    Route("GET", _PICTURE, show_picture),
    Route("POST", _PICTURE, change_picture, again=_page, uploads="bytes"),
    Route("POST", f"{_PICTURE}/remove", delete_picture, f"/admin{_PICTURE}"),
]
