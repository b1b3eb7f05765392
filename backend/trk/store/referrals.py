"""Referrals: who has entered by whose link, and the actions that friends complete by that.

A friend counts once, for one referrer: for each such action of the campaign, until as many have
counted as its owner allows. Where only confirmed e-mails count, it does when the friend confirms.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from trk.core.campaign import Action, Campaign, refusal_at
from trk.store import actions, clusters, unlocks
from trk.store.program import Transaction, as_rows, number
from trk.store.taking_part import takes_part

Refused = Literal["friend_out", "friends_full"]
"""Why a friend can't count again: they take no part, or as many count already as may."""
SOURCE = "referral"
BLOCKED = "The friend was blocked."
ERASED = "The friend’s data was erased."
UNCONFIRMED = "The friend has not confirmed their e-mail."

_DAY = "friend "
"""What the `day` of such a completion begins with; the friend's id follows."""
_FRIENDS = "SELECT CAST(r.value ->> 0 AS BIGINT) FROM rows($1) AS r"


async def hold(tx: Transaction, campaign: Campaign, entrants: Collection[int]) -> None:
    """Hold these entrants and those by whose links they came, until this transaction ends.

    A friend is always later than the referrer, and whoever gives rewards to both, or blocks both,
    holds them in the order of their ids. So whoever lets a friend count holds both at once: see
    docs/decisions/one-order-of-locks.md.
    """
    await tx.fetch(
        f"SELECT e.id FROM entrants AS e WHERE e.campaign_id = $2 AND e.id IN ({_FRIENDS} UNION "
        f"SELECT f.referrer_id FROM referrals AS f WHERE f.friend_id IN ({_FRIENDS})) "
        "ORDER BY e.id FOR NO KEY UPDATE",
        as_rows([(each,) for each in entrants]),
        campaign.id,
    )


async def note(
    tx: Transaction, campaign: Campaign, referrer_id: int, friend_id: int, now: int
) -> None:
    """Note that somebody who enters now has done so by the link of another entrant.

    Not in a browser in which somebody has entered before, nor with the mailbox of somebody who has:
    that would be the referrer, or a friend who is known already. The campaign is held (see
    browsers.hold_campaign), so that of two such at once one is the first.
    """
    await tx.fetch(
        "INSERT INTO referrals (friend_id, campaign_id, referrer_id, made_at) "
        "SELECT e.id, e.campaign_id, k.id, CAST($4 AS BIGINT) FROM entrants AS e "
        "JOIN entrants AS k ON k.campaign_id = e.campaign_id AND k.id = $2 AND k.id <> e.id "
        "AND k.blocked_at IS NULL AND k.erased_at IS NULL "
        "WHERE e.id = $3 AND e.campaign_id = $1 AND e.created_at = $4 "
        "AND NOT EXISTS (SELECT 1 FROM entrants AS o WHERE o.campaign_id = $1 "
        "AND o.browser_hash = e.browser_hash AND o.browser_hash <> '' AND o.id <> e.id) "
        "AND NOT EXISTS (SELECT 1 FROM entrants AS o WHERE o.campaign_id = $1 "
        "AND o.mailbox = e.mailbox AND o.mailbox IS NOT NULL AND o.id <> e.id "
        "AND o.blocked_at IS NULL AND o.erased_at IS NULL) "
        "AND NOT EXISTS (SELECT 1 FROM entrants AS o WHERE o.campaign_id = $1 "
        "AND o.blocked_at IS NOT NULL AND o.mailbox = e.mailbox AND o.id <> e.id) "
        "ON CONFLICT DO NOTHING",
        campaign.id,
        referrer_id,
        friend_id,
        now,
    )


async def count(
    tx: Transaction, campaign: Campaign, friends: Collection[int], now: int
) -> list[int]:
    """Complete the referrers' actions for those of these entrants who take part; what was taken
    back because they were blocked is given back. Returns the referrers: their rewards are still to
    be given.

    The campaign is held, so that no more count at once than may, and none is blocked meanwhile.
    """
    found = await tx.fetch(
        "SELECT f.friend_id, f.referrer_id FROM referrals AS f "
        "JOIN entrants AS e ON e.id = f.friend_id JOIN entrants AS k ON k.id = f.referrer_id "
        f"WHERE f.friend_id IN ({_FRIENDS}) AND {takes_part('e')} AND e.erased_at IS NULL "
        "AND k.blocked_at IS NULL AND k.erased_at IS NULL ORDER BY f.friend_id",
        as_rows([(each,) for each in friends]),
    )
    if not found:
        return []
    known = await actions.of_campaigns(tx, [campaign.id])
    referring = [each for each in known if each.refers]
    for row in found:
        for action in referring:
            await _complete(tx, campaign, action, row["referrer_id"], row["friend_id"], now)
    return [row["referrer_id"] for row in found]


