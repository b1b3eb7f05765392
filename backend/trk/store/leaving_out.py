"""Leaving out many entrants at once, with one reason: each is blocked, and each can be told apart
and let take part again."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from trk.core import referral
from trk.core.campaign import Campaign
from trk.store import browsers, clusters, corrections, friend_completions, referrals, rewards
from trk.store.corrections import Cause
from trk.store.program import Transaction, as_list, as_rows, every, ids

_GROUPS = 50
_ALL = 2**62
_IN_ORDER = "ORDER BY id FOR NO KEY UPDATE"
"""SQL: held as rewards.grant holds them, see docs/decisions/one-order-of-locks.md."""


class LeftOut(NamedTuple):
    """Entrants who were left out together: when (ms), why, and how many still are."""

    at: int
    reason: str
    entrants: int


async def several(
    tx: Transaction,
    campaign: Campaign,
    chosen: Collection[int],
    cause: Cause,
) -> list[int]:
    """Leave these entrants out; the ids of those that were not blocked before."""
    return await _block(tx, campaign, "ids($2)", cause, as_list(chosen))


async def unconfirmed(
    tx: Transaction,
    campaign: Campaign,
    cause: Cause,
    most: int = _ALL,
    after: int = 0,
) -> list[int]:
    """Leave out all who have not confirmed their e-mail, at the most so many, with ids above
    `after`."""
    who = (
        "SELECT e.id FROM entrants AS e WHERE e.campaign_id = $1 AND e.confirmed_at IS NULL "
        "AND e.blocked_at IS NULL AND e.erased_at IS NULL AND e.id > $2 ORDER BY e.id LIMIT $3"
    )
    return await _block(tx, campaign, f"({who})", cause, after, most)


async def who_stays(
    tx: Transaction,
    campaign: Campaign,
    kind: clusters.Kind,
    entrant_id: int,
    settled: int | None = None,
) -> int | None:
    """Who stays of a cluster when all others are left out: who was `settled` before, as long as
    they take part; otherwise the first who confirmed their e-mail, or the first."""
    found = await ids(
        tx,
        "SELECT k.id FROM entrants AS k WHERE k.campaign_id = $1 "
        f"AND k.id IN ({clusters.around(campaign, kind, entrant_id)}) "
        "AND k.blocked_at IS NULL AND k.erased_at IS NULL "
        "ORDER BY CASE WHEN k.id = $2 THEN 0 WHEN k.confirmed_at IS NULL THEN 2 ELSE 1 END, k.id "
        "LIMIT 1",
        campaign.id,
        settled,
    )
    return found[0] if found else None


async def all_but_one(
    tx: Transaction,
    campaign: Campaign,
    kind: clusters.Kind,
    entrant_id: int,
    cause: Cause,
    most: int = _ALL,
    after: int = 0,
    settled: int | None = None,
) -> list[int]:
    """Leave out all in a cluster but the one who stays (`settled` as there), at the most so many,
    with ids above `after`."""
    await browsers.hold_campaign(tx, campaign.id)
    stays = await who_stays(tx, campaign, kind, entrant_id, settled)
    if stays is None:
        return []
    others = (
        "SELECT o.id FROM entrants AS o WHERE o.campaign_id = $1 "
        f"AND o.id IN ({clusters.around(campaign, kind, entrant_id)}) AND o.id <> $2 "
        # `plain`: SQLite would look through all that are above.
        "AND o.blocked_at IS NULL AND o.erased_at IS NULL AND plain(o.id) > $3 "
        "ORDER BY o.id LIMIT $4"
    )
    return await _block(tx, campaign, f"({others})", cause, stays, after, most)


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
    tx: Transaction,
    campaign: Campaign,
    at: int,
    cause: Cause,
    most: int = _ALL,
    after: int = 0,
) -> list[int]:
    """Let all take part again who were left out together at that instant, at the most so many, with
    ids above `after`; who earned a reward gets it."""
    await browsers.hold_campaign(tx, campaign.id)
    sql = (
        "SELECT id FROM entrants WHERE campaign_id = $1 AND blocked_at = $2 AND erased_at IS NULL "
        "AND id > $3 ORDER BY id LIMIT $4"
    )
    chosen = await ids(tx, sql, campaign.id, at, after, most)
    return await let_in(tx, campaign, chosen, cause)


async def let_in(
    tx: Transaction,
    campaign: Campaign,
    chosen: Collection[int],
    cause: Cause,
) -> list[int]:
    """Let these entrants take part again; who earned a reward gets it. The ids of those who were
    blocked."""
    await browsers.hold_campaign(tx, campaign.id)
    await referrals.hold(tx, campaign, chosen)
    blocked = await tx.fetch(
        "SELECT e.id AS id, e.blocked_at, e.blocked_reason FROM entrants AS e "
        "WHERE e.campaign_id = $1 AND e.id IN ids($2) "
        "AND e.blocked_at IS NOT NULL AND e.erased_at IS NULL ORDER BY e.id",
        campaign.id,
        as_list(set(chosen)),
    )
    was = {row["id"]: (row["blocked_at"], row["blocked_reason"]) for row in blocked}
    changed = list(was)
    sql = (
        "UPDATE entrants SET blocked_at = NULL, blocked_reason = NULL "
        "WHERE campaign_id = $1 AND id IN ids($2)"
    )
    await tx.fetch(sql, campaign.id, as_list(changed))
    await corrections.note(tx, campaign.id, "unblocked", changed, cause, was)
    since = {each: at for each, (at, _) in was.items()}
    referrers = await referrals.count(tx, campaign, changed, cause.at, since)
    await rewards.grant(tx, campaign, {*changed, *referrers}, cause.at)
    return changed


async def block_again(
    tx: Transaction,
    campaign: Campaign,
    was: Collection[tuple[int, int, str]],
    cause: Cause,
) -> list[int]:
    """Block these entrants as they were before: each with its instant (ms) and its reason. The ids
    of those who were not blocked."""
    await browsers.hold_campaign(tx, campaign.id)
    held = f"SELECT id FROM entrants WHERE campaign_id = $1 AND id IN ids($2) {_IN_ORDER}"
    await tx.fetch(held, campaign.id, as_list([each for each, *_ in was]))
    blocked = await ids(
        tx,
        "UPDATE entrants SET blocked_at = CAST(r.value ->> 1 AS BIGINT), "
        "blocked_reason = r.value ->> 2 FROM rows($1) AS r "
        "WHERE entrants.id = CAST(r.value ->> 0 AS BIGINT) AND entrants.campaign_id = $2 "
        "AND entrants.blocked_at IS NULL AND entrants.erased_at IS NULL RETURNING id",
        as_rows(list(was)),
        campaign.id,
    )
    changed = sorted(blocked)
    await corrections.note(tx, campaign.id, "blocked", changed, cause)
    await friend_completions.take_back(tx, campaign.id, changed, referral.BLOCKED, cause.at)
    return changed


async def _block(
    tx: Transaction,
    campaign: Campaign,
    chosen: str,
    cause: Cause,
    *more: str | int,
) -> list[int]:
    """Block those who are `chosen` (SQL for what their ids are in, with `more` from `$2` on)."""
    await browsers.hold_campaign(tx, campaign.id)
    changed = await ids(
        tx,
        "SELECT id FROM entrants WHERE campaign_id = $1 AND blocked_at IS NULL "
        f"AND erased_at IS NULL AND id IN {chosen} {_IN_ORDER}",
        campaign.id,
        *more,
    )
    sql = (
        "UPDATE entrants SET blocked_at = CAST($3 AS BIGINT), blocked_reason = CAST($4 AS TEXT) "
        "WHERE campaign_id = $1 AND id IN ids($2)"
    )
    await tx.fetch(sql, campaign.id, as_list(changed), cause.at, cause.reason)
    await corrections.note(tx, campaign.id, "blocked", changed, cause)
    await friend_completions.take_back(tx, campaign.id, changed, referral.BLOCKED, cause.at)
    return changed
