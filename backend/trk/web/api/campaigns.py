"""The API's campaigns."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from trk.core.campaign import Campaign, Kind, TabPosition
from trk.core.drafts import CampaignDraft
from trk.core.instant import Instant
from trk.core.rejection import shown
from trk.core.reward import RewardKind
from trk.services.campaigns import make_campaign
from trk.services.rows import shown_row
from trk.store import campaigns
from trk.store.errors import Duplicate
from trk.web.api.call import APIError, Paging, body, campaign_of, query, token_of
from trk.web.api.idempotency import commit
from trk.web.api.operation import ONE, Listed, Operation
from trk.web.http.respond import JSON
from trk.web.server import server


class CampaignAnswer(msgspec.Struct, frozen=True):
    """A campaign."""

    key: str
    name: str
    slug: str
    kind: Kind
    description: str
    timezone: str
    show_entries: bool
    ask_consent: bool
    honour_gpc: bool
    accent: str
    terms: str
    allowed_origins: list[str]
    reward_kind: RewardKind
    reward_value: str
    reward_note: str
    reward_after: int
    tab_text: str
    tab_position: TabPosition
    starts_at: Instant | None
    ends_at: Instant | None
    closed_at: Instant | None
    version: int


class Secret(msgspec.Struct, frozen=True):
    """What signs pairs: keep it on your server."""

    secret: str


async def create_campaign(request: Request) -> Response:
    """Make a campaign."""
    draft = await body(request, CampaignDraft)
    try:
        return await commit(
            request,
            lambda tx: make_campaign(tx, draft),
            lambda made: JSON(campaign_json(made), 201),
        )
    except Duplicate:
        raise APIError(
            409, "taken", f"key {shown(draft.key)} is taken; expected another."
        ) from None


async def list_campaigns(request: Request) -> Response:
    """List the campaigns that the token opens, oldest first."""
    asked = query(request, Paging)
    found = await server(request).database.read(
        campaigns.page, int(asked.cursor or 0), asked.limit + 1, token_of(request).campaign_key
    )
    shown_ones = found[: asked.limit]
    more = str(shown_ones[-1].id) if len(found) > asked.limit else None
    return JSON({"data": [campaign_json(each) for each in shown_ones], "next": more})


async def get_campaign(request: Request) -> Response:
    """Read one campaign."""
    return JSON(campaign_json(await campaign_of(request)))


async def get_secret(request: Request) -> Response:
    """Read the secret with which the customer’s server signs pairs."""
    campaign = await campaign_of(request)
    return JSON({"secret": campaign.secret}, headers={"cache-control": "no-store"})


def campaign_json(campaign: Campaign) -> dict[str, Any]:
    return shown_row(campaign, CampaignAnswer)


OPERATIONS = (
    Operation(
        *("POST", "/campaigns", create_campaign, "write"),
        status=201,
        takes=CampaignDraft,
        gives=CampaignAnswer,
        refuses={"taken": (409, "another campaign has this key")},
        example={"name": "Win a bike", "key": "y2sB7", "timezone": "Europe/Berlin"},
    ),
    Operation(
        *("GET", "/campaigns", list_campaigns, "read"), asks=Paging, gives=Listed[CampaignAnswer]
    ),
    Operation("GET", ONE, get_campaign, "read", gives=CampaignAnswer),
    Operation("GET", f"{ONE}/secret", get_secret, "write", gives=Secret),
)
