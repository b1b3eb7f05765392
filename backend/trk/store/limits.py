"""Limits that hold for all servers on the database together: see core/rate."""

from __future__ import annotations

from trk.core.rate import Admission, Limit, admit
from trk.store.program import Transaction

_DAY = 24 * 3_600_000


async def wait(tx: Transaction, limit: Limit, name: str, now: int) -> float:
    """Count one request under this name at `now` (ms): 0 if it may proceed, otherwise how many
    seconds to wait."""
    await tx.lock([f"limit {name}"])
    found = await _look(tx, limit, name, now)
    if found.admitted:
        await tx.fetch(
            "INSERT INTO limits (name, full_at) VALUES ($1, $2) "
            "ON CONFLICT (name) DO UPDATE SET full_at = excluded.full_at",
            name,
            now + round(found.full_at * 1000),
        )
    return found.wait


async def look(tx: Transaction, limit: Limit, name: str, now: int) -> float:
    """How many seconds to wait; counts nothing."""
    return (await _look(tx, limit, name, now)).wait


async def _look(tx: Transaction, limit: Limit, name: str, now: int) -> Admission:
    rows = await tx.fetch("SELECT full_at FROM limits WHERE name = $1", name)
    if not rows:
        return admit(limit, None, 0.0)
    # No bucket takes longer to fill than an empty one: more was written while the clock was ahead.
    left = min((rows[0]["full_at"] - now) / 1000, limit.burst / limit.per_second)
    return admit(limit, left, 0.0)


async def forget(tx: Transaction, now: int, some: int = 500) -> int:
    """Erase some buckets that are full at `now` (ms), or will be in days only: that was
    written while the clock was ahead. How many these were."""
    rows = await tx.fetch(
        "DELETE FROM limits WHERE name IN (SELECT l.name FROM limits AS l "
        "WHERE l.full_at <= CAST($1 AS BIGINT) OR l.full_at > CAST($2 AS BIGINT) LIMIT $3) "
        "RETURNING name",
        now,
        now + _DAY,
        some,
    )
    return len(rows)
