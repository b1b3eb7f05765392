"""Settlements: visitors of whom more waits than is settled in the transaction that links them. The
rest is settled in parts (see waiting), so that beacons do not wait.

It comes out as if all had been settled at once: what such a visitor pushes meanwhile waits, too,
and comes after the rest. Whoever begins, continues, changes or looks at one to act on it holds the
campaign (see browsers.hold_campaign); whoever settles holds its visitor, too.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, NamedTuple

from trk.core.campaign import Campaign
from trk.core.link import Link
from trk.store.program import Transaction, as_list
from trk.store.program import first as first_of

WAITING: Final = "outcome = 'waiting' AND settled IS NULL"
"""SQL: this row of `trackings` waits, until its visitor is linked."""
_NEWEST = f"{WAITING} ORDER BY t.id DESC LIMIT 1"


class Settlement(NamedTuple):
    """A visitor of whom something is to be settled for an entrant, to whom they were linked at
    `since` (ms).

    The trackings up to `before_id` had come before that. Those up to `until_id` are meant: None,
    while they are linked, means all. `provisional` is 1 if the link is.
    """

    visitor: str
    before_id: int
    until_id: int | None
    entrant_id: int
    provisional: int | None
    since: int


async def begin(tx: Transaction, campaign: Campaign, visitor: str, link: Link, now: int) -> None:
    """Note that what waits of a visitor, who is linked at `now` (ms), is to be settled; but for
    what is to be settled for whom they were linked to before."""
    one = campaign.id, visitor, link.entrant_id
    made = await tx.fetch(
        "INSERT INTO settlements "
        "(campaign_id, visitor, before_id, until_id, entrant_id, provisional, since) "
        "SELECT CAST($1 AS BIGINT), CAST($2 AS TEXT), w.id, NULL, CAST($3 AS BIGINT), "
        "CAST($4 AS INTEGER), CAST($5 AS BIGINT) FROM (SELECT t.id FROM trackings AS t "
        f"WHERE t.campaign_id = $1 AND t.visitor = $2 AND {_NEWEST}) AS w "
        "WHERE NOT EXISTS (SELECT 1 FROM settlements AS s WHERE s.campaign_id = $1 "
        "AND s.visitor = $2 AND s.until_id >= w.id) RETURNING visitor",
        *(*one, None if link.sure else 1, now),
    )
    if not made:
        # They have done nothing since they were unlinked: it goes on, if it is the same entrant's.
        await tx.fetch(
            "UPDATE settlements SET until_id = NULL WHERE campaign_id = $1 AND visitor = $2 "
            "AND entrant_id = $3 AND COALESCE(provisional, 0) = $4 AND before_id = "
            "(SELECT MAX(s.before_id) FROM settlements AS s "
            "WHERE s.campaign_id = $1 AND s.visitor = $2)",
            *(*one, 0 if link.sure else 1),
        )


async def begun(tx: Transaction, campaign: Campaign, visitors: Collection[str]) -> set[str]:
    """Those of these visitors of whom something is still to be settled."""
    sql = "SELECT visitor FROM settlements WHERE campaign_id = $1 AND visitor IN texts($2)"
    found = await tx.fetch(sql, campaign.id, as_list(visitors))
    return {row["visitor"] for row in found}


async def give(
    tx: Transaction, campaign: Campaign, visitors: Collection[str], entrant_id: int
) -> None:
    """What is to be settled provisionally of these visitors is this entrant's for good."""
    await tx.fetch(
        "UPDATE settlements SET entrant_id = CAST($3 AS BIGINT), provisional = NULL "
        "WHERE campaign_id = $1 AND visitor IN texts($2) AND provisional = 1",
        *(campaign.id, as_list(visitors), entrant_id),
    )


async def close(tx: Transaction, campaign: Campaign, entrant_id: int) -> None:
    """The visitors of an entrant are unlinked: what they do from now on is not theirs."""
    await tx.fetch(
        "UPDATE settlements SET until_id = COALESCE((SELECT t.id FROM trackings AS t "
        f"WHERE t.campaign_id = $1 AND t.visitor = settlements.visitor AND {_NEWEST}), before_id) "
        "WHERE campaign_id = $1 AND entrant_id = $2 AND until_id IS NULL",
        *(campaign.id, entrant_id),
    )


async def first(tx: Transaction, campaign: Campaign) -> Settlement | None:
    """The settlement that was begun first, or None."""
    return await first_of(
        tx,
        Settlement,
        "SELECT visitor, before_id, until_id, entrant_id, provisional, since FROM settlements "
        "WHERE campaign_id = $1 ORDER BY since, visitor, before_id LIMIT 1",
        campaign.id,
    )


async def end(tx: Transaction, campaign: Campaign, one: Settlement) -> None:
    """All of it is settled."""
    sql = "DELETE FROM settlements WHERE campaign_id = $1 AND visitor = $2 AND before_id = $3"
    await tx.fetch(sql, campaign.id, one.visitor, one.before_id)


async def under_way(tx: Transaction, campaign: Campaign) -> bool:
    """Is something to be settled in this campaign?"""
    sql = "SELECT 1 AS one FROM settlements WHERE campaign_id = $1 LIMIT 1"
    return bool(await tx.fetch(sql, campaign.id))


async def of_entrant(tx: Transaction, campaign_id: int, entrant_id: int) -> bool:
    """Is something to be settled for this entrant, whose campaign has not been deleted?"""
    sql = (
        "SELECT 1 AS one FROM settlements AS s JOIN campaigns AS c ON c.id = s.campaign_id "
        "WHERE s.campaign_id = $1 AND s.entrant_id = $2 AND c.deleted_at IS NULL LIMIT 1"
    )
    return bool(await tx.fetch(sql, campaign_id, entrant_id))
