"""The API's changes of what exists: campaigns, actions and prizes, changed, copied, moved, deleted.

A PATCH has the fields to be changed and may have the `version` that its sender has seen: if there
is a newer one, nothing is stored.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Annotated, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from trk.core.campaign import Action, Campaign
from trk.core.drafts import ActionDraft, CampaignDraft, PrizeDraft
from trk.core.mistakes import Draft, Line, from_to
from trk.core.rejection import shown
from trk.services import actions as action_service
from trk.services import campaigns as campaign_service
from trk.services import prizes as prize_service
from trk.services.conflict import Conflict
from trk.services.rows import shown_row
from trk.store import actions, prizes
from trk.store.errors import Duplicate
from trk.web.api.actions import ActionAnswer, action_json
from trk.web.api.call import APIError, body, campaign_of, path_id
from trk.web.api.campaigns import CampaignAnswer, campaign_json
from trk.web.api.draws import Prize
from trk.web.api.idempotency import commit
from trk.web.api.operation import ONE, Listed, Operation
from trk.web.http.respond import JSON
from trk.web.server import server

D = TypeVar("D", bound=Draft)


class Name(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What a copy is called; made up if absent."""

    name: Line | None = None


class Place(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Where an action is to be, from 0; beyond the end means at the end."""

    position: Annotated[int, from_to(0, 1_000_000)]


def _change_of(draft: type[Draft], name: str, says: str) -> type[msgspec.Struct]:
    """The type of a PATCH: every field of the draft, none of them needed, and the version seen."""
    fields = [
        (field.name, field.type | msgspec.UnsetType, msgspec.UNSET)
        for field in msgspec.structs.fields(draft)
    ]
    version = Annotated[int, from_to(1, 2**31 - 1)]
    return msgspec.defstruct(
        name,
        [*fields, ("version", version | msgspec.UnsetType, msgspec.UNSET)],
        namespace={"__doc__": says},
        module=__name__,
        forbid_unknown_fields=True,
        frozen=True,
    )


CampaignChange = _change_of(CampaignDraft, "CampaignChange", "What is to change of a campaign.")
ActionChange = _change_of(ActionDraft, "ActionChange", "What is to change of an action.")
PrizeChange = _change_of(PrizeDraft, "PrizeChange", "What is to change of a prize.")


async def change_campaign(request: Request) -> Response:
    """Change a campaign's settings."""
    change = await body(request, CampaignChange)
    while True:
        campaign = await campaign_of(request)
        draft, version = _patched(change, campaign_service.draft_of(campaign))
        try:
            changed = await server(request).database.write(
                campaign_service.change_campaign, campaign, draft, version or campaign.version
            )
        except Conflict:
            if version is None:  # changed just now: again, so that its other fields stay
                continue
            raise _conflict("campaign", campaign.key, version) from None
        return JSON(campaign_json(changed))


async def delete_campaign(request: Request) -> Response:
    """Delete a campaign with all that belongs to it, for good."""
    await campaign_service.delete_campaign(server(request).database, await campaign_of(request))
    server(request).deletion.wake()
    return Response(status_code=204)


async def copy_campaign(request: Request) -> Response:
    """Make a new campaign with the same settings, actions and prizes."""
    campaign = await campaign_of(request)
    name = (await body(request, Name)).name if await request.body() else None
    return await commit(
        request,
        lambda tx: campaign_service.copy_campaign(tx, campaign, name),
        lambda made: JSON(campaign_json(made), 201),
    )


async def close_now(request: Request) -> Response:
    """Close a campaign now: nothing unlocks in it any more, and nobody can enter."""
    await server(request).database.write(
        campaign_service.close_campaign, await campaign_of(request)
    )
    return JSON(campaign_json(await campaign_of(request)))


async def reopen(request: Request) -> Response:
    """Take the closing back."""
    await server(request).database.write(
        campaign_service.reopen_campaign, await campaign_of(request)
    )
    return JSON(campaign_json(await campaign_of(request)))


async def change_action(request: Request) -> Response:
    """Change an action's settings."""
    change = await body(request, ActionChange)
    campaign = await campaign_of(request)
    while True:
        action = await _action(request, campaign)
        draft, version = _patched(change, action_service.action_draft_of(action))
        try:
            changed = await server(request).database.write(
                action_service.change_action, action, draft, version or action.version
            )
        except Conflict:
            if version is None:
                continue
            raise _conflict("action", str(action.id), version) from None
        except Duplicate:
            said = f"tracking_name {shown(draft.tracking_name)} is taken in this campaign."
            raise APIError(409, "taken", said) from None
        return JSON(action_json(changed))


async def move_action(request: Request) -> Response:
    """Move an action to another place; the answer has all actions in their new order."""
    campaign = await campaign_of(request)
    action = await _action(request, campaign)
    position = (await body(request, Place)).position
    if not 0 <= position <= 1_000_000:
        raise APIError(400, "invalid", f"position is {position}; expected 0 to 1000000.")
    order = await server(request).database.write(
        action_service.move_action, campaign, action.id, position
    )
    return JSON({"data": [action_json(each) for each in order], "next": None})


async def delete_action(request: Request) -> Response:
    """Delete an action with its completions."""
    campaign = await campaign_of(request)
    await action_service.delete_action(server(request).database, await _action(request, campaign))
    server(request).deletion.wake()
    return Response(status_code=204)


async def change_prize(request: Request) -> Response:
    """Change a prize, as long as nothing is drawn."""
    change = await body(request, PrizeChange)
    campaign, database = await campaign_of(request), server(request).database
    prize_id = path_id(request, "prize")
    row = await database.read(prizes.by_id, campaign, prize_id)
    if row is None:
        raise APIError(404, "not_found", f"There is no prize {prize_id} in this campaign.")
    draft, _ = _patched(change, PrizeDraft(row["title"], row["description"], row["winners"]))
    if not await database.write(prize_service.change_prize, campaign, prize_id, draft):
        raise APIError(409, "drawn", "The winners have been drawn; nothing can be changed.")
    changed = await database.read(prizes.by_id, campaign, prize_id)
    assert changed is not None
    return JSON(shown_row(SimpleNamespace(**dict(changed)), Prize))


def _patched(change: msgspec.Struct, stored: D) -> tuple[D, int | None]:
    """`stored` with the fields of the body in its place, and the version that it names, if any."""
    given = {
        name: value
        for name, value in msgspec.structs.asdict(change).items()
        if value is not msgspec.UNSET
    }
    version = given.pop("version", None)
    if version is not None and not 0 < version < 2**31:
        raise APIError(400, "invalid", f"version is {version}; expected 1 to 2147483647.")
    return msgspec.structs.replace(stored, **given), version


async def _action(request: Request, campaign: Campaign) -> Action:
    wanted = path_id(request, "action")
    for action in await server(request).database.read(actions.of_campaigns, [campaign.id]):
        if action.id == wanted:
            found: Action = action
            return found
    raise APIError(404, "not_found", f"There is no action {wanted} in this campaign.")


def _conflict(what: str, name: str, version: int | None) -> APIError:
    return APIError(
        409,
        "changed",
        f"The {what} {name} has been changed since version {version}; nothing was stored. Read it "
        "again.",
    )


_CHANGED = {"changed": (409, "it has been changed since the version in the body")}
_TAKEN = {"taken": (409, "another action of the campaign has this tracking name")}
_ACTION = f"{ONE}/actions/{{action}}"

OPERATIONS = (
    Operation(
        *("PATCH", ONE, change_campaign, "write"),
        takes=CampaignChange,
        gives=CampaignAnswer,
        refuses=_CHANGED,
        example={"name": "Win two bikes", "version": 1},
    ),
    Operation("DELETE", ONE, delete_campaign, "write", status=204),
    Operation(
        *("POST", f"{ONE}/copy", copy_campaign, "write"),
        status=201,
        takes=Name,
        optional_body=True,
        gives=CampaignAnswer,
        example={"name": "Win a bike, again"},
    ),
    Operation("POST", f"{ONE}/close", close_now, "write", gives=CampaignAnswer),
    Operation("POST", f"{ONE}/reopen", reopen, "write", gives=CampaignAnswer),
    Operation(
        *("PATCH", _ACTION, change_action, "write"),
        takes=ActionChange,
        gives=ActionAnswer,
        refuses=_CHANGED | _TAKEN,
        example={"worth": 5},
    ),
    Operation("DELETE", _ACTION, delete_action, "write", status=204),
    Operation(
        *("POST", f"{_ACTION}/move", move_action, "write"),
        takes=Place,
        gives=Listed[ActionAnswer],
        example={"position": 0},
    ),
    Operation(
        *("PATCH", f"{ONE}/prizes/{{prize}}", change_prize, "write"),
        takes=PrizeChange,
        gives=Prize,
        refuses={"drawn": (409, "the winners have been drawn")},
        example={"winners": 2},
    ),
)
