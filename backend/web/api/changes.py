"""The API's changes of what exists: campaigns, actions and prizes, changed, copied, moved, deleted.

A PATCH has the fields to be changed and may have the `version` that its sender has seen: if there
is a newer one, nothing is stored.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from backend import changing
from backend.core.campaign import Action, Campaign
from backend.core.drafts import Draft, PrizeDraft
from backend.core.rejection import shown
from backend.making import close_campaign
from backend.store import campaigns, changes
from backend.store.errors import Duplicate
from backend.web.api.call import (
    ONE,
    APIError,
    Table,
    body,
    campaign_of,
    path_id,
    row_json,
)
from backend.web.api.campaigns import action_json, campaign_json
from backend.web.respond import JSON

D = TypeVar("D", bound=Draft)


class Name(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What a copy is called; made up if absent."""

    name: str | None = None


class Place(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Where an action is to be, from 0; beyond the end means at the end."""

    position: int


async def change_campaign(request: Request) -> Response:
    """Change a campaign's settings."""
    while True:
        campaign = await campaign_of(request)
        draft, version = await _patched(request, changing.draft_of(campaign))
        try:
            changed = await changing.change_campaign(
                request.app.state.database, campaign, draft, version or campaign.version
            )
        except changing.Conflict:
            if version is None:  # changed just now: again, so that its other fields stay
                continue
            raise _conflict("campaign", campaign.key, version) from None
        return JSON(campaign_json(changed))


async def delete_campaign(request: Request) -> Response:
    """Delete a campaign with all that belongs to it, for good."""
    await changing.delete_campaign(request.app.state.database, await campaign_of(request))
    return Response(status_code=204)


async def copy_campaign(request: Request) -> Response:
    """A new campaign with the same settings, actions and prizes."""
    campaign = await campaign_of(request)
    name = (await body(request, Name)).name if await request.body() else None
    return JSON(
        campaign_json(await changing.copy_campaign(request.app.state.database, campaign, name)), 201
    )


async def close(request: Request) -> Response:
    """Close a campaign now: nothing unlocks in it any more, and nobody can enter."""
    await close_campaign(request.app.state.database, await campaign_of(request))
    return JSON(campaign_json(await campaign_of(request)))


async def reopen(request: Request) -> Response:
    """Take the closing back."""
    await changing.reopen_campaign(request.app.state.database, await campaign_of(request))
    return JSON(campaign_json(await campaign_of(request)))


async def change_action(request: Request) -> Response:
    """Change an action's settings."""
    campaign = await campaign_of(request)
    while True:
        action = await _action(request, campaign)
        draft, version = await _patched(request, changing.action_draft_of(action))
        try:
            changed = await changing.change_action(
                request.app.state.database, action, draft, version or action.version
            )
        except changing.Conflict:
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
    order = await changing.move_action(request.app.state.database, campaign, action.id, position)
    return JSON({"data": [action_json(each) for each in order], "next": None})


async def delete_action(request: Request) -> Response:
    """Delete an action with its completions."""
    campaign = await campaign_of(request)
    await changing.delete_action(request.app.state.database, await _action(request, campaign))
    return Response(status_code=204)


async def change_prize(request: Request) -> Response:
    """Change a prize, as long as nothing is drawn."""
    campaign, database = await campaign_of(request), request.app.state.database
    prize_id = path_id(request, "prize")
    row = await database.read(changes.prize(campaign, prize_id))
    if row is None:
        raise APIError(404, "not_found", f"There is no prize {prize_id} in this campaign.")
    draft, _ = await _patched(request, PrizeDraft(row["title"], row["description"], row["winners"]))
    if not await changing.change_prize(database, campaign, prize_id, draft):
        raise APIError(409, "drawn", "The winners have been drawn; nothing can be changed.")
    changed = await database.read(changes.prize(campaign, prize_id))
    return JSON(row_json(changed))


async def _patched(request: Request, stored: D) -> tuple[D, int | None]:
    """`stored` with the fields of the body in its place, and the version that it names, if any."""
    given = await body(request, dict[str, Any])
    version = given.pop("version", None)
    if version is not None and (isinstance(version, bool) or not isinstance(version, int)):
        raise APIError(400, "invalid", f"version is {shown(version)}; expected a whole number.")
    if version is not None and not 0 < version < 2**31:
        raise APIError(400, "invalid", f"version is {version}; expected 1 to 2147483647.")
    try:
        merged = {**msgspec.to_builtins(stored), **given}
        return msgspec.convert(merged, type(stored)), version
    except msgspec.ValidationError as mistake:
        raise APIError(400, "invalid", f"The body can't be used: {mistake}.") from None


async def _action(request: Request, campaign: Campaign) -> Action:
    wanted = path_id(request, "action")
    for action in await request.app.state.database.read(campaigns.actions_of([campaign.id])):
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


TABLE: Table = [
    ("PATCH", ONE, change_campaign),
    ("DELETE", ONE, delete_campaign),
    ("POST", f"{ONE}/copy", copy_campaign),
    ("POST", f"{ONE}/close", close),
    ("POST", f"{ONE}/reopen", reopen),
    ("PATCH", f"{ONE}/actions/{{action}}", change_action),
    ("DELETE", f"{ONE}/actions/{{action}}", delete_action),
    ("POST", f"{ONE}/actions/{{action}}/move", move_action),
    ("PATCH", f"{ONE}/prizes/{{prize}}", change_prize),
]
