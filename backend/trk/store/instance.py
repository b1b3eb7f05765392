"""What an installation is known by: all servers on one database share it, and a restored copy keeps
it."""

from __future__ import annotations

from typing import NamedTuple

from trk.store.program import Transaction, first

NEW = "no campaign was ever made in this database"
WHERE = "Check TRK_DATABASE, and that its disk is mounted."


class Instance(NamedTuple):
    """An installation: its id, which anybody may know, and the secret that keys its hashes."""

    name: str
    secret: str


async def identify(tx: Transaction, proposed: Instance, now: int) -> Instance:
    """The installation; `proposed` becomes it if there is none yet."""
    await tx.fetch(
        "INSERT INTO instance (n, name, secret, made_at) VALUES (1, $1, $2, $3) "
        "ON CONFLICT DO NOTHING",
        *proposed,
        now,
    )
    known = await identity(tx)
    assert known is not None
    return known


async def identity(tx: Transaction) -> Instance | None:
    """The installation, or None if no server has run on this database yet."""
    return await first(tx, Instance, "SELECT name, secret FROM instance")


def doubt(name: str, expected: str) -> str:
    """Why the database of the installation `name` is the wrong one where `expected` is to be: empty
    if it is the right one, or nobody has said which that is."""
    if not expected or name == expected:
        return ""
    return f"it belongs to instance {name}, and TRK_INSTANCE is {expected}"


async def is_new(tx: Transaction) -> bool:
    """Was no campaign ever made in this database? Then it may be the wrong one: its address has a
    mistake, or a disk is not mounted."""
    [row] = await tx.fetch("SELECT used(campaigns) AS used")
    return not row["used"]


async def address(tx: Transaction) -> str | None:
    """The public address of the server that started last, or None if none has told it yet."""
    rows = await tx.fetch("SELECT public_url FROM instance")
    return rows[0]["public_url"] if rows else None


async def remember_address(tx: Transaction, public_url: str) -> None:
    """Note under which address browsers reach the server that starts now."""
    await tx.fetch("UPDATE instance SET public_url = $1", public_url)


async def prove(tx: Transaction) -> None:
    """Store something, whatever it is: a database that can only be read raises DatabaseError."""
    await tx.fetch("UPDATE instance SET made_at = made_at")
