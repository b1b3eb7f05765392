"""Referrals: who has entered by whose link, and the actions that friends complete by that.

A friend counts once, for one referrer: for each such action of the campaign, until as many have
counted as its owner allows. Where only confirmed e-mails count, it does when the friend confirms.

Whoever counts friends, or takes back what they have completed, holds the campaign (see
browsers.hold_campaign): no more count at once than may, and nobody who is blocked meanwhile.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from trk.core.campaign import FRIEND, Campaign, refusal_at
from trk.core.unlock import Unlocked
from trk.store import actions, campaigns, clusters, unlocks
from trk.store.program import Row, Transaction, as_rows, ids
from trk.store.taking_part import takes_part

SOURCE = "referral"
BLOCKED = "The friend was blocked."
ERASED = "The friend’s data was erased."
UNCONFIRMED = "The friend has not confirmed their e-mail."

_OF = "SELECT f.* FROM rows($1) AS r JOIN referrals AS f ON f.{0} = CAST(r.value ->> 0 AS BIGINT)"
_THOSE = "id IN (SELECT CAST(r.value ->> 0 AS BIGINT) FROM rows($1) AS r)"


async def note(
    tx: Transaction, campaign: Campaign, referrer_id: int, friend_id: int, now: int
) -> None:
    """Note that somebody who enters now has done so by the link of another entrant.

    Not in a browser in which somebody has entered before, nor with the mailbox of somebody who has:
    that would be the referrer, or a friend who is known already. Of two such at once one is the
    first.
    """
    await tx.fetch(
        "INSERT INTO referrals (friend_id, campaign_id, referrer_id, made_at) "
        "SELECT e.id, e.campaign_id, k.id, CAST($4 AS BIGINT) FROM entrants AS e "
        "JOIN entrants AS k ON k.campaign_id = e.campaign_id AND k.id = $2 AND k.id <> e.id "
        "AND k.erased_at IS NULL "
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
    tx: Transaction, campaign: Campaign, entrants: Collection[int], now: int
) -> list[int]:
    """Complete the actions that friends complete, as far as these entrants take part in it, as
    friends or as referrers; what was taken back while they did not is given back. Returns the
    referrers: their rewards are still to be given.

    It does not matter when this is found out: a friend counts if the campaign was open when they
    entered (and confirmed, where only that counts).
    """
    found = await tx.fetch(
        "SELECT f.friend_id, f.referrer_id, f.made_at, e.confirmed_at, "
        f"CASE WHEN {clusters.one_browser('e.id', 'k.id')} THEN 1 ELSE 0 END AS one_browser "
        f"FROM ({_OF.format('friend_id')} UNION {_OF.format('referrer_id')}) AS f "
        "JOIN entrants AS e ON e.id = f.friend_id JOIN entrants AS k ON k.id = f.referrer_id "
        f"WHERE {takes_part('e')} AND e.erased_at IS NULL "
        "AND k.blocked_at IS NULL AND k.erased_at IS NULL ORDER BY f.friend_id",
        as_rows([(each,) for each in entrants]),
    )
    fresh = await campaigns.as_it_is(tx, campaign) if found else None
    if fresh is None:
        return []
    referrers = [row["referrer_id"] for row in found]
    before = await _completed(tx, referrers)
    counted = Counter(unlock[:2] for unlock, row in before.items() if row["valid"])
    known = await actions.of_campaigns(tx, [campaign.id])
    earned, restored = [], []
    for row in found:
        came = _came(fresh, row)
        counts = not row["one_browser"] and refusal_at(fresh, came) is None
        for action in known:
            unlock = (row["referrer_id"], action.id, _day(row))
            was = before.get(unlock)
            # What was taken back comes back, whatever completes the action by now.
            wanted = was["reason"] in (BLOCKED, UNCONFIRMED) if was else counts and action.refers
            if not wanted or counted[unlock[:2]] >= action.friends:
                continue
            counted[unlock[:2]] += 1
            if was:
                restored.append(was["id"])
                continue
            details = f"entrant {row['friend_id']}"
            earned.append(unlocks.Earned(campaign.id, unlock, action.worth, details, SOURCE, came))
    await _restore(tx, campaign, restored, now)
    await unlocks.keep(tx, {campaign.id: fresh}, earned, now)
    return referrers


async def count_anew(tx: Transaction, campaign: Campaign, now: int) -> list[int]:
    """Count all friends by what the campaign's owner says from now on: whether only confirmed
    e-mails count, which actions friends complete, and how many of them. Returns what `count` does.
    """
    found = await tx.fetch(
        "SELECT f.friend_id, e.confirmed_at FROM referrals AS f "
        "JOIN entrants AS e ON e.id = f.friend_id WHERE f.campaign_id = $1",
        campaign.id,
    )
    if campaign.confirmed_only:
        out = [row["friend_id"] for row in found if row["confirmed_at"] is None]
        await take_back(tx, campaign.id, out, UNCONFIRMED, now)
    return await count(tx, campaign, [row["friend_id"] for row in found], now)


async def take_back(
    tx: Transaction, campaign_id: int, friends: Collection[int], reason: str, now: int
) -> None:
    """Take back what these entrants have completed for others."""
    found = await tx.fetch(
        _OF.format("friend_id"),
        as_rows([(each,) for each in friends]),
    )
    theirs = {(row["referrer_id"], _day(row)) for row in found}
    before = await _completed(tx, [row["referrer_id"] for row in found])
    taken = await ids(
        tx,
        "UPDATE completions SET invalidated_at = CAST($2 AS BIGINT), "
        f"invalidated_reason = CAST($3 AS TEXT) WHERE invalidated_at IS NULL AND {_THOSE} "
        "RETURNING id",
        as_rows([(row["id"],) for (who, _, day), row in before.items() if (who, day) in theirs]),
        now,
        reason,
    )
    await _note(tx, campaign_id, "invalidated", taken, reason, now)


def _day(referral: Row) -> str:
    """What stands as the day of what a friend completes."""
    return f"{FRIEND}{referral['friend_id']}"


def _came(campaign: Campaign, row: Row) -> int:
    """When a friend has done all that it takes to count (ms)."""
    if not campaign.confirmed_only:
        return int(row["made_at"])
    return max(int(row["made_at"]), int(row["confirmed_at"]))


async def _completed(tx: Transaction, referrers: Collection[int]) -> dict[Unlocked, Row]:
    """What friends have completed for these entrants, and why it was taken back, if it was."""
    found = await tx.fetch(
        "SELECT c.id, c.entrant_id, c.action_id, c.day, c.invalidated_reason AS reason, "
        "c.invalidated_at IS NULL AS valid "
        "FROM rows($1) AS r JOIN completions AS c ON c.entrant_id = CAST(r.value ->> 0 AS BIGINT) "
        f"WHERE c.source = '{SOURCE}'",
        as_rows([(each,) for each in set(referrers)]),
    )
    return {(row["entrant_id"], row["action_id"], row["day"]): row for row in found}


async def _restore(
    tx: Transaction, campaign: Campaign, completions: Collection[int], now: int
) -> None:
    restored = await ids(
        tx,
        "UPDATE completions SET invalidated_at = NULL, invalidated_reason = NULL "
        f"WHERE {_THOSE} RETURNING id",
        as_rows([(each,) for each in completions]),
    )
    await _note(tx, campaign.id, "restored", restored, "The friend takes part again.", now)


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
