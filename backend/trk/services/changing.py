"""Changes campaigns and actions that exist already: what the owner's pages and the API share."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from trk.clock import now_ms
from trk.core.campaign import Action, Campaign
from trk.core.drafts import ActionDraft, CampaignDraft, PrizeDraft
from trk.core.mistakes import DraftError, Mistake
from trk.core.rejection import shown
from trk.core.webhook import WebhookDraft
from trk.services.making import created
from trk.store import campaigns, changes, deletion, draws, webhooks
from trk.store.database import Database
from trk.store.program import Program, Row
from trk.store.webhooks import Webhook

_CAMPAIGN_FIELDS = tuple(
    field
    for field in CampaignDraft.__struct_fields__
    if field not in ("key", "starts_at", "ends_at", "allowed_origins")
)
_AT_ONCE = 20
"""How many parts of what is deleted are erased while its owner waits."""


class Conflict(Exception):
    """Somebody else has changed the thing since; nothing was stored."""


def draft_of(campaign: Campaign) -> CampaignDraft:
    """A campaign's settings, as they would have to be given to make it."""
    return CampaignDraft(
        key=campaign.key,
        starts_at=instant(campaign.starts_at),
        ends_at=instant(campaign.ends_at),
        allowed_origins=list(campaign.allowed_origins),
        **{field: getattr(campaign, field) for field in _CAMPAIGN_FIELDS},
    )


def action_draft_of(action: Action) -> ActionDraft:
    """An action's settings, as they would have to be given to make it."""
    return ActionDraft(**{field: getattr(action, field) for field in ActionDraft.__struct_fields__})


def instant(milliseconds: int | None) -> datetime | None:
    """`milliseconds` since 1970-01-01 UTC as an instant."""
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)


async def change_campaign(
    database: Database, campaign: Campaign, draft: CampaignDraft, version: int | None = None
) -> Campaign:
    """Store `draft` as the campaign's settings; its key never changes.

    Raises DraftError if the draft is wrong, and Conflict if `version` is given and not the current
    one.
    """
    draft.check()
    if draft.key not in (None, campaign.key):
        raise DraftError(
            f"key is {shown(draft.key)}; expected {campaign.key}: it stands in scripts and links."
        )

    def store() -> Program[Campaign | None]:
        if draft.kind != campaign.kind and (yield from draws.of(campaign)) is not None:
            said = f"kind is {shown(draft.kind)}; expected {campaign.kind}: the winners are drawn."
            advice = "The winners have been drawn, so this can’t be changed any more."
            raise DraftError(said, (Mistake("kind", said, advice),))
        return (yield from changes.change_campaign(campaign, draft, version, now_ms()))

    changed = await database.write(store())
    if changed is None:
        raise Conflict
    return changed


async def reopen_campaign(database: Database, campaign: Campaign) -> None:
    """Take the closing of a campaign back; it is open between its start and its end."""
    await database.write(changes.reopen(campaign))


def copying(campaign: Campaign, name: str | None = None) -> Program[Campaign]:
    """What stores a new campaign with the same settings, actions and prizes, and a key of its own.

    Its start and end are the same unless the end is over. It has no codes, entrants or trackings.
    Raises DraftError if `name` can't be used.
    """
    now = now_ms()
    over = campaign.ends_at is not None and campaign.ends_at <= now
    settings = {field: getattr(campaign, field) for field in _CAMPAIGN_FIELDS}
    draft = CampaignDraft(
        starts_at=None if over else instant(campaign.starts_at),
        ends_at=None if over else instant(campaign.ends_at),
        allowed_origins=list(campaign.allowed_origins),
        **{**settings, "name": f"Copy of {campaign.name}"[:200] if name is None else name},
    )
    draft.check()

    def store() -> Program[Campaign]:
        copy = yield from created(draft, now)
        for action in (yield from campaigns.actions_of([campaign.id])):
            yield from campaigns.add_action(copy, action_draft_of(action), now)
        for prize in (yield from draws.prizes(campaign)):
            yield from draws.add_prize(copy, prize["title"], prize["description"], prize["winners"])
        return copy

    return store()


