"""Readmissions: entrants who take part again, and by whose links more friends have come than are
counted at once. This is how far counting them has come; store/recounting counts.

It comes out as if all were counted when the entrant was let in: what was taken back is given back
first (GIVE_BACK), then those complete something who have come since the block (COUNT). Whoever
begins, continues or looks at one to act on it holds the campaign (see browsers.hold_campaign).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

from trk.core.campaign import Campaign
from trk.store.program import Row, Transaction, as_list, as_rows, every
from trk.store.recounts import COUNT, GIVE_BACK

FEW: Final = 200
"""How many friends are too many to be counted with letting in those by whose links they came."""


class Readmission(NamedTuple):
    """Whose friends are counted: they were blocked at `blocked_at` (ms) and let in at `since`; how
    far it has come, by the stage and the friend who was the last."""

    referrer_id: int
    blocked_at: int
    since: int
    stage: int
    friend_id: int

    def waits(self, referral: Row) -> bool:
        """Is this friend counted later, in order? Who came before the block need not wait for
        those who came after it."""
        if referral["made_at"] < self.blocked_at:
            return False
        return self.stage < COUNT or referral["friend_id"] > self.friend_id


async def friends(tx: Transaction, campaign: Campaign, referrers: Collection[int]) -> int:
    """How many friends these have, or FEW if there are more."""
    if not referrers:
        return 0
    found = await tx.fetch(
        "SELECT f.friend_id FROM referrals AS f WHERE f.campaign_id = $1 "
        "AND f.referrer_id IN ids($2) LIMIT $3",
        campaign.id,
        as_list(referrers),
        FEW,
    )
    return len(found)


async def begin(tx: Transaction, campaign: Campaign, let_in: Mapping[int, int], now: int) -> None:
    """Begin to count the friends of those who are `let_in` at `now` (ms), each with when they were
    blocked. One that is under way begins anew, from the first block on."""
    await tx.fetch(
        "INSERT INTO readmissions AS n "
        "(campaign_id, referrer_id, blocked_at, since, stage, friend_id) "
        "SELECT CAST($2 AS BIGINT), CAST(r.value ->> 0 AS BIGINT), "
        "CAST(r.value ->> 1 AS BIGINT), CAST($3 AS BIGINT), CAST($4 AS INTEGER), 0 "
        "FROM rows($1) AS r WHERE EXISTS (SELECT 1 FROM referrals AS f WHERE f.campaign_id = $2 "
        "AND f.referrer_id = CAST(r.value ->> 0 AS BIGINT)) "
        "ON CONFLICT (campaign_id, referrer_id) DO UPDATE SET since = excluded.since, "
        "stage = excluded.stage, friend_id = 0, blocked_at = CASE "
        "WHEN n.blocked_at < excluded.blocked_at THEN n.blocked_at ELSE excluded.blocked_at END",
        as_rows(list(let_in.items())),
        campaign.id,
        now,
        GIVE_BACK,
    )


async def of(
    tx: Transaction, campaign: Campaign, referrers: Collection[int]
) -> dict[int, Readmission]:
    """Those of these referrers whose friends are being counted."""
    sql = (
        "SELECT referrer_id, blocked_at, since, stage, friend_id FROM readmissions "
        "WHERE campaign_id = $1 AND referrer_id IN ids($2)"
    )
    found = await every(tx, Readmission, sql, campaign.id, as_list(set(referrers)))
    return {each.referrer_id: each for each in found}


async def first(tx: Transaction, campaign: Campaign, most: int) -> list[Readmission]:
    """The next referrers whose friends are to be counted, all at one stage, in order."""
    return await every(
        tx,
        Readmission,
        "SELECT referrer_id, blocked_at, since, stage, friend_id FROM readmissions AS n "
        "WHERE n.campaign_id = $1 AND n.stage = "
        "(SELECT MIN(o.stage) FROM readmissions AS o WHERE o.campaign_id = $1) "
        "ORDER BY n.referrer_id LIMIT $2",
        campaign.id,
        most,
    )


async def move(tx: Transaction, campaign: Campaign, one: Readmission, friend_id: int) -> None:
    """Note who was the last friend at this stage so far."""
    sql = "UPDATE readmissions SET friend_id = $3 WHERE campaign_id = $1 AND referrer_id = $2"
    await tx.fetch(sql, campaign.id, one.referrer_id, friend_id)


async def end_stage(tx: Transaction, campaign: Campaign, those: Collection[Readmission]) -> None:
    """All friends of these have passed their stage: the next one follows, or it is the end."""
    done = as_list([each.referrer_id for each in those])
    theirs = "campaign_id = $1 AND referrer_id IN ids($2)"
    sql = f"DELETE FROM readmissions WHERE {theirs} AND stage >= $3"
    await tx.fetch(sql, campaign.id, done, COUNT)
    sql = f"UPDATE readmissions SET stage = stage + 1, friend_id = 0 WHERE {theirs}"
    await tx.fetch(sql, campaign.id, done)
