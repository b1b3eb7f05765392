"""What friends have completed for those by whose links they came: taken back, and restored.

Whoever does either holds the campaign (see store/referrals).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from trk.core.campaign import Campaign
from trk.core.referral import Completed, day_of, friend_on
from trk.core.unlock import Unlocked
from trk.store import corrections
from trk.store.corrections import Cause
from trk.store.program import Transaction, as_list, as_rows, ids, number
from trk.store.taking_part import takes_part

Refused = Literal["friend_out", "friends_full"]
"""Why a friend can't count again: they take no part, or as many count already as may."""
SOURCE = "referral"


class FriendRefused(Exception):
    """What a friend has completed can't count again: `why` says for which reason."""

    def __init__(self, why: Refused) -> None:
        super().__init__(why)
        self.why: Refused = why


async def possible(tx: Transaction, campaign: Campaign) -> bool:
    """Do friends complete anything in this campaign, or have they ever?"""
    found = await tx.fetch(
        "SELECT 1 AS one FROM actions AS a WHERE a.campaign_id = $1 AND a.deleted_at IS NULL "
        f"AND a.verification = '{SOURCE}' UNION ALL SELECT 1 AS one FROM completions AS c "
        f"WHERE c.campaign_id = $1 AND c.source = '{SOURCE}' LIMIT 1",
        campaign.id,
    )
    return bool(found)


async def check_restored(
    tx: Transaction, campaign: Campaign, referrer_id: int, action_id: int, day: str
) -> None:
    """Raise FriendRefused unless what a friend has completed may count, which was just restored.

    The campaign is held, so that it stays so.
    """
    takes_part_still = await tx.fetch(
        "SELECT 1 AS one FROM entrants AS e "
        f"WHERE e.campaign_id = $1 AND e.id = $2 AND {takes_part('e')} AND e.erased_at IS NULL",
        campaign.id,
        friend_on(day),
    )
    if not takes_part_still:
        raise FriendRefused("friend_out")
    if await _places(tx, campaign, referrer_id, action_id) < 0:
        raise FriendRefused("friends_full")


async def take_back(
    tx: Transaction, campaign_id: int, friends: Collection[int], reason: str, now: int
) -> None:
    """Take back what these entrants have completed for others."""
    sql = "SELECT * FROM referrals WHERE plain(campaign_id) = $1 AND friend_id IN ids($2)"
    found = await tx.fetch(sql, campaign_id, as_list(friends))
    theirs = {(row["referrer_id"], day_of(row["friend_id"])) for row in found}
    before = await of_referrers(tx, campaign_id, [row["referrer_id"] for row in found])
    taken = await ids(
        tx,
        "UPDATE completions SET invalidated_at = CAST($3 AS BIGINT), "
        "invalidated_reason = CAST($4 AS TEXT) WHERE invalidated_at IS NULL "
        "AND campaign_id = $1 AND id IN ids($2) RETURNING id",
        campaign_id,
        as_list([each.id for (who, _, day), each in before.items() if (who, day) in theirs]),
        now,
        reason,
    )
    await corrections.note(tx, campaign_id, "invalidated", sorted(taken), Cause(reason, now))


async def restore(
    tx: Transaction, campaign: Campaign, completions: Collection[int], now: int
) -> None:
    """Give back what friends have completed."""
    restored = await ids(
        tx,
        "UPDATE completions SET invalidated_at = NULL, invalidated_reason = NULL "
        "WHERE campaign_id = $1 AND id IN ids($2) RETURNING id",
        campaign.id,
        as_list(completions),
    )
    reason = "The friend takes part again."
    await corrections.note(tx, campaign.id, "restored", sorted(restored), Cause(reason, now))


async def of_referrers(
    tx: Transaction, campaign_id: int, referrers: Collection[int]
) -> dict[Unlocked, Completed]:
    """What friends have completed for these entrants, and why it was taken back, if it was."""
    found = await tx.fetch(
        "SELECT c.id, c.entrant_id, c.action_id, c.day, c.invalidated_reason AS reason, "
        "c.invalidated_at IS NULL AS valid "
        "FROM rows($1) AS r LEFT JOIN each[completions AS c ON c.campaign_id = $2 "
        f"AND c.entrant_id = CAST(r.value ->> 0 AS BIGINT) AND c.source = '{SOURCE}']",
        as_rows([(each,) for each in set(referrers)]),
        campaign_id,
    )
    return {
        (row["entrant_id"], row["action_id"], row["day"]): Completed(
            row["id"], bool(row["valid"]), row["reason"]
        )
        for row in found
        if row["id"] is not None
    }


async def _places(tx: Transaction, campaign: Campaign, referrer: int, action_id: int) -> int:
    """How many more friends may complete this action for a referrer."""
    return await number(
        tx,
        "SELECT a.friends - (SELECT COUNT(*) FROM completions AS u "
        "WHERE plain(u.campaign_id) = $3 AND u.entrant_id = $1 "
        f"AND u.action_id = a.id AND u.source = '{SOURCE}' AND u.invalidated_at IS NULL) AS n "
        "FROM actions AS a "
        "WHERE a.campaign_id = $3 AND a.id = $2",
        referrer,
        action_id,
        campaign.id,
    )
