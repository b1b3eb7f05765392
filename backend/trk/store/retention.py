"""What is too old to be kept: found by a reader, erased by ids, a small part at a time."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from trk.store import counters
from trk.store.program import Transaction, as_list, every, ids
from trk.store.webhooks import Endpoint

Log = Literal["trackings", "refusals", "same_browsers", "tickets", "webhook_deliveries"]

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
        "UPDATE entrants SET network = NULL WHERE campaign_id = $1 AND id IN ids($2)",
        campaign_id,
        as_list(entrant_ids),
    )


async def webhooks(tx: Transaction) -> list[Endpoint]:
    """The webhooks of all campaigns."""
    sql = "SELECT campaign_id, id AS webhook_id FROM webhooks ORDER BY id"
    return await every(tx, Endpoint, sql)


async def old_deliveries(tx: Transaction, endpoint: Endpoint, before: int) -> list[int]:
    """Some deliveries to a webhook that were queued before that instant (ms) and no longer wait."""
    # As in `_old`: the first ones are read, and no more.
    return await ids(
        tx,
        "SELECT u.id FROM (SELECT * FROM webhook_deliveries WHERE campaign_id = $1 "
        "AND webhook_id = $2 ORDER BY id LIMIT $4) AS u "
        "WHERE u.queued_at < $3 AND u.due_at IS NULL ORDER BY u.id",
        *endpoint,
        before,
        _SOME,
    )


async def old_audit(tx: Transaction, before: int) -> list[int]:
    """Some entries of the audit that were noted before that instant (ms)."""
    # As in `_old`: the first ones are read, and no more.
    return await ids(
        tx,
        "SELECT u.id FROM (SELECT * FROM audit ORDER BY id LIMIT $2) AS u "
        "WHERE u.noted_at < $1 ORDER BY u.id",
        before,
        _SOME,
    )


async def erase_audit(tx: Transaction, rows: Collection[int]) -> None:
    """Erase these entries of the audit."""
    await tx.fetch("DELETE FROM audit WHERE id IN ids($1)", as_list(rows))


async def erase(tx: Transaction, log: Log, campaign_id: int, rows: Collection[int]) -> None:
    """Erase the rows with these ids of a campaign."""
    returning = f" RETURNING {counters.returned('trackings')}" if log == "trackings" else ""
    gone = await tx.fetch(
        f"DELETE FROM {log} WHERE campaign_id = $1 AND id IN ids($2){returning}",
        campaign_id,
        as_list(rows),
    )
    if log == "trackings":
        await counters.take_out(tx, campaign_id, "trackings", gone)


async def _old(tx: Transaction, log: Log, time: str, campaign_id: int, before: int) -> list[int]:
    # Ids rise with time: if none of the first ones is old, none is, and no more are read.
    return await ids(
        tx,
        f"SELECT u.id FROM (SELECT * FROM {log} WHERE campaign_id = $1 ORDER BY id LIMIT $3) AS u "
        f"WHERE u.{time} < $2 ORDER BY u.id",
        campaign_id,
        before,
        _SOME,
    )
