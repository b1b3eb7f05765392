"""Drafts: what is missing before one is published, publishing it, and the link of its preview."""

from __future__ import annotations

import secrets
from collections.abc import Collection

from trk.clock import now_ms
from trk.core.campaign import Campaign, as_published, state_at
from trk.core.next_steps import CampaignProgress, Step, before_publishing
from trk.services.audit import note
from trk.store import actions, campaigns, draws, prizes, rewards, trackings
from trk.store.program import Transaction


class Unready(Exception):
    """The campaign is not published: these steps come first. Those that block have to be done; the
    others are asked about once."""

    def __init__(self, steps: Collection[Step]) -> None:
        super().__init__(" ".join(f"{step.name}: {step.why}" for step in steps))
        self.steps = steps


def new_preview() -> str:
    """A token with which a draft can be seen."""
    return secrets.token_urlsafe(24)


async def standing_of(
    tx: Transaction, campaign: Campaign, *, sends_mails: bool
) -> CampaignProgress:
    """How far a campaign is; of a draft, as if it were published now."""
    now = now_ms()
    extent = await campaigns.extent(tx, campaign)
    supply = await rewards.supply(tx, campaign)
    made = await draws.of(tx, campaign)
    return CampaignProgress(
        state_at(as_published(campaign, now), now),
        await actions.of_campaign(tx, campaign.id),
        [(row["id"], row["title"]) for row in await prizes.of_campaign(tx, campaign)],
        extent.entries,
        codes_left_out=supply is not None and not supply.stock.total,
        waiting=supply.waiting if supply else 0,
        reported=bool(extent.trackings) and await trackings.reported(tx, campaign),
        drawn=None if made is None else made.concluded_at is not None,
        announced=made is not None and made.announced_at is not None,
        sends_mails=sends_mails,
    )


async def publish_campaign(
    tx: Transaction,
    campaign: Campaign,
    *,
    sends_mails: bool,
    accepted: Collection[str] | None = None,
) -> bool:
    """Publish a draft; False if that was done already.

    Raises Unready if something is missing that has to be there, or that is not among the names of
    the steps which were `accepted` as they are (None: all of them).
    """
    missing = list(
        before_publishing(campaign, await standing_of(tx, campaign, sends_mails=sends_mails))
    )
    stopping = [step for step in missing if step.blocks]
    asking = [step for step in missing if accepted is not None and step.name not in accepted]
    if campaign.draft and (stopping or asking):
        raise Unready(stopping or asking)
    if not await campaigns.publish(tx, campaign, now_ms()):
        return False
    await note(tx, "published", "campaign", campaign.id, about=campaign.name, campaign=campaign)
    return True


async def renew_preview(tx: Transaction, campaign: Campaign) -> None:
    """Give a draft's preview another link: who has the one before sees nothing any more."""
    if await campaigns.renew_preview(tx, campaign, new_preview()):
        await note(tx, "changed", "preview", about=campaign.name, campaign=campaign)
