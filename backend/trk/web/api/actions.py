"""The API's actions."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from trk.core.campaign import Action, Frequency, Verification
from trk.core.drafts import ActionDraft
from trk.core.rejection import shown
from trk.services.actions import make_action
from trk.services.rows import shown_row
from trk.store import actions
from trk.store.errors import Duplicate
from trk.web.api.call import APIError, body, campaign_of
from trk.web.api.idempotency import commit
from trk.web.api.operation import ONE, Listed, Operation
from trk.web.http.respond import JSON
from trk.web.server import server


class ActionAnswer(msgspec.Struct, frozen=True):
    """A custom action; `worth` in entries."""

    id: int
    title: str
    description: str
    url: str
    tracking_name: str
    worth: int
    frequency: Frequency
    verification: Verification
    question: str
    answer_pattern: str
    unique_value: bool
    signed: bool
    version: int


async def create_action(request: Request) -> Response:
    """Add an action to a campaign, behind the others."""
    campaign = await campaign_of(request)
    draft = await body(request, ActionDraft)
    try:
        return await commit(
            request,
            lambda tx: make_action(tx, campaign, draft),
            lambda made: JSON(action_json(made), 201),
        )
    except Duplicate:
        raise APIError(
            409, "taken", f"tracking_name {shown(draft.tracking_name)} is taken in this campaign."
        ) from None


async def list_actions(request: Request) -> Response:
    """List all actions of a campaign, in order."""
    campaign = await campaign_of(request)
    found = await server(request).database.read(actions.of_campaigns, [campaign.id])
    return JSON({"data": [action_json(a) for a in found], "next": None})


async def get_action(request: Request) -> Response:
    """Read one action."""
    campaign = await campaign_of(request)
    wanted = request.path_params["action"]
    for action in await server(request).database.read(actions.of_campaigns, [campaign.id]):
        if str(action.id) == wanted:
            return JSON(action_json(action))
    raise APIError(404, "not_found", f"There is no action {shown(wanted)} in this campaign.")


def action_json(action: Action) -> dict[str, Any]:
    """An action as the API shows it."""
    return shown_row(action, ActionAnswer)


OPERATIONS = (
    Operation(
        *("POST", f"{ONE}/actions", create_action, "write"),
        status=201,
        takes=ActionDraft,
        gives=ActionAnswer,
        refuses={"taken": (409, "another action of the campaign has this tracking name")},
        example={
            "title": "Become a VIP",
            "tracking_name": "VIP",
            "url": "https://shop.example/vip",
            "worth": 5,
        },
    ),
    Operation("GET", f"{ONE}/actions", list_actions, "read", gives=Listed[ActionAnswer]),
    Operation("GET", f"{ONE}/actions/{{action}}", get_action, "read", gives=ActionAnswer),
)
