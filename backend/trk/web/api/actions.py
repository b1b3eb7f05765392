"""The API's actions."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from trk.core.campaign import Action, Campaign
from trk.core.drafts import ActionDraft
from trk.core.rejection import shown
from trk.services import actions as action_service
from trk.services.conflict import Conflict
from trk.services.drafts import action_draft_of
from trk.services.recounting import go_on
from trk.services.rows import shown_row
from trk.store import actions
from trk.store.errors import Duplicate
from trk.web.api.answer import answer_of, listed_of
from trk.web.api.call import APIError, body, campaign_of, path_id
from trk.web.api.idempotency import commit
from trk.web.api.operation import ONE, Operation, list_of
from trk.web.api.order import Place, position_in
from trk.web.api.patch import CHANGED, change_of, conflict, patched
from trk.web.http.respond import JSON
from trk.web.server import server

ActionAnswer = answer_of(
    Action,
    "ActionAnswer",
    "A custom action; `worth` in entries.",
    first=("id", "title", "description", "url", "tracking_name"),
    last=("version",),
    hidden=("campaign_id", "created_at", "name_folded"),
)


ActionChange = change_of(ActionDraft, "ActionChange", "What to change about an action.")


async def create_action(request: Request) -> Response:
    """Add an action to a campaign, after the others."""
    campaign = await campaign_of(request)
    draft = await body(request, ActionDraft)
    try:
        answer = await commit(
            request,
            lambda tx: action_service.make_action(tx, campaign, draft),
            lambda made: JSON(action_json(made), 201),
        )
    except Duplicate:
        raise APIError(
            409,
            "taken",
            f"tracking_name is {shown(draft.tracking_name)}, which is taken in this campaign; "
            "expected another.",
        ) from None
    await go_on(server(request).database, campaign)
    return answer


async def list_actions(request: Request) -> Response:
    """List all actions of a campaign, in order."""
    campaign = await campaign_of(request)
    found = await server(request).database.read(actions.of_campaign, campaign.id)
    return JSON({"data": [action_json(a) for a in found], "next": None})


async def get_action(request: Request) -> Response:
    """Read one action."""
    campaign = await campaign_of(request)
    wanted = request.path_params["action"]
    for action in await server(request).database.read(actions.of_campaign, campaign.id):
        if str(action.id) == wanted:
            return JSON(action_json(action))
    raise APIError(404, "not_found", f"There is no action {shown(wanted)} in this campaign.")


async def change_action(request: Request) -> Response:
    """Change an action's settings."""
    change = await body(request, ActionChange)
    campaign = await campaign_of(request)
    while True:
        action = await _action(request, campaign)
        draft, version = patched(change, action_draft_of(action))
        try:
            changed = await action_service.change_and_count(
                server(request).database, campaign, action, draft, version or action.version
            )
        except Conflict:
            if version is None:
                continue
            raise conflict("action", str(action.id), version) from None
        except Duplicate:
            said = (
                f"tracking_name is {shown(draft.tracking_name)}, which is taken in this "
                "campaign; expected another."
            )
            raise APIError(409, "taken", said) from None
        return JSON(action_json(changed))


async def move_action(request: Request) -> Response:
    """Move an action to another position; the answer has all actions in their new order."""
    campaign = await campaign_of(request)
    action = await _action(request, campaign)
    position = await position_in(request)
    order = await server(request).database.write(
        action_service.move_action, campaign, action.id, position
    )
    return JSON({"data": [action_json(each) for each in order], "next": None})


async def delete_action(request: Request) -> Response:
    """Delete an action and its completions."""
    campaign = await campaign_of(request)
    await action_service.delete_action(server(request).database, await _action(request, campaign))
    server(request).deletion.wake()
    return Response(status_code=204)


def action_json(action: Action) -> dict[str, Any]:
    """An action as the API shows it."""
    return shown_row(action, ActionAnswer)


async def _action(request: Request, campaign: Campaign) -> Action:
    wanted = path_id(request, "action")
    for action in await server(request).database.read(actions.of_campaign, campaign.id):
        if action.id == wanted:
            found: Action = action
            return found
    raise APIError(404, "not_found", f"There is no action {wanted} in this campaign.")


_TAKEN = {"taken": (409, "another action of the campaign has this tracking name")}
_ACTION = f"{ONE}/actions/{{action}}"

OPERATIONS = (
    Operation(
        *("POST", f"{ONE}/actions", create_action, "write"),
        status=201,
        takes=ActionDraft,
        gives=ActionAnswer,
        refuses=_TAKEN,
        example={
            "title": "Become a VIP",
            "tracking_name": "VIP",
            "url": "https://shop.example/vip",
            "worth": 5,
        },
    ),
    list_of(f"{ONE}/actions", list_actions, "read", ActionAnswer),
    Operation("GET", _ACTION, get_action, "read", gives=ActionAnswer),
    Operation(
        *("PATCH", _ACTION, change_action, "write"),
        takes=ActionChange,
        gives=ActionAnswer,
        refuses=CHANGED | _TAKEN,
        example={"worth": 5},
    ),
    Operation("DELETE", _ACTION, delete_action, "write", status=204),
    Operation(
        *("POST", f"{_ACTION}/move", move_action, "write"),
        takes=Place,
        gives=listed_of(ActionAnswer),
        example={"position": 0},
    ),
)
