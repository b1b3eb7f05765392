"""Finds the campaign, action or entrant that a URL of the owner's pages names."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from starlette.exceptions import HTTPException
from starlette.requests import Request

from trk.core.campaign import Action, Campaign
from trk.store import actions, campaigns, entrants
from trk.store.entrants import ListedEntrant
from trk.store.program import Transaction
from trk.web.server import server

T = TypeVar("T")

ONE = "/campaigns/{key}"


async def campaign_of(request: Request) -> Campaign:
    """The campaign; HTTPException 404 if there is none."""
    found: Campaign | None = await server(request).database.read(
        campaigns.by_key, request.path_params["key"]
    )
    if found is None:
        raise HTTPException(404, "there is no such campaign; it may have been deleted")
    return found


async def actions_of(request: Request, campaign: Campaign) -> list[Action]:
    """The campaign's actions, in order."""
    found: list[Action] = await server(request).database.read(actions.of_campaign, campaign.id)
    return found


async def action_of(request: Request, campaign: Campaign) -> Action:
    """The action; HTTPException 404 if the campaign has none with this id."""
    wanted = request.path_params["action"]
    for action in await actions_of(request, campaign):
        if str(action.id) == wanted:
            return action
    raise HTTPException(404, "there is no such action; it may have been deleted")


async def entrant_of(request: Request, campaign: Campaign) -> ListedEntrant:
    """The entrant; HTTPException 404 if the campaign has none with this id."""
    return await numbered(
        request,
        "entrant",
        lambda tx, wanted: entrants.by_id(tx, campaign, wanted),
        "there is no such entrant in this campaign",
    )


async def numbered(
    request: Request,
    part: str,
    read: Callable[[Transaction, int], Coroutine[Any, Any, T | None]],
    without: str,
) -> T:
    """What `read` finds for the id in this path parameter; HTTPException 404 with the message
    `without` if it finds nothing."""
    wanted = number(request.path_params[part])
    found: T | None = None
    if wanted is not None:
        found = await server(request).database.read(read, wanted)
    if found is None:
        raise HTTPException(404, without)
    return found


def number(text: str) -> int | None:
    """`text` as an id, or None if it is not one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def address(campaign: Campaign, rest: str = "") -> str:
    """The URL of one of a campaign's pages for its owner."""
    return f"/admin/campaigns/{campaign.key}{rest}"
