"""The API's fields: what a campaign's form asks besides name and e-mail."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from trk.core.campaign import Campaign
from trk.core.field import FieldDraft, FormField
from trk.services import fields as field_service
from trk.services.conflict import Conflict
from trk.services.drafts import field_draft_of
from trk.services.rows import shown_row
from trk.store import fields
from trk.web.api.answer import answer_of, listed_of
from trk.web.api.call import APIError, body, campaign_of, path_id
from trk.web.api.idempotency import commit
from trk.web.api.operation import ONE, Operation, list_of
from trk.web.api.order import Place, position_in
from trk.web.api.patch import CHANGED, change_of, conflict, patched
from trk.web.http.respond import JSON
from trk.web.server import server

ShownField = answer_of(
    FormField,
    "Field",
    "A field of the form; `label` may have links, and entrants are `asked` for it, or no longer.",
    first=("id", "kind", "label"),
    last=("version",),
    hidden=("campaign_id",),
)
FieldChange = change_of(FieldDraft, "FieldChange", "What to change about a field, but its kind.")


async def create_field(request: Request) -> Response:
    """Add a field to the form, after the others; at most ten are asked for.

    Anyone who has already entered isn't asked again."""
    campaign = await campaign_of(request)
    draft = await body(request, FieldDraft)
    return await commit(
        request,
        lambda tx: field_service.make_field(tx, campaign, draft),
        lambda made: JSON(field_json(made), 201),
    )


async def list_fields(request: Request) -> Response:
    """List the fields of the form, in order; those no longer asked for come last."""
    campaign = await campaign_of(request)
    found = await server(request).database.read(fields.of_campaign, campaign)
    return JSON({"data": [field_json(each) for each in found], "next": None})


async def get_field(request: Request) -> Response:
    """Read one field."""
    return JSON(field_json(await _field(request, await campaign_of(request))))


async def change_field(request: Request) -> Response:
    """Change a field. What was answered stays, also with `asked` false: then nobody is asked any
    more."""
    change = await body(request, FieldChange)
    campaign = await campaign_of(request)
    while True:
        field = await _field(request, campaign)
        draft, version = patched(change, field_draft_of(field))
        try:
            changed = await server(request).database.write(
                field_service.change_field, campaign, field, draft, version or field.version
            )
        except Conflict:
            if version is None:
                continue
            raise conflict("field", str(field.id), version) from None
        return JSON(field_json(changed))


async def move_field(request: Request) -> Response:
    """Move a field to another position; the answer has all fields in their new order."""
    campaign = await campaign_of(request)
    field = await _field(request, campaign)
    position = await position_in(request)
    order = await server(request).database.write(
        field_service.move_field, campaign, field.id, position
    )
    return JSON({"data": [field_json(each) for each in order], "next": None})


async def delete_field(request: Request) -> Response:
    """Delete a field and everything that was answered to it. This can't be undone."""
    campaign = await campaign_of(request)
    field = await _field(request, campaign)
    await field_service.delete_field(server(request).database, campaign, field)
    server(request).deletion.wake()
    return Response(status_code=204)


def field_json(field: FormField) -> dict[str, Any]:
    """A field as the API shows it."""
    return shown_row(field, ShownField)


async def _field(request: Request, campaign: Campaign) -> FormField:
    wanted = path_id(request, "field")
    found = await server(request).database.read(fields.by_id, campaign, wanted)
    if found is None:
        raise APIError(404, "not_found", f"There is no field {wanted} in this campaign.")
    return found


_FIELD = f"{ONE}/fields/{{field}}"

OPERATIONS = (
    Operation(
        *("POST", f"{ONE}/fields", create_field, "write"),
        status=201,
        takes=FieldDraft,
        gives=ShownField,
        example={
            "label": "T-shirt size",
            "kind": "choice",
            "options": ["S", "M", "L"],
            "required": True,
        },
    ),
    list_of(f"{ONE}/fields", list_fields, "read", ShownField),
    Operation("GET", _FIELD, get_field, "read", gives=ShownField),
    Operation(
        *("PATCH", _FIELD, change_field, "write"),
        takes=FieldChange,
        gives=ShownField,
        refuses=CHANGED,
        example={"required": False},
    ),
    Operation("DELETE", _FIELD, delete_field, "write", status=204),
    Operation(
        *("POST", f"{_FIELD}/move", move_field, "write"),
        takes=Place,
        gives=listed_of(ShownField),
        example={"position": 0},
    ),
)
