"""Owners' second factors, and their recovery codes (as hashes)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from trk.store import program
from trk.store.columns import insert
from trk.store.program import Transaction


class SecondFactor(NamedTuple):
    """An app's secret, if it is set up; the step of time whose code was used last; and the secret
    that is being set up, if one is."""

    secret: str | None
    last_step: int
    pending: str | None


async def of(tx: Transaction, owner_id: int) -> SecondFactor | None:
    """The owner's second factor, or None."""
    sql = "SELECT secret, last_step, pending FROM second_factors WHERE owner_id = $1"
    return await program.first(tx, SecondFactor, sql, owner_id)


async def begin(tx: Transaction, owner_id: int, pending: str) -> None:
    """Keep a secret that is being set up; one that is in use stays in use."""
    await tx.fetch(
        "INSERT INTO second_factors (owner_id, last_step, pending) VALUES ($1, 0, $2) "
        "ON CONFLICT (owner_id) DO UPDATE SET pending = $2",
        owner_id,
        pending,
    )


async def confirm(tx: Transaction, owner_id: int, pending: str, step: int) -> bool:
    """Take the secret that was being set up into use; False if it is another one by now."""
    done = await tx.fetch(
        "UPDATE second_factors SET secret = pending, pending = NULL, last_step = $3 "
        "WHERE owner_id = $1 AND pending = $2 RETURNING owner_id",
        owner_id,
        pending,
        step,
    )
    return bool(done)


async def use_step(tx: Transaction, owner_id: int, step: int) -> bool:
    """Use the code of a step up; False if somebody was quicker."""
    used = await tx.fetch(
        "UPDATE second_factors SET last_step = $2 WHERE owner_id = $1 AND last_step < $2 "
        "RETURNING owner_id",
        owner_id,
        step,
    )
    return bool(used)


async def remove(tx: Transaction, owner_id: int) -> bool:
    """Forget the second factor with its recovery codes; False if none was in use."""
    await tx.fetch("DELETE FROM recovery_codes WHERE owner_id = $1", owner_id)
    gone = await tx.fetch(
        "DELETE FROM second_factors WHERE owner_id = $1 RETURNING secret", owner_id
    )
    return any(row["secret"] is not None for row in gone)


async def put_codes(tx: Transaction, owner_id: int, hashes: Iterable[str]) -> None:
    """Put new recovery codes in place of the old ones."""
    await tx.fetch("DELETE FROM recovery_codes WHERE owner_id = $1", owner_id)
    for each in hashes:
        await insert(tx, "recovery_codes", code_hash=each, owner_id=owner_id)


async def use_code(tx: Transaction, owner_id: int, code_hash: str) -> bool:
    """Use a recovery code up; False if the owner has no such code (any more)."""
    sql = "DELETE FROM recovery_codes WHERE owner_id = $1 AND code_hash = $2 RETURNING owner_id"
    return bool(await tx.fetch(sql, owner_id, code_hash))


async def codes_left(tx: Transaction, owner_id: int) -> int:
    """How many recovery codes are left."""
    sql = "SELECT COUNT(*) AS n FROM recovery_codes WHERE owner_id = $1"
    return await program.number(tx, sql, owner_id)


async def owners_with_one(tx: Transaction) -> set[int]:
    """The ids of all owners who have a second factor."""
    sql = "SELECT owner_id AS id FROM second_factors WHERE secret IS NOT NULL"
    return set(await program.ids(tx, sql))
