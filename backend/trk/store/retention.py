"""What is too old to be kept: found by a reader, erased by ids, a small part at a time."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from trk.store import counters
from trk.store.pages import AllCampaigns
from trk.store.program import Transaction, as_rows, ids

Log = Literal["trackings", "refusals", "same_browsers", "tickets", "webhook_deliveries", "audit"]

_SOME = 500
"""How many rows are erased together: a beacon may have to wait for that, some milliseconds."""


async def ended(tx: Transaction, now: int) -> list[int]:
    """The campaigns that are over at `now` (ms), by id."""
    return await ids(
        tx,
        "SELECT id FROM campaigns WHERE (ends_at <= $1 OR closed_at <= $1) "
        "AND deleted_at IS NULL ORDER BY id",
        now,
    )


async def old_trackings(tx: Transaction, campaign_id: int, before: int) -> list[int]:
    """Some trackings of a campaign that were received before that instant (ms)."""
    return await _old(tx, "trackings", "received_at", campaign_id, before)


async def old_refusals(tx: Transaction, campaign_id: int, before: int) -> list[int]:
    """Some refusals of a campaign from before that instant (ms)."""
    return await _old(tx, "refusals", "received_at", campaign_id, before)


async def old_pairs(tx: Transaction, campaign_id: int, before: int) -> list[int]:
    """Some pairs of a campaign's visitors who are one browser, told before that instant (ms)."""
    return await _old(tx, "same_browsers", "told_at", campaign_id, before)


async def campaigns(tx: Transaction) -> list[int]:
    """All campaigns, by id."""
    return await ids(tx, "SELECT id FROM campaigns WHERE deleted_at IS NULL ORDER BY id")


async def old_tickets(tx: Transaction, campaign_id: int, before: int) -> list[int]:
    """Some tickets of a campaign that arrived before that instant (ms)."""
    return await _old(tx, "tickets", "arrived_at", campaign_id, before)


async def over_since(tx: Transaction, instant: int) -> list[int]:
    """The campaigns that were over at that instant (ms), by id, and have not begun again."""
    return await ids(
        tx,
        "SELECT id FROM campaigns WHERE (ends_at <= $1 OR closed_at <= $1) "
        "AND deleted_at IS NULL ORDER BY id",
        instant,
    )


async def networks(tx: Transaction, campaign_id: int) -> list[int]:
    """Some entrants of a campaign of whom it is stored from which network they entered."""
    return await ids(
        tx,
        "SELECT e.id FROM entrants AS e WHERE e.campaign_id = $1 AND e.network IS NOT NULL "
        "ORDER BY e.id LIMIT $2",
        campaign_id,
        _SOME,
    )


async def forget_networks(tx: Transaction, campaign_id: int, entrant_ids: Collection[int]) -> None:
    """Erase from which network these entrants of a campaign entered."""
    await tx.fetch(
        "UPDATE entrants SET network = NULL WHERE campaign_id = $2 AND id IN "
        "(SELECT CAST(r.value ->> 0 AS BIGINT) FROM rows($1) AS r)",
        as_rows([(each,) for each in entrant_ids]),
        campaign_id,
    )


async def webhooks(tx: Transaction) -> list[int]:
    """The webhooks of all campaigns, by id."""
    return await ids(tx, "SELECT id FROM webhooks ORDER BY id")


async def old_deliveries(tx: Transaction, webhook_id: int, before: int) -> list[int]:
    """Some deliveries to a webhook that were queued before that instant (ms) and no longer wait."""
    return await _old(tx, "webhook_deliveries", "queued_at", webhook_id, before)


async def old_audit(tx: Transaction, server: int, before: int) -> list[int]:
    """Some entries of the audit that were noted before that instant (ms)."""
    return await _old(tx, "audit", "noted_at", server, before)


_OWNERS: dict[Log, str] = {
    "webhook_deliveries": "webhook_id",
    "audit": str(AllCampaigns().id),
}
"""Which column, or number, says what a row is of, other than its campaign."""


async def erase(tx: Transaction, log: Log, of: int, rows: Collection[int]) -> None:
    """Erase the rows with these ids of a campaign, or what else the log is of."""
    returning = f" RETURNING {counters.returned('trackings')}" if log == "trackings" else ""
    gone = await tx.fetch(
        f"DELETE FROM {log} WHERE {_OWNERS.get(log, 'campaign_id')} = $2 AND id IN "
        f"(SELECT CAST(r.value ->> 0 AS BIGINT) FROM rows($1) AS r){returning}",
        as_rows([(each,) for each in rows]),
        of,
    )
    if log == "trackings":
        await counters.take_out(tx, "trackings", gone)


async def _old(tx: Transaction, log: Log, time: str, of: int, before: int) -> list[int]:
    # Ids rise with time: if none of the first ones is old, none is, and no more are read.
    waits = "AND u.due_at IS NULL " if log == "webhook_deliveries" else ""
    owner = _OWNERS.get(log, "campaign_id")
    return await ids(
        tx,
        f"SELECT u.id FROM (SELECT * FROM {log} WHERE {owner} = $1 ORDER BY id LIMIT $3) AS u "
        f"WHERE u.{time} < $2 {waits}ORDER BY u.id",
        of,
        before,
        _SOME,
    )
