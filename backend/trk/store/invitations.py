"""One-time links: to set the server up, to become an owner, and to set another password."""

from __future__ import annotations

from typing import NamedTuple

from trk.core.account import LINK_LIFETIME, Owner, Purpose
from trk.store import owners, program, second_factors
from trk.store.columns import insert
from trk.store.program import Row, Transaction


class OneTimeLink(NamedTuple):
    """A one-time link that can be used now; `owner_id` is whose password it sets, if it does."""

    purpose: Purpose
    email: str
    owner_id: int | None
    expires_at: int


async def make(
    tx: Transaction,
    purpose: Purpose,
    token_hash: str,
    now: int,
    *,
    email: str = "",
    owner_id: int | None = None,
) -> None:
    """Store a one-time link by the hash of its token; links that expired long ago are deleted."""
    await tx.fetch("DELETE FROM invitations WHERE expires_at <= $1", now)
    await insert(
        tx,
        "invitations",
        token_hash=token_hash,
        purpose=purpose,
        email=email,
        owner_id=owner_id,
        created_at=now,
        expires_at=now + LINK_LIFETIME[purpose],
    )


async def waiting(tx: Transaction, now: int) -> list[Row]:
    """Invitations that can still be accepted: token_hash, email, expires_at."""
    return await tx.fetch(
        "SELECT token_hash, email, expires_at FROM invitations WHERE purpose = 'owner' "
        "AND used_at IS NULL AND expires_at > $1 ORDER BY created_at, token_hash",
        now,
    )


async def withdraw(tx: Transaction, token_hash: str) -> bool:
    """Withdraw an invitation that was not accepted yet; False if there is none."""
    gone = await tx.fetch(
        "DELETE FROM invitations WHERE token_hash = $1 AND purpose = 'owner' AND used_at IS NULL "
        "RETURNING 1 AS one",
        token_hash,
    )
    return bool(gone)


async def link(tx: Transaction, token_hash: str, now: int) -> OneTimeLink | None:
    """The one-time link with this token, or None if it can't be used (any more)."""
    return await program.first(
        tx,
        OneTimeLink,
        "SELECT purpose, email, owner_id, expires_at FROM invitations "
        "WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2",
        token_hash,
        now,
    )


async def is_used(tx: Transaction, token_hash: str) -> bool:
    """Was the one-time link with this token used? It is known until the link expires."""
    sql = "SELECT 1 AS one FROM invitations WHERE token_hash = $1 AND used_at IS NOT NULL"
    return bool(await tx.fetch(sql, token_hash))


async def use(tx: Transaction, token_hash: str, now: int) -> bool:
    """Use up a one-time link; False if somebody was quicker, or it has expired."""
    sql = (
        "UPDATE invitations SET used_at = CAST($2 AS BIGINT) WHERE token_hash = $1 "
        "AND used_at IS NULL AND expires_at > $2 RETURNING token_hash"
    )
    used = await tx.fetch(sql, token_hash, now)
    return bool(used)


async def accept(
    tx: Transaction, token_hash: str, *, name: str, password_hash: str, session_hash: str, now: int
) -> Owner | None:
    """Become an owner by an invitation; None if it can't be used. Duplicate if already an owner."""
    found = await link(tx, token_hash, now)
    if found is None or found.purpose != "owner" or not (await use(tx, token_hash, now)):
        return None
    return await owners.add(
        tx,
        name=name,
        email=found.email,
        password_hash=password_hash,
        first=False,
        session_hash=session_hash,
        now=now,
    )


async def reset(
    tx: Transaction, token_hash: str, *, password_hash: str, session_hash: str, now: int
) -> bool:
    """Set the password that a link is for, and sign in, up to the second factor; False if the link
    can't be used."""
    found = await link(tx, token_hash, now)
    if found is None or found.owner_id is None or not (await use(tx, token_hash, now)):
        return False
    await owners.set_password(tx, found.owner_id, password_hash, session_hash=None, now=now)
    factor = await second_factors.of(tx, found.owner_id)
    due = factor is not None and factor.secret is not None
    await owners.open_session(tx, found.owner_id, session_hash, now, code_due=due)
    return True
