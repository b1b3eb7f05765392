"""Leaving out many entrants at once, with one reason: each is blocked, and each can be told apart
and let take part again."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from trk.core.campaign import Campaign
from trk.store import browsers, clusters, referrals, rewards
from trk.store.program import Transaction, as_rows, every, ids

_GROUPS = 50


class LeftOut(NamedTuple):
    """Entrants who were left out together: when (ms), why, and how many still are."""

    at: int
    reason: str
    entrants: int


async def several(
    tx: Transaction, campaign: Campaign, chosen: Collection[int], reason: str, now: int
) -> list[int]:
    """Leave these entrants out; the ids of those that were not blocked before."""
    listed = "SELECT CAST(r.value ->> 0 AS BIGINT) FROM rows($4) AS r"
    return await _block(tx, campaign, listed, reason, now, as_rows([(each,) for each in chosen]))


async def unconfirmed(tx: Transaction, campaign: Campaign, reason: str, now: int) -> list[int]:
    """Leave out all who have not confirmed their e-mail."""
    who = (
        "SELECT e.id FROM entrants AS e WHERE e.campaign_id = $1 AND e.confirmed_at IS NULL "
        "AND e.blocked_at IS NULL AND e.erased_at IS NULL"
    )
    return await _block(tx, campaign, who, reason, now)


async def all_but_one(
    tx: Transaction,
    campaign: Campaign,
    kind: clusters.Kind,
    entrant_id: int,
    reason: str,
    now: int,
) -> list[int]:
    """Leave out all in a cluster but one: the first who confirmed their e-mail, or the first."""
    around = clusters.around(kind, entrant_id)
    one = (
        f"SELECT k.id FROM entrants AS k WHERE k.campaign_id = $1 AND k.id IN ({around}) "
        "AND k.blocked_at IS NULL AND k.erased_at IS NULL "
        "ORDER BY CASE WHEN k.confirmed_at IS NULL THEN 1 ELSE 0 END, k.id LIMIT 1"
    )
    kept = await ids(tx, one, campaign.id)
    if not kept:
        return []
    return await _block(tx, campaign, f"{around} EXCEPT SELECT {kept[0]}", reason, now)


async def groups(tx: Transaction, campaign: Campaign) -> list[LeftOut]:
    """Those who were left out together, the latest first."""
    return await every(
        tx,
        LeftOut,
        "SELECT e.blocked_at AS at, e.blocked_reason AS reason, COUNT(*) AS entrants "
        "FROM entrants AS e WHERE e.campaign_id = $1 AND e.blocked_at IS NOT NULL "
        "AND e.erased_at IS NULL GROUP BY e.blocked_at, e.blocked_reason HAVING COUNT(*) > 1 "
        "ORDER BY e.blocked_at DESC, e.blocked_reason LIMIT $2",
        campaign.id,
        _GROUPS,
    )


async def take_back(
    tx: Transaction, campaign: Campaign, at: int, reason: str, now: int
) -> list[int]:
    """Let all take part again who were left out together at that instant, for a reason; who earned
    a reward gets it."""
    await browsers.hold_campaign(tx, campaign.id)
    changed = await ids(
        tx,
        "UPDATE entrants SET blocked_at = NULL, blocked_reason = NULL WHERE campaign_id = $1 "
        "AND blocked_at = $2 AND blocked_at IS NOT NULL AND erased_at IS NULL RETURNING id",
        campaign.id,
        at,
    )
    await _note(tx, campaign, "unblocked", changed, reason, now)
    await referrals.count(tx, campaign, changed, now)
    await rewards.grant(tx, campaign, changed, now)
    return changed


async def _block(
    tx: Transaction, campaign: Campaign, chosen: str, reason: str, now: int, *more: str
) -> list[int]:
    changed = await ids(
        tx,
        "UPDATE entrants SET blocked_at = CAST($2 AS BIGINT), blocked_reason = CAST($3 AS TEXT) "
        "WHERE campaign_id = $1 AND blocked_at IS NULL AND erased_at IS NULL "
        f"AND id IN ({chosen}) RETURNING id",
        campaign.id,
        now,
        reason,
        *more,
    )
    await _note(tx, campaign, "blocked", changed, reason, now)
    await referrals.take_back(tx, campaign.id, changed, referrals.BLOCKED, now)
    return sorted(changed)


async def _note(
    tx: Transaction, campaign: Campaign, kind: str, changed: list[int], reason: str, now: int
) -> None:
    await tx.fetch(
        "INSERT INTO corrections (campaign_id, kind, entrant_id, reason, made_at) "
        "SELECT CAST($2 AS BIGINT), CAST($3 AS TEXT), CAST(r.value ->> 0 AS BIGINT), "
        "CAST($4 AS TEXT), CAST($5 AS BIGINT) FROM rows($1) AS r",
        as_rows([(each,) for each in sorted(changed)]),
        campaign.id,
        kind,
        reason,
        now,
    )
