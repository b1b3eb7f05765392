"""The API's campaigns."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from trk.core.campaign import Campaign
from trk.core.drafts import CampaignDraft
from trk.core.mistakes import DraftError, Line
from trk.core.rejection import shown
from trk.core.setting import FIXED
from trk.services import campaigns as campaign_service
from trk.services.conflict import Conflict
from trk.services.drafts import campaign_draft_of
from trk.services.publishing import Unready, publish_campaign
from trk.services.rows import shown_row
from trk.store import campaigns
from trk.store.errors import Duplicate
from trk.web.api.answer import answer_of
from trk.web.api.call import APIError, Paging, body, campaign_of, page_by_id, query, token_of
from trk.web.api.idempotency import commit
from trk.web.api.operation import ONE, Operation, list_of
from trk.web.api.patch import CHANGED, change_of, conflict, patched
from trk.web.http.respond import JSON
from trk.web.server import server

CampaignAnswer = answer_of(
    Campaign,
    "CampaignAnswer",
    "A campaign.",
    first=("key", "name", "slug"),
    last=("starts_at", "ends_at", "published_at", "closed_at", "version"),
    hidden=("id", "created_at", "secret", "has_webhooks"),
)


class Secret(msgspec.Struct, frozen=True):
    """What signs pairs. Keep it on your server."""

    secret: str


class NewCampaign(CampaignDraft, frozen=True, kw_only=True):
    """A campaign to be made. Instants need a UTC offset, such as `2026-11-23T18:00:00Z`.

    With `draft`, only its owners see it until it is published.
    """

    draft: Annotated[bool, FIXED] = False


class Name(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The name of the copy (made up if absent), and whether it is a draft (like the original if
    absent)."""

    name: Line | None = None
    draft: bool | None = None


CampaignChange = change_of(CampaignDraft, "CampaignChange", "What to change about a campaign.")


async def create_campaign(request: Request) -> Response:
    """Create a campaign, published unless it is a `draft`.

    Without `confirmed_only`, it is on if a mail server is set up."""
    draft = await body(request, NewCampaign)
    if "confirmed_only" not in await request.json():
        asks = server(request).settings.sends_mails
        draft = msgspec.structs.replace(draft, confirmed_only=asks)
    try:
        return await commit(
            request,
            lambda tx: campaign_service.make_campaign(tx, draft, published=not draft.draft),
            lambda made: JSON(campaign_json(made), 201),
        )
    except Duplicate:
        raise APIError(
            409, "taken", f"key is {shown(draft.key)}, which is taken; expected another."
        ) from None


async def list_campaigns(request: Request) -> Response:
    """List the campaigns that the token can read, oldest first."""
    asked = query(request, Paging)
    found = await server(request).database.read(
        campaigns.page, int(asked.cursor or 0), asked.limit + 1, token_of(request).campaign_key
    )
    return page_by_id(found, asked.limit, campaign_json)


async def get_campaign(request: Request) -> Response:
    """Read one campaign."""
    return JSON(campaign_json(await campaign_of(request)))


async def get_secret(request: Request) -> Response:
    """Read the secret with which your server signs pairs."""
    campaign = await campaign_of(request)
    await server(request).database.write(campaign_service.secret_shown, campaign)
    return JSON({"secret": campaign.secret}, headers={"cache-control": "no-store"})


async def change_campaign(request: Request) -> Response:
    """Change a campaign's settings."""
    change = await body(request, CampaignChange)
    while True:
        campaign = await campaign_of(request)
        draft, version = patched(change, campaign_draft_of(campaign))
        try:
            changed = await campaign_service.change_and_serve(
                server(request).database, campaign, draft, version or campaign.version
            )
        except Conflict:
            if version is None:  # changed just now: again, so that its other fields stay
                continue
            raise conflict("campaign", campaign.key, version) from None
        return JSON(campaign_json(changed))


async def delete_campaign(request: Request) -> Response:
    """Delete a campaign and everything in it. This can't be undone."""
    await campaign_service.delete_campaign(server(request).database, await campaign_of(request))
    server(request).deletion.wake()
    return Response(status_code=204)


async def copy_campaign(request: Request) -> Response:
    """Create a new campaign with the same settings, actions and prizes."""
    campaign = await campaign_of(request)
    given = (await body(request, Name)) if await request.body() else Name()
    published = not (campaign.draft if given.draft is None else given.draft)
    return await commit(
        request,
        lambda tx: campaign_service.copy_campaign(tx, campaign, given.name, published=published),
        lambda made: JSON(campaign_json(made), 201),
    )


async def publish(request: Request) -> Response:
    """Publish a draft: from then on everybody can see it.

    What has to be there before is told, as on the owner’s pages; what is usually there is not asked
    for. One that is published already stays as it is."""
    campaign, at = await campaign_of(request), server(request)
    try:
        await at.database.write(
            lambda tx: publish_campaign(tx, campaign, sends_mails=at.settings.sends_mails)
        )
    except Unready as unready:
        said = f"Campaign {campaign.key} can’t be published yet. {unready}"
        raise APIError(409, "not_ready", said) from None
    return JSON(campaign_json(await campaign_of(request)))


async def close_now(request: Request) -> Response:
    """Close a campaign now: nobody can enter, and nothing unlocks."""
    campaign = await campaign_of(request)
    try:
        await server(request).database.write(campaign_service.close_campaign, campaign)
    except DraftError as mistake:
        raise APIError(409, "draft", str(mistake)) from None
    return JSON(campaign_json(await campaign_of(request)))


async def reopen(request: Request) -> Response:
    """Reopen a closed campaign."""
    await server(request).database.write(
        campaign_service.reopen_campaign, await campaign_of(request)
    )
    return JSON(campaign_json(await campaign_of(request)))


def campaign_json(campaign: Campaign) -> dict[str, Any]:
    return shown_row(campaign, CampaignAnswer)


OPERATIONS = (
    Operation(
        *("POST", "/campaigns", create_campaign, "write"),
        status=201,
        takes=NewCampaign,
        gives=CampaignAnswer,
        refuses={"taken": (409, "another campaign has this key")},
        example={"name": "Win a bike", "key": "y2sB7", "timezone": "Europe/Berlin"},
    ),
    list_of("/campaigns", list_campaigns, "read", CampaignAnswer, Paging),
    Operation("GET", ONE, get_campaign, "read", gives=CampaignAnswer),
    Operation("GET", f"{ONE}/secret", get_secret, "write", gives=Secret),
    Operation(
        *("PATCH", ONE, change_campaign, "write"),
        takes=CampaignChange,
        gives=CampaignAnswer,
        refuses=CHANGED,
        example={"name": "Win two bikes", "version": 1},
    ),
    Operation("DELETE", ONE, delete_campaign, "write", status=204),
    Operation(
        *("POST", f"{ONE}/copy", copy_campaign, "write"),
        status=201,
        takes=Name,
        optional_body=True,
        beyond=True,
        gives=CampaignAnswer,
        example={"name": "Win a bike, again"},
    ),
    Operation(
        *("POST", f"{ONE}/publish", publish, "write"),
        gives=CampaignAnswer,
        refuses={"not_ready": (409, "something is missing that has to be there first")},
    ),
    Operation(
        *("POST", f"{ONE}/close", close_now, "write"),
        gives=CampaignAnswer,
        refuses={"draft": (409, "the campaign is not published yet")},
    ),
    Operation("POST", f"{ONE}/reopen", reopen, "write", gives=CampaignAnswer),
)
