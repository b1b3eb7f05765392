"""Recounts: all friends of a large campaign are counted anew, a part at a time, so that beacons do
not wait. This is how far each has come; store/recounting counts.

A campaign has one at the most. Whoever begins, continues or looks at it to act on it holds the
campaign (see browsers.hold_campaign).
"""

from __future__ import annotations

from typing import Final, NamedTuple

from trk.core.campaign import Campaign
from trk.store.errors import StillCounting
from trk.store.program import Row, Transaction, first

TAKE_BACK: Final = 0
"""The first time through all friends, where only confirmed e-mails count: what those have completed
who have not confirmed theirs is taken back."""
GIVE_BACK: Final = 1
"""The second time: what was taken back from friends who count comes before what is new."""
COUNT: Final = 2
"""The last time: newcomers take the places that are left."""

TAKES_BACK = f"SELECT 1 FROM recounts AS n WHERE n.campaign_id = $1 AND n.stage = {TAKE_BACK}"
"""SQL: what friends have completed in the campaign `$1` may still have to be taken back."""


class RecountProgress(NamedTuple):
    """How far a recount has come: its stage, and the friend who was the last, in the order of
    referrers and then of friends."""

    stage: int
    referrer_id: int = 0
    friend_id: int = 0

    def has_reached(self, referral: Row) -> bool:
        """Has this friend been counted anew? All others are going to be."""
        place = referral["referrer_id"], referral["friend_id"]
        return self.stage == COUNT and place <= (self.referrer_id, self.friend_id)


class Recount(NamedTuple):
    """A recount that is not finished; `since` is when it was begun first (ms): who was blocked
    later took part then, and what their friends did is counted for them."""

    since: int
    progress: RecountProgress


BEGINNING = RecountProgress(TAKE_BACK)


async def begin(tx: Transaction, campaign: Campaign, now: int) -> None:
    """Begin a recount at `now` (ms), or begin the one anew that is under way. All friends who
    are counted for somebody who takes part again are among those."""
    await _forget_readmissions(tx, campaign)
    await tx.fetch(
        "INSERT INTO recounts (campaign_id, since, stage, referrer_id, friend_id) "
        "SELECT k.id, CAST($2 AS BIGINT), "
        f"CASE k.confirmed_only WHEN 1 THEN {TAKE_BACK} ELSE {GIVE_BACK} END, 0, 0 "
        "FROM campaigns AS k WHERE k.id = $1 ON CONFLICT (campaign_id) "
        "DO UPDATE SET stage = excluded.stage, referrer_id = 0, friend_id = 0",
        campaign.id,
        now,
    )


async def of(tx: Transaction, campaign: Campaign) -> Recount | None:
    """The recount that is under way, or None."""

    def made(since: int, **progress: int) -> Recount:
        return Recount(since, RecountProgress(**progress))

    sql = "SELECT since, stage, referrer_id, friend_id FROM recounts WHERE campaign_id = $1"
    return await first(tx, made, sql, campaign.id)


async def move(tx: Transaction, campaign: Campaign, progress: RecountProgress) -> None:
    """Note how far the recount has come."""
    sql = "UPDATE recounts SET stage = $2, referrer_id = $3, friend_id = $4 WHERE campaign_id = $1"
    await tx.fetch(sql, campaign.id, *progress)


async def end(tx: Transaction, campaign: Campaign) -> None:
    """All friends are counted."""
    await _forget_readmissions(tx, campaign)
    await tx.fetch("DELETE FROM recounts WHERE campaign_id = $1", campaign.id)


async def check(tx: Transaction, campaign: Campaign) -> None:
    """Raise StillCounting while friends are being counted."""
    if await under_way(tx, campaign):
        raise StillCounting("friends are", campaign)


async def under_way(tx: Transaction, campaign: Campaign) -> bool:
    """Are friends being counted, all anew or those of somebody who takes part again?"""
    sql = (
        "SELECT 1 AS one FROM recounts AS n WHERE n.campaign_id = $1 UNION ALL "
        "SELECT 1 AS one FROM readmissions AS d WHERE d.campaign_id = $1 LIMIT 1"
    )
    return bool(await tx.fetch(sql, campaign.id))


async def _forget_readmissions(tx: Transaction, campaign: Campaign) -> None:
    await tx.fetch("DELETE FROM readmissions WHERE campaign_id = $1", campaign.id)
