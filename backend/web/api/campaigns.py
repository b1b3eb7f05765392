"""The API's campaigns and actions, and what their sites reported."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from backend.core.campaign import Action, Campaign, fold, iso
from backend.core.drafts import ActionDraft, CampaignDraft
from backend.core.rejection import shown
from backend.core.suggest import closest
from backend.making import make_action, make_campaign
from backend.store import campaigns, logs
from backend.store.errors import Duplicate
from backend.web.api.call import (
    ONE,
    APIError,
    Table,
    body,
    campaign_of,
    page,
    paging,
    row_json,
    text,
)
from backend.web.respond import JSON


async def create_campaign(request: Request) -> Response:
    """Make a campaign."""
    draft = await body(request, CampaignDraft)
    try:
        campaign = await make_campaign(request.app.state.database, draft)
    except Duplicate:
        raise APIError(
            409, "taken", f"key {shown(draft.key)} is taken; expected another."
        ) from None
    return JSON(campaign_json(campaign), 201)


async def list_campaigns(request: Request) -> Response:
    """List campaigns."""
    after, limit = paging(request)
    found = await request.app.state.database.read(campaigns.page(after, limit))
    return page([(c.id, campaign_json(c)) for c in found], limit)


async def get_campaign(request: Request) -> Response:
    """One campaign."""
    return JSON(campaign_json(await campaign_of(request)))


async def create_action(request: Request) -> Response:
    """Add an action to a campaign."""
    campaign = await campaign_of(request)
    draft = await body(request, ActionDraft)
    try:
        action = await make_action(request.app.state.database, campaign, draft)
    except Duplicate:
        raise APIError(
            409, "taken", f"tracking_name {shown(draft.tracking_name)} is taken in this campaign."
        ) from None
    return JSON(action_json(action), 201)


async def list_actions(request: Request) -> Response:
    """All actions of a campaign, in order."""
    campaign = await campaign_of(request)
    actions = await request.app.state.database.read(campaigns.actions_of([campaign.id]))
    return JSON({"data": [action_json(a) for a in actions], "next": None})


async def get_action(request: Request) -> Response:
    """One action."""
    campaign = await campaign_of(request)
    wanted = request.path_params["action"]
    for action in await request.app.state.database.read(campaigns.actions_of([campaign.id])):
        if str(action.id) == wanted:
            return JSON(action_json(action))
    raise APIError(404, "not_found", f"There is no action {shown(wanted)} in this campaign.")


async def list_trackings(request: Request) -> Response:
    """The tracking log."""
    campaign = await campaign_of(request)
    after, limit = paging(request)
    visitor, name = text(request, "visitor"), text(request, "name")
    rows = await request.app.state.database.read(
        logs.trackings(campaign, visitor=visitor, name=name, after=after, limit=limit)
    )
    return page([(row["id"], row_json(row)) for row in rows], limit)


async def list_completions(request: Request) -> Response:
    """Completed actions."""
    campaign = await campaign_of(request)
    after, limit = paging(request)
    rows = await request.app.state.database.read(
        logs.completions(campaign, after=after, limit=limit)
    )
    return page([(row["id"], row_json(row)) for row in rows], limit)


async def list_unmatched(request: Request) -> Response:
    """Names that sites report and no action has, each with the action that was probably meant."""
    campaign = await campaign_of(request)
    database = request.app.state.database
    actions = await database.read(campaigns.actions_of([campaign.id]))
    names = [action.tracking_name for action in actions]
    known = {fold(name) for name in names}
    rows = await database.read(logs.unmatched(campaign, 100))
    return JSON(
        {
            "data": [
                {**row_json(row), "closest": closest(row["name"], names)}
                for row in rows
                if fold(row["name"]) not in known  # an action has been made for it since
            ],
            "next": None,
        }
    )


async def get_secret(request: Request) -> Response:
    """The secret with which the customer's server signs pairs."""
    campaign = await campaign_of(request)
    return JSON({"secret": campaign.secret}, headers={"cache-control": "no-store"})


TABLE: Table = [
    ("POST", "/campaigns", create_campaign),
    ("GET", "/campaigns", list_campaigns),
    ("GET", ONE, get_campaign),
    ("GET", f"{ONE}/secret", get_secret),
    ("POST", f"{ONE}/actions", create_action),
    ("GET", f"{ONE}/actions", list_actions),
    ("GET", f"{ONE}/actions/{{action}}", get_action),
    ("GET", f"{ONE}/trackings", list_trackings),
    ("GET", f"{ONE}/unmatched", list_unmatched),
    ("GET", f"{ONE}/completions", list_completions),
]


_CAMPAIGN_FIELDS = (
    *("key", "name", "slug", "kind", "description", "timezone", "show_entries", "ask_consent"),
    *("honour_gpc", "accent", "terms", "allowed_origins"),
    *("reward_kind", "reward_value", "reward_note", "reward_after", "version"),
)
_ACTION_FIELDS = (
    *("id", "title", "description", "url", "tracking_name", "worth", "frequency", "verification"),
    *("question", "answer_pattern", "unique_value", "signed", "version"),
)


def campaign_json(campaign: Campaign) -> dict[str, Any]:
    """A campaign as the API shows it."""
    return {
        **{field: getattr(campaign, field) for field in _CAMPAIGN_FIELDS},
        "starts_at": campaign.starts_at and iso(campaign.starts_at),
        "ends_at": campaign.ends_at and iso(campaign.ends_at),
        "closed_at": campaign.closed_at and iso(campaign.closed_at),
    }


def action_json(action: Action) -> dict[str, Any]:
    """An action as the API shows it."""
    return {field: getattr(action, field) for field in _ACTION_FIELDS}
