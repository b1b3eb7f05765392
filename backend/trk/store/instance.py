"""The id of an installation: all servers on one database share it, and a restored copy keeps it."""

from __future__ import annotations

from trk.store.program import Transaction


async def identify(tx: Transaction, proposed: str, now: int) -> str:
    """The installation's id; `proposed` becomes it if there is none yet."""
    await tx.fetch(
        "INSERT INTO instance (n, name, made_at) VALUES (1, $1, $2) ON CONFLICT DO NOTHING",
        proposed,
        now,
    )
    [row] = await tx.fetch("SELECT name FROM instance")
    name: str = row["name"]
    return name


async def identity(tx: Transaction) -> str | None:
    """The installation's id, or None if no server has run on this database yet."""
    rows = await tx.fetch("SELECT name FROM instance")
    return rows[0]["name"] if rows else None


async def prove(tx: Transaction) -> None:
    """Store something, whatever it is: a database that can only be read raises DatabaseError."""
    await tx.fetch("UPDATE instance SET made_at = made_at")
