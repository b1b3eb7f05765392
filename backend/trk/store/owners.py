"""Owners, and their sessions."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from trk.core.account import SESSION_LIFETIME, Owner
from trk.core.mailbox import folded
from trk.core.second_factor import HALF_SESSION_LIFETIME
from trk.store import program, second_factors
from trk.store.columns import insert, insert_row
from trk.store.program import Row, Transaction

Removal = Literal["removed", "unknown", "last"]


class Account(NamedTuple):
    """An owner and the hash of the password; empty while there is none."""

    owner: Owner
    password_hash: str


async def any_owner(tx: Transaction) -> bool:
    """Has this server been set up?"""
    return bool(await tx.fetch("SELECT 1 AS one FROM owners LIMIT 1"))


async def everybody(tx: Transaction) -> list[Row]:
    """All owners in the order in which they came: id, name, email, created_at."""
    return await tx.fetch("SELECT id, name, email, created_at FROM owners ORDER BY id")


async def add(
    tx: Transaction,
    *,
    name: str,
    email: str,
    password_hash: str,
    first: bool,
    session_hash: str | None,
    now: int,
) -> Owner:
    """Store an owner and, with a `session_hash`, open a session.

    Raises Duplicate if the e-mail is taken, or there is a first owner already.

    Once there is a first owner, all links to set the server up are void. So are all invitations to
    the e-mail of whoever has become an owner: after being removed they could come back by one.
    """
    owner_id = await insert_row(
        tx,
        "owners",
        name=name,
        email=email,
        email_folded=folded(email),
        password_hash=password_hash,
        first=1 if first else None,
        created_at=now,
    )
    owner = Owner(owner_id, name, email)
    await _void_invitations(tx, email)
    if first:
        await tx.fetch("DELETE FROM invitations WHERE purpose = 'setup'")
    if session_hash is not None:
        await open_session(tx, owner.id, session_hash, now)
    return owner


async def by_email(tx: Transaction, email: str) -> Account | None:
    """The account with this e-mail, or None."""
    sql = f"SELECT {_ACCOUNT} FROM owners WHERE email_folded = $1"
    return await program.first(tx, _account, sql, folded(email))


async def account(tx: Transaction, owner_id: int) -> Account | None:
    """The account with this id, or None."""
    return await program.first(
        tx, _account, f"SELECT {_ACCOUNT} FROM owners WHERE id = $1", owner_id
    )


_ACCOUNT = "id, name, email, password_hash"


def _account(password_hash: str, **owner: Any) -> Account:
    return Account(Owner(**owner), password_hash)


class OwnerSession(NamedTuple):
    """A session: whose it is, when the password (and the code) was given last (ms), and whether
    the owner has a second factor."""

    owner: Owner
    proved_at: int
    second_factor: bool


async def session(tx: Transaction, session_hash: str, now: int) -> OwnerSession | None:
    """The session with this token, or None if it has ended, or still awaits a code."""
    return await _session(tx, session_hash, now, code_due=0)


async def half_session(tx: Transaction, session_hash: str, now: int) -> OwnerSession | None:
    """The session with this token if it awaits a code; else None."""
    return await _session(tx, session_hash, now, code_due=1)


async def _session(
    tx: Transaction, session_hash: str, now: int, *, code_due: int
) -> OwnerSession | None:
    return await program.first(
        tx,
        _owner_session,
        "SELECT o.id, o.name, o.email, s.proved_at, (SELECT COUNT(*) FROM second_factors AS f "
        "WHERE f.owner_id = o.id AND f.secret IS NOT NULL) AS factors "
        "FROM owner_sessions AS s JOIN owners AS o ON o.id = s.owner_id "
        "WHERE s.token_hash = $1 AND s.expires_at > $2 AND s.code_due = $3",
        session_hash,
        now,
        code_due,
    )


def _owner_session(proved_at: int, factors: int, **owner: Any) -> OwnerSession:
    return OwnerSession(Owner(**owner), proved_at, bool(factors))


async def by_session(tx: Transaction, session_hash: str, now: int) -> Owner | None:
    """The owner whose session this is, or None if it has ended."""
    found = await session(tx, session_hash, now)
    return None if found is None else found.owner


async def open_session(
    tx: Transaction, owner_id: int, session_hash: str, now: int, *, code_due: bool = False
) -> None:
    """Open a session, which opens nothing while its code is due; expired ones of the same owner
    are deleted."""
    await tx.fetch(
        "DELETE FROM owner_sessions WHERE owner_id = $1 AND expires_at <= $2", owner_id, now
    )
    await insert(
        tx,
        "owner_sessions",
        token_hash=session_hash,
        owner_id=owner_id,
        created_at=now,
        expires_at=now + (HALF_SESSION_LIFETIME if code_due else SESSION_LIFETIME),
        proved_at=now,
        code_due=int(code_due),
    )


async def prove(tx: Transaction, session_hash: str, now: int) -> None:
    """The password (and the code) was given again in this session."""
    await tx.fetch(
        "UPDATE owner_sessions SET proved_at = $2 WHERE token_hash = $1", session_hash, now
    )


async def end_other_sessions(tx: Transaction, owner_id: int, session_hash: str) -> None:
    """End all sessions of an owner but this one."""
    await tx.fetch(
        "DELETE FROM owner_sessions WHERE owner_id = $1 AND token_hash <> $2",
        owner_id,
        session_hash,
    )


async def end_session(tx: Transaction, session_hash: str) -> None:
    """End one session."""
    await tx.fetch("DELETE FROM owner_sessions WHERE token_hash = $1", session_hash)


async def end_sessions(tx: Transaction, owner_id: int) -> None:
    """End all sessions of an owner, in every browser."""
    await tx.fetch("DELETE FROM owner_sessions WHERE owner_id = $1", owner_id)


async def remove(tx: Transaction, owner_id: int) -> Removal:
    """Remove an owner with all sessions and links; campaigns belong to the server and stay.

    The last one is never removed, not even by two who remove each other at once.
    """
    found = await tx.fetch("SELECT id, email FROM owners ORDER BY id FOR UPDATE")
    emails = {row["id"]: row["email"] for row in found}
    if owner_id not in emails:
        return "unknown"
    if len(emails) == 1:
        return "last"
    await _void_invitations(tx, emails[owner_id])
    await end_sessions(tx, owner_id)
    await second_factors.remove(tx, owner_id)
    await tx.fetch("DELETE FROM invitations WHERE owner_id = $1", owner_id)
    await tx.fetch("DELETE FROM owners WHERE id = $1", owner_id)
    return "removed"


async def _void_invitations(tx: Transaction, email: str) -> None:
    """Delete the invitations to this e-mail that nobody has accepted."""
    sql = "SELECT token_hash, email FROM invitations WHERE purpose = 'owner' AND used_at IS NULL"
    for row in await tx.fetch(sql):
        if folded(row["email"]) == folded(email):
            sql = "DELETE FROM invitations WHERE token_hash = $1"
            await tx.fetch(sql, row["token_hash"])


async def rename(tx: Transaction, owner_id: int, name: str) -> None:
    """Give an owner another name."""
    await tx.fetch("UPDATE owners SET name = $2 WHERE id = $1", owner_id, name)


async def set_password(
    tx: Transaction, owner_id: int, password_hash: str, *, session_hash: str | None, now: int
) -> None:
    """Set a password. Links to set one become void, and every session but `session_hash` ends.

    Without a session, an empty `password_hash` locks the account until a link sets a new one.
    """
    await tx.fetch("UPDATE owners SET password_hash = $2 WHERE id = $1", owner_id, password_hash)
    await tx.fetch("DELETE FROM invitations WHERE owner_id = $1 AND used_at IS NULL", owner_id)
    await end_sessions(tx, owner_id)
    if session_hash is not None:
        await open_session(tx, owner_id, session_hash, now)