async def copy_campaign(
    database: Database, campaign: Campaign, name: str | None = None
) -> Campaign:
    """Store a copy of a campaign; DraftError if `name` can't be used."""
    return await database.write(copying(campaign, name))


async def delete_campaign(database: Database, campaign: Campaign) -> None:
    """Delete a campaign and everything that belongs to it, for good.

    What takes longer than a moment is left to the task that erases (see services/jobs/deletion).
    """
    await database.write(deletion.delete_campaign(campaign, now_ms()))
    for _ in range(_AT_ONCE):
        if await database.write(deletion.erase_part(campaign.id)):
            return


async def change_action(
    database: Database, action: Action, draft: ActionDraft, version: int | None = None
) -> Action:
    """Store `draft` as the action's settings. What was completed stays as it was.

    Raises DraftError, Conflict if `version` is given and not the current one, and Duplicate if
    another action has the tracking name.
    """
    draft.check()
    changed = await database.write(changes.change_action(action, draft, version))
    if changed is None:
        raise Conflict
    return changed


async def move_action(
    database: Database, campaign: Campaign, action_id: int, position: int
) -> list[Action]:
    """Move an action to `position`, from 0; beyond the ends means to the end. The new order."""

    def store() -> Program[list[Action]]:
        order = [each.id for each in (yield from campaigns.actions_of([campaign.id]))]
        if action_id in order:
            order.remove(action_id)
            order.insert(max(0, position), action_id)
            yield from changes.order_actions(campaign, order)
        return (yield from campaigns.actions_of([campaign.id]))

    return await database.write(store())


async def delete_action(database: Database, action: Action) -> None:
    """Delete an action with its completions. A reward that was given for them stays given; its
    trackings stay, as ones that meet no action.

    What takes longer than a moment is left to the task that erases (see services/jobs/deletion).
    """
    one = await database.write(deletion.mark(action, now_ms()))
    place = deletion.BEGINNING
    for _ in range(_AT_ONCE):
        further = await database.write(deletion.part(one, place))
        if further is None:
            return
        place = further


async def change_prize(
    database: Database, campaign: Campaign, prize_id: int, draft: PrizeDraft, was: str | None = None
) -> bool:
    """Store `draft` as the prize; False if there is none, or the winners have been drawn.

    Raises DraftError, and Conflict if `was` (see mark_of) is given and it has been changed since.
    """
    draft.check()

    def store() -> Program[bool]:
        found = yield from changes.prize(campaign, prize_id)
        if found is not None and was is not None and was != mark_of(found):
            raise Conflict
        return (yield from changes.change_prize(campaign, prize_id, draft))

    return await database.write(store())


def mark_of(prize: Row) -> str:
    """What changes whenever a prize does: a form sends it along, to notice another's change."""
    text = f"{prize['title']}\n{prize['description']}\n{prize['winners']}"
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


async def change_webhook(
    database: Database,
    webhook: Webhook,
    campaign: Campaign,
    draft: WebhookDraft,
    *,
    private: bool,
    was: str | None = None,
) -> None:
    """Store `draft` as the webhook's address and events.

    Raises DraftError, and Conflict if `was` (see mark_of_webhook) is given and it has been changed
    since, or removed.
    """
    draft.check(private=private)

    def store() -> Program[None]:
        found = yield from webhooks.by_id(campaign, webhook.id)
        if found is None or (was is not None and was != mark_of_webhook(found)):
            raise Conflict
        yield from webhooks.change(
            campaign, webhook.id, url=draft.url, events=draft.events, enabled=None, now=now_ms()
        )

    await database.write(store())


def mark_of_webhook(webhook: Webhook) -> str:
    """What changes whenever a webhook's address or events do; see mark_of."""
    text = f"{webhook.url}\n{' '.join(sorted(webhook.events))}"
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
