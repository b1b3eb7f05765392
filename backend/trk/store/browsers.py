"""Browsers that have used several visitor ids, and none of them is linked for good yet.

Two tabs that are opened at once may each make an id. trk.js settles on one and says which the other
was: linking one of them links them all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from trk.core.campaign import Campaign
from trk.store.program import Transaction, as_list
from trk.store.submissions import NAMED

MOST = 20
"""How many ids are taken for one browser's, so that nobody can make a link long work."""


async def hold(
    tx: Transaction, campaign_id: int, linking: Collection[str], pushing: Iterable[str] = ()
) -> None:
    """Let nobody else link or unite visitors of this campaign, if there are any to link, or store a
    push of a visitor who is being linked, until this transaction ends.

    Who links one of two ids must see that they are one browser's, and who unites them that one is
    linked. A push must see the link, or who links it the push: otherwise it would wait for ever.
    So must what somebody does for whom it counted so far: it may count now in the place of what
    moves. Beacons of others do not wait. Whoever links several, or stores pushes too, holds all at
    once, before anything else, so that nobody waits in a circle.
    """
    if linking:
        await hold_campaign(tx, campaign_id)
    alone = [
        f"{campaign_id} {each}"
        for visitor in linking
        for each in await _with_givers(tx, campaign_id, await _ids(tx, campaign_id, visitor))
    ]
    await tx.lock(alone, (f"{campaign_id} {visitor}" for visitor in pushing))


async def hold_visitor(tx: Transaction, campaign_id: int, visitor: str) -> None:
    """Let nobody store a push of this visitor until this transaction ends, which holds the
    campaign: what was linked before is settled, and nobody is linked or united."""
    await tx.lock([f"{campaign_id} {visitor}"])


async def hold_campaign(tx: Transaction, campaign_id: int) -> None:
    """Let nobody else link or unite visitors of this campaign, nor correct, confirm, block or erase
    an entrant of it, until this transaction ends.

    What a program holds, in which order: docs/decisions/one-order-of-locks.md.
    """
    await tx.fetch("SELECT id FROM campaigns WHERE id = $1 FOR NO KEY UPDATE", campaign_id)


async def remember(tx: Transaction, campaign: Campaign, visitor: str, other: str, now: int) -> None:
    """Note that two visitors are one browser."""
    for one, another in ((visitor, other), (other, visitor)):
        await tx.fetch(
            "INSERT INTO same_browsers (campaign_id, visitor, other, told_at) "
            "VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            campaign.id,
            one,
            another,
            now,
        )


async def others(tx: Transaction, campaign: Campaign, visitor: str) -> list[str]:
    """The other ids of a visitor's browser."""
    return (await _ids(tx, campaign.id, visitor))[1:]


async def take(tx: Transaction, campaign: Campaign, visitor: str) -> list[str]:
    """The same, which are forgotten here: they are linked for good now."""
    found = await others(tx, campaign, visitor)
    if found:
        await tx.fetch(
            "DELETE FROM same_browsers WHERE campaign_id = $1 AND visitor IN texts($2)",
            campaign.id,
            as_list([visitor, *found]),
        )
    return found


async def _ids(tx: Transaction, campaign_id: int, visitor: str) -> list[str]:
    """All ids of a visitor's browser, this one first."""
    found = await tx.fetch(
        "WITH RECURSIVE same(visitor) AS (SELECT CAST($2 AS TEXT) UNION "
        "SELECT s.other FROM same AS o JOIN same_browsers AS s "
        "ON s.campaign_id = $1 AND s.visitor = o.visitor) SELECT visitor FROM same LIMIT $3",
        campaign_id,
        visitor,
        MOST,
    )
    return [visitor, *(row["visitor"] for row in found if row["visitor"] != visitor)]


async def _with_givers(tx: Transaction, campaign_id: int, ids: list[str]) -> list[str]:
    """These ids of a browser, and all by which those come for whom it counts provisionally."""
    found = await tx.fetch(
        "WITH givers(id) AS (SELECT l.entrant_id FROM links AS l "
        "WHERE l.campaign_id = $1 AND l.visitor IN texts($2) AND l.proof = 'token' UNION "
        "SELECT t.entrant_id FROM trackings AS t "
        "WHERE t.campaign_id = $1 AND t.visitor IN texts($2) AND t.provisional = 1) "
        "SELECT l.visitor FROM givers AS g LEFT JOIN each[links AS l "
        "ON plain(l.campaign_id) = $1 AND l.entrant_id = g.id] UNION "
        "SELECT CAST($3 AS TEXT) || g.id FROM givers AS g",
        campaign_id,
        as_list(ids),
        NAMED,
    )
    return [*ids, *(row["visitor"] for row in found if row["visitor"] is not None)]
