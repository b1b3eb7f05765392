"""What is too old to be kept: found by a reader, erased by ids, a small part at a time."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from backend.store.program import Program, Statement, as_rows

Log = Literal["trackings", "refusals", "webhook_deliveries"]

_SOME = 500
"""How many rows are erased together: some milliseconds, for which a beacon may have to wait."""


def ended(now: int) -> Program[list[int]]:
    """The campaigns that are over at `now` (ms), by id."""
    rows = yield Statement(
        "SELECT id FROM campaigns WHERE ends_at <= $1 OR closed_at <= $1 ORDER BY id", (now,)
    )
    return [row["id"] for row in rows]


def old_trackings(campaign_id: int, before: int) -> Program[list[int]]:
    """Some trackings of a campaign that were received before that instant (ms)."""
    return (
        yield from _old(
            "SELECT id FROM trackings WHERE campaign_id = $1 AND received_at < $2 "
            "ORDER BY id LIMIT $3",
            campaign_id,
            before,
        )
    )


def old_refusals(campaign_id: int, before: int) -> Program[list[int]]:
    """Some refusals of a campaign from before that instant (ms)."""
    return (
        yield from _old(
            "SELECT id FROM refusals WHERE campaign_id = $1 AND received_at < $2 "
            "ORDER BY id LIMIT $3",
            campaign_id,
            before,
        )
    )


def webhooks() -> Program[list[int]]:
    """All webhooks, by id."""
    rows = yield Statement("SELECT id FROM webhooks ORDER BY id")
    return [row["id"] for row in rows]


def old_deliveries(webhook_id: int, before: int) -> Program[list[int]]:
    """Some deliveries to a webhook that were queued before that instant (ms), and wait no more."""
    return (
        yield from _old(
            "SELECT id FROM webhook_deliveries WHERE webhook_id = $1 AND queued_at < $2 "
            "AND due_at IS NULL ORDER BY id LIMIT $3",
            webhook_id,
            before,
        )
    )


def erase(log: Log, ids: Collection[int]) -> Program[None]:
    """Erase these rows."""
    yield Statement(
        f"DELETE FROM {log} WHERE id IN (SELECT CAST(r.value ->> 0 AS BIGINT) FROM rows($1) AS r)",
        (as_rows([(each,) for each in ids]),),
    )


def _old(sql: str, of: int, before: int) -> Program[list[int]]:
    rows = yield Statement(sql, (of, before, _SOME))
    return [row["id"] for row in rows]