async def count_anew(tx: Transaction, campaign: Campaign, now: int) -> None:
    """Count the friends by whether only confirmed e-mails count from now on; the campaign is held,
    and the rewards are still to be given."""
    found = await tx.fetch(
        "SELECT f.friend_id, e.confirmed_at FROM referrals AS f "
        "JOIN entrants AS e ON e.id = f.friend_id WHERE f.campaign_id = $1 ORDER BY f.friend_id",
        campaign.id,
    )
    if campaign.confirmed_only:
        out = [row["friend_id"] for row in found if row["confirmed_at"] is None]
        await take_back(tx, campaign.id, out, UNCONFIRMED, now)
    await count(tx, campaign, [row["friend_id"] for row in found], now)


class FriendRefused(Exception):
    """What a friend has completed can't count again: `why` says for which reason."""

    def __init__(self, why: Refused) -> None:
        super().__init__(why)
        self.why: Refused = why


async def check_restored(tx: Transaction, referrer_id: int, action_id: int, day: str) -> None:
    """Raise FriendRefused unless what a friend has completed may count, which was just restored.

    The campaign is held, so that it stays so.
    """
    takes_part_still = await tx.fetch(
        "SELECT 1 AS one FROM entrants AS e "
        f"WHERE e.id = $1 AND {takes_part('e')} AND e.erased_at IS NULL",
        int(day.removeprefix(_DAY)),
    )
    if not takes_part_still:
        raise FriendRefused("friend_out")
    if await _places(tx, referrer_id, action_id) < 0:
        raise FriendRefused("friends_full")


async def take_back(
    tx: Transaction, campaign_id: int, friends: Collection[int], reason: str, now: int
) -> None:
    """Take back what these entrants have completed for others."""
    taken = await tx.fetch(
        "UPDATE completions SET invalidated_at = CAST($3 AS BIGINT), "
        "invalidated_reason = CAST($4 AS TEXT) WHERE invalidated_at IS NULL "
        f"AND source = '{SOURCE}' AND campaign_id = $2 AND (entrant_id, day) IN "
        f"(SELECT f.referrer_id, '{_DAY}' || f.friend_id FROM referrals AS f "
        f"WHERE f.friend_id IN ({_FRIENDS})) RETURNING id",
        as_rows([(each,) for each in friends]),
        campaign_id,
        now,
        reason,
    )
    await _note(tx, campaign_id, "invalidated", [row["id"] for row in taken], reason, now)


async def _complete(
    tx: Transaction, campaign: Campaign, action: Action, referrer: int, friend: int, now: int
) -> None:
    if await _places(tx, referrer, action.id) <= 0:
        return
    day = f"{_DAY}{friend}"
    before = await tx.fetch(
        "SELECT id, invalidated_reason AS reason FROM completions "
        "WHERE entrant_id = $1 AND action_id = $2 AND day = $3",
        referrer,
        action.id,
        day,
    )
    if before:
        if before[0]["reason"] in (BLOCKED, UNCONFIRMED):
            await _restore(tx, campaign, before[0]["id"], now)
        return
    shared = await tx.fetch(f"{clusters.around('browser', friend)} INTERSECT SELECT {referrer}")
    if shared or refusal_at(campaign, now) is not None:
        return
    unlock = (referrer, action.id, day)
    earned = unlocks.Earned(campaign.id, unlock, action.worth, f"entrant {friend}", SOURCE, now)
    await unlocks.keep(tx, {campaign.id: campaign}, [earned], now)


async def _places(tx: Transaction, referrer: int, action_id: int) -> int:
    """How many more friends may complete this action for a referrer."""
    return await number(
        tx,
        "SELECT a.friends - (SELECT COUNT(*) FROM completions AS u WHERE u.entrant_id = $1 "
        "AND u.action_id = a.id AND u.invalidated_at IS NULL) AS n FROM actions AS a "
        "WHERE a.id = $2",
        referrer,
        action_id,
    )


async def _restore(tx: Transaction, campaign: Campaign, completion_id: int, now: int) -> None:
    await tx.fetch(
        "UPDATE completions SET invalidated_at = NULL, invalidated_reason = NULL WHERE id = $1",
        completion_id,
    )
    reason = "The friend takes part again."
    await _note(tx, campaign.id, "restored", [completion_id], reason, now)


async def _note(
    tx: Transaction, campaign_id: int, kind: str, completions: list[int], reason: str, now: int
) -> None:
    await tx.fetch(
        "INSERT INTO corrections (campaign_id, kind, completion_id, reason, made_at) "
        "SELECT CAST($2 AS BIGINT), CAST($3 AS TEXT), CAST(r.value ->> 0 AS BIGINT), "
        "CAST($4 AS TEXT), CAST($5 AS BIGINT) FROM rows($1) AS r",
        as_rows([(each,) for each in sorted(completions)]),
        campaign_id,
        kind,
        reason,
        now,
    )
