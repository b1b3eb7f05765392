"""What a campaign's form asks besides name and e-mail: the fields, their order, and each one's
settings."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk.core.campaign import Campaign
from trk.core.field import MOST_ASKED, FieldKind, FormField, asked_of
from trk.core.order import position_of
from trk.services import fields as field_service
from trk.services.drafts import field_draft_of
from trk.store import fields
from trk.web.admin.forms import checked, differences, field_draft, typed_field, version_of
from trk.web.admin.guard import Route
from trk.web.admin.lookup import ONE, address, campaign_of, numbered
from trk.web.admin.pages import render
from trk.web.forms import FormErrors
from trk.web.server import server

KINDS: dict[FieldKind, str] = {
    "text": "Text: one line",
    "choice": "Choice: one of your options",
    "date": "Date, such as a birthday",
    "country": "Country",
    "checkbox": "Checkbox, such as for terms",
}
"""Kinds of fields, as owners see them."""


async def list_fields(request: Request) -> Response:
    """List the campaign's fields: those that are asked for, in order, and the others."""
    campaign = await campaign_of(request)
    stored = await server(request).database.read(fields.of_campaign, campaign)
    return render(
        request,
        "fields.html",
        campaign=campaign,
        tab="Form",
        asked=asked_of(stored),
        others=[each for each in stored if not each.asked],
        kinds=KINDS,
        most=MOST_ASKED,
    )


async def show_new_field(request: Request) -> Response:
    """The form for a new field."""
    return await _page(request, FormErrors({}, {"kind": "text", "asked": "on"}, 200))


async def create_field(request: Request) -> Response:
    """Add a field after the others."""
    campaign, form = await campaign_of(request), request.state.form
    draft = checked(field_draft({**form, "asked": "on"}))
    await server(request).database.write(field_service.make_field, campaign, draft)
    return RedirectResponse(address(campaign, "/fields?added"), 303)


async def show_field(request: Request) -> Response:
    """A field's form, as stored."""
    field = await _field(request, await campaign_of(request))
    return await _page(request, FormErrors({}, typed_field(field), 200))


async def change_field(request: Request) -> Response:
    """Save a field's settings."""
    campaign, form = await campaign_of(request), request.state.form
    field = await _field(request, campaign)
    draft = checked(field_draft(form, field))
    await server(request).database.write(
        field_service.change_field, campaign, field, draft, version_of(form)
    )
    return RedirectResponse(address(campaign, "/fields?saved"), 303)


async def move_field(request: Request) -> Response:
    """Move a field: `up`, `down`, or to a position (counted from 0)."""
    campaign, database = await campaign_of(request), server(request).database
    field = await _field(request, campaign)
    ids = [each.id for each in await database.read(fields.of_campaign, campaign)]
    wanted = position_of(ids, field.id, request.state.form.get("to", ""))
    if wanted is not None:
        await database.write(field_service.move_field, campaign, field.id, wanted)
    return RedirectResponse(address(campaign, f"/fields#{field.name}"), 303)


async def ask_removal(request: Request) -> Response:
    """Ask whether what was answered is to be kept, and say how much that is."""
    campaign = await campaign_of(request)
    field = await _field(request, campaign)
    return render(
        request,
        "remove_field.html",
        campaign=campaign,
        tab="Form",
        field=field,
        answered=await server(request).database.read(fields.answered, campaign, field),
    )


async def remove_field(request: Request) -> Response:
    """Stop asking for a field and keep its answers, or delete it with them."""
    campaign, database = await campaign_of(request), server(request).database
    field = await _field(request, campaign)
    if request.state.form.get("answers") == "keep":
        draft = msgspec.structs.replace(field_draft_of(field), asked=False)
        await database.write(field_service.change_field, campaign, field, draft)
        done = "saved"
    else:
        await field_service.delete_field(database, campaign, field)
        server(request).deletion.wake()
        done = "deleted"
    return RedirectResponse(address(campaign, f"/fields?{done}"), 303)


async def _field(request: Request, campaign: Campaign) -> FormField:
    return await numbered(
        request,
        "field",
        lambda tx, wanted: fields.by_id(tx, campaign, wanted),
        "there is no such field; it may have been deleted",
    )


async def _page(request: Request, shown: FormErrors) -> Response:
    campaign = await campaign_of(request)
    field = await _field(request, campaign) if "field" in request.path_params else None
    conflict = shown.status_code == 409 and field is not None
    version = field.version if field else 1
    if not conflict:
        version = version_of(shown.typed) or version
    return render(
        request,
        "field.html",
        shown,
        campaign=campaign,
        tab="Form",
        field=field,
        kinds=KINDS,
        version=version,
        stored=differences(shown.typed, typed_field(field)) if conflict and field else {},
        conflict=conflict,
    )


_FIELD = f"{ONE}/fields/{{field}}"
TABLE = [
    Route("GET", f"{ONE}/fields", list_fields),
    Route("GET", f"{ONE}/fields/new", show_new_field),
    Route("POST", f"{ONE}/fields/new", create_field, again=_page),
    Route("GET", _FIELD, show_field),
    Route("POST", _FIELD, change_field, again=_page),
    Route("POST", f"{_FIELD}/move", move_field, f"/admin{ONE}/fields"),
    Route("GET", f"{_FIELD}/remove", ask_removal),
    Route("POST", f"{_FIELD}/remove", remove_field, f"/admin{_FIELD}/remove"),
]
