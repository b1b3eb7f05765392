"""Changes of campaigns, actions and prizes that exist already.

A change that names the version it was made from changes nothing if there is a newer one.
"""

from __future__ import annotations

from typing import NamedTuple

from trk.core.campaign import Action, Campaign
from trk.core.drafts import ActionDraft, CampaignDraft, PrizeDraft
from trk.store import campaigns, counters, rewards
from trk.store.program import Row, Transaction, as_rows


class Extent(NamedTuple):
    """How much there is in a campaign."""

    entrants: int
    completions: int
    entries: int
    trackings: int


class ExtentOfAction(NamedTuple):
    """How much there is behind an action."""

    completions: int
    entries: int
    trackings: int


async def change_campaign(
    tx: Transaction, campaign: Campaign, draft: CampaignDraft, version: int | None, now: int
) -> Campaign | None:
    """Store a checked draft as the campaign's settings; None if `version` is not the current one.

    Who has earned a reward under the new rules gets it at once.
    """
    before = await campaigns.by_key(tx, campaign.key)
    columns = campaigns.settings_of(draft)
    names = ", ".join(f"{name} = ${n}" for n, name in enumerate(columns, 3))
    changed = await tx.fetch(
        f"UPDATE campaigns SET version = version + 1, {names} WHERE id = $1 "
        "AND (CAST($2 AS INTEGER) IS NULL OR version = $2) RETURNING id",
        campaign.id,
        version,
        *columns.values(),
    )
    if not changed:
        return None
    stored = await campaigns.by_key(tx, campaign.key)
    assert stored is not None
    # To look through all completions takes a while, and beacons wait for it.
    if before is None or _rules(before) != _rules(stored):
        await rewards.serve(tx, stored, now)
    return stored


def _rules(campaign: Campaign) -> tuple[str, str, int]:
    """What decides who has earned the reward."""
    return campaign.kind, campaign.reward_kind, campaign.reward_after


async def reopen(tx: Transaction, campaign: Campaign) -> None:
    """Take the closing of a campaign back; its start and end stay."""
    await tx.fetch("UPDATE campaigns SET closed_at = NULL WHERE id = $1", campaign.id)


async def change_action(
    tx: Transaction, action: Action, draft: ActionDraft, version: int | None
) -> Action | None:
    """Store a checked draft as the action's settings; None if `version` is not the current one.

    Raises Duplicate if its tracking name is another action's.
    """
    columns = campaigns.action_settings_of(draft)
    names = ", ".join(f"{name} = ${n}" for n, name in enumerate(columns, 3))
    changed = await tx.fetch(
        f"UPDATE actions SET version = version + 1, {names} WHERE id = $1 "
        "AND (CAST($2 AS INTEGER) IS NULL OR version = $2) RETURNING id",
        action.id,
        version,
        *columns.values(),
    )
    if not changed:
        return None
    found = await campaigns.actions_of(tx, [action.campaign_id])
    return next(each for each in found if each.id == action.id)


async def order_actions(tx: Transaction, campaign: Campaign, action_ids: list[int]) -> None:
    """Put the campaign's actions into this order."""
    await tx.fetch(
        "UPDATE actions SET position = CAST(r.value ->> 1 AS INTEGER) FROM rows($1) AS r "
        "WHERE actions.id = CAST(r.value ->> 0 AS BIGINT) AND actions.campaign_id = $2",
        as_rows([(each, n) for n, each in enumerate(action_ids, 1)]),
        campaign.id,
    )


async def prize(tx: Transaction, campaign: Campaign, prize_id: int) -> Row | None:
    """A prize of the campaign: id, title, description, winners."""
    found = await tx.fetch(
        "SELECT id, title, description, winners FROM prizes WHERE id = $1 AND campaign_id = $2",
        prize_id,
        campaign.id,
    )
    return found[0] if found else None


async def change_prize(
    tx: Transaction, campaign: Campaign, prize_id: int, draft: PrizeDraft
) -> bool:
    """Store a checked draft as the prize; False if there is none, or the winners are drawn."""
    changed = await tx.fetch(
        "UPDATE prizes SET title = $3, description = $4, winners = $5 WHERE id = $1 "
        "AND campaign_id = $2 AND NOT EXISTS "
        "(SELECT 1 FROM draws AS d WHERE d.campaign_id = $2) RETURNING id",
        prize_id,
        campaign.id,
        draft.title.strip(),
        draft.description,
        draft.winners,
    )
    return bool(changed)


async def extent(tx: Transaction, campaign: Campaign) -> Extent:
    """How much there is in a campaign; invalidated completions have no entries."""
    [row] = await tx.fetch(
        f"SELECT {counters.number('entrants', '$1')} AS entrants, "
        f"{counters.number('completions', '$1')} AS completions, "
        f"{counters.worth('$1')} AS entries, {counters.number('trackings', '$1')} AS trackings",
        campaign.id,
    )
    return Extent(**dict(row))


async def extent_of_action(tx: Transaction, action: Action) -> ExtentOfAction:
    """How much there is behind an action."""
    [row] = await tx.fetch(
        f"SELECT {counters.number('completions', '$2', '$1')} AS completions, "
        f"{counters.worth('$2', '$1')} AS entries, "
        f"{counters.number('trackings', '$2', '$1')} AS trackings",
        action.id,
        action.campaign_id,
    )
    return ExtentOfAction(**dict(row))
