"""Completions that the owner takes back or gives back: their entries, and their unique values."""

from __future__ import annotations

from collections.abc import Collection

from trk.core.campaign import Campaign
from trk.core.unlock import value_key
from trk.store import browsers, friend_completions, rewards
from trk.store.corrections import Cause, note
from trk.store.program import Row, Transaction, as_rows


async def invalidate(
    tx: Transaction,
    campaign: Campaign,
    completions: Collection[int],
    cause: Cause,
) -> list[int]:
    """Take these completions' entries back; the ids of those that were valid.

    The actions stay done, so that the same person can't simply do them again. Their unique values
    are free again for the person to whom they belong.
    """
    await browsers.hold_campaign(tx, campaign.id)
    sql = (
        "UPDATE completions SET invalidated_at = $3, invalidated_reason = $4 "
        "WHERE id = $1 AND campaign_id = $2 AND invalidated_at IS NULL "
        "RETURNING action_id, entrant_id, details"
    )
    free = (
        "DELETE FROM unique_values WHERE campaign_id = $1 AND action_id = $2 "
        "AND entrant_id = $3 AND value_hash = $4"
    )
    changed = []
    for each in sorted(set(completions)):
        for row in await tx.fetch(sql, each, campaign.id, cause.at, cause.reason):
            key = value_key(row["details"])
            await tx.fetch(free, campaign.id, row["action_id"], row["entrant_id"], key)
            changed.append(each)
    await note(tx, campaign.id, "invalidated", changed, cause)
    return changed


async def restore(
    tx: Transaction,
    campaign: Campaign,
    completions: Collection[int],
    cause: Cause,
) -> list[int]:
    """Give the entries of these invalidated completions back, with the rewards that are earned by
    it; the ids of those that were invalid.

    Raises Duplicate if a unique value has been used again meanwhile, and FriendRefused if a
    friend who has completed one can't count now.
    """
    await browsers.hold_campaign(tx, campaign.id)
    restored = []
    for each in sorted(set(completions)):
        restored += await _restore(tx, campaign, each, cause)
    used = sorted(
        (row["action_id"], key, row["entrant_id"])
        for row in restored
        if (key := value_key(row["details"])) is not None
    )
    await tx.fetch(
        "INSERT INTO unique_values (campaign_id, action_id, value_hash, entrant_id, used_at) "
        "SELECT a.campaign_id, a.id, r.value ->> 1, CAST(r.value ->> 2 AS BIGINT), "
        "CAST($2 AS BIGINT) FROM rows($1) AS r JOIN actions AS a ON a.campaign_id = $3 "
        "AND a.id = CAST(r.value ->> 0 AS BIGINT) WHERE a.unique_value = 1",
        as_rows(used),
        cause.at,
        campaign.id,
    )
    await rewards.grant(tx, campaign, {row["entrant_id"] for row in restored}, cause.at)
    return [row["id"] for row in restored]


async def _restore(
    tx: Transaction, campaign: Campaign, completion_id: int, cause: Cause
) -> list[Row]:
    """Restore a completion, but for its unique value; its row, if it was invalid."""
    was = await tx.fetch(
        "SELECT invalidated_at AS at, invalidated_reason AS reason FROM completions "
        "WHERE id = $1 AND campaign_id = $2",
        completion_id,
        campaign.id,
    )
    sql = (
        "UPDATE completions SET invalidated_at = NULL, invalidated_reason = NULL "
        "WHERE id = $1 AND campaign_id = $2 AND invalidated_at IS NOT NULL "
        "RETURNING id, action_id, entrant_id, day, source, details"
    )
    rows = await tx.fetch(sql, completion_id, campaign.id)
    for row in rows:
        if row["source"] == friend_completions.SOURCE:
            await friend_completions.check_restored(
                tx, campaign, row["entrant_id"], row["action_id"], row["day"]
            )
        ended = {completion_id: (was[0]["at"], was[0]["reason"])}
        await note(tx, campaign.id, "restored", ended, cause, ended)
    return rows
