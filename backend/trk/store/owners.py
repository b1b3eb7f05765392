"""Owners, their sessions, and the one-time links by which they come to be."""

from __future__ import annotations

from typing import Literal, NamedTuple

from trk.core.account import LINK_LIFETIME, SESSION_LIFETIME, Owner, Purpose
from trk.store.program import Program, Row, Statement

Removal = Literal["removed", "unknown", "last"]


class Account(NamedTuple):
    """An owner and the hash of the password; empty while there is none."""

    owner: Owner
    password_hash: str


class Link(NamedTuple):
    """A one-time link that can be used now; `owner_id` is whose password it sets, if it does."""

    purpose: Purpose
    email: str
    owner_id: int | None
    expires_at: int


def any_owner() -> Program[bool]:
    """Has this server been set up?"""
    return bool((yield Statement("SELECT 1 AS one FROM owners LIMIT 1")))


def everybody() -> Program[list[Row]]:
    """All owners in the order in which they came: id, name, email, created_at."""
    return (yield Statement("SELECT id, name, email, created_at FROM owners ORDER BY id"))


def create(
    *, name: str, email: str, password_hash: str, first: bool, session_hash: str, now: int
) -> Program[Owner]:
    """Store an owner and open a session; Duplicate if the e-mail is taken, or the first is there.

    With the first owner all links to set the server up are void.
    """
    [row] = yield Statement(
        "INSERT INTO owners (name, email, email_folded, password_hash, first, created_at) "
        "VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
        (name, email, email.casefold(), password_hash, 1 if first else None, now),
    )
    owner = Owner(row["id"], name, email)
    if first:
        yield Statement("DELETE FROM invitations WHERE purpose = 'setup'")
    yield from open_session(owner.id, session_hash, now)
    return owner


def by_email(email: str) -> Program[Account | None]:
    """The account with this e-mail, or None."""
    found = yield Statement(
        "SELECT id, name, email, password_hash FROM owners WHERE email_folded = $1",
        (email.strip().casefold(),),
    )
    return _account(found)


def account(owner_id: int) -> Program[Account | None]:
    """The account with this id, or None."""
    found = yield Statement(
        "SELECT id, name, email, password_hash FROM owners WHERE id = $1", (owner_id,)
    )
    return _account(found)


def _account(found: list[Row]) -> Account | None:
    if not found:
        return None
    row = found[0]
    return Account(Owner(row["id"], row["name"], row["email"]), row["password_hash"])


def by_session(session_hash: str, now: int) -> Program[Owner | None]:
    """The owner whose session this is, or None if it has ended."""
    found = yield Statement(
        "SELECT o.id, o.name, o.email FROM owner_sessions AS s "
        "JOIN owners AS o ON o.id = s.owner_id WHERE s.token_hash = $1 AND s.expires_at > $2",
        (session_hash, now),
    )
    return Owner(found[0]["id"], found[0]["name"], found[0]["email"]) if found else None


def open_session(owner_id: int, session_hash: str, now: int) -> Program[None]:
    """Open a session; what has expired of the same owner is cleared away."""
    yield Statement(
        "DELETE FROM owner_sessions WHERE owner_id = $1 AND expires_at <= $2", (owner_id, now)
    )
    yield Statement(
        "INSERT INTO owner_sessions (token_hash, owner_id, created_at, expires_at) "
        "VALUES ($1, $2, $3, $4)",
        (session_hash, owner_id, now, now + SESSION_LIFETIME),
    )


def end_session(session_hash: str) -> Program[None]:
    """End one session."""
    yield Statement("DELETE FROM owner_sessions WHERE token_hash = $1", (session_hash,))


def end_sessions(owner_id: int) -> Program[None]:
    """End all sessions of an owner, in every browser."""
    yield Statement("DELETE FROM owner_sessions WHERE owner_id = $1", (owner_id,))


def remove(owner_id: int) -> Program[Removal]:
    """Remove an owner with all sessions and links; campaigns belong to the server and stay.

    Nobody removes the last one, nor do two who remove each other at once.
    """
    ids = [row["id"] for row in (yield Statement("SELECT id FROM owners ORDER BY id FOR UPDATE"))]
    if owner_id not in ids:
        return "unknown"
    if len(ids) == 1:
        return "last"
    yield from end_sessions(owner_id)
    yield Statement("DELETE FROM invitations WHERE owner_id = $1", (owner_id,))
    yield Statement("DELETE FROM owners WHERE id = $1", (owner_id,))
    return "removed"


def rename(owner_id: int, name: str) -> Program[None]:
    """Give an owner another name."""
    yield Statement("UPDATE owners SET name = $2 WHERE id = $1", (owner_id, name))


def set_password(
    owner_id: int, password_hash: str, *, session_hash: str | None, now: int
) -> Program[None]:
    """Set a password: links to set one are void, and every session but `session_hash` ends.

    Without a session, an empty `password_hash` locks the account until a link sets a new one.
    """
    yield Statement("UPDATE owners SET password_hash = $2 WHERE id = $1", (owner_id, password_hash))
    yield Statement("DELETE FROM invitations WHERE owner_id = $1 AND used_at IS NULL", (owner_id,))
    yield from end_sessions(owner_id)
    if session_hash is not None:
        yield from open_session(owner_id, session_hash, now)


def make_link(
    purpose: Purpose, token_hash: str, now: int, *, email: str = "", owner_id: int | None = None
) -> Program[None]:
    """Store a one-time link by the hash of its token; what has long expired is cleared away."""
    yield Statement("DELETE FROM invitations WHERE expires_at <= $1", (now,))
    yield Statement(
        "INSERT INTO invitations (token_hash, purpose, email, owner_id, created_at, expires_at) "
        "VALUES ($1, $2, $3, $4, $5, $6)",
        (token_hash, purpose, email, owner_id, now, now + LINK_LIFETIME[purpose]),
    )


def invited(now: int) -> Program[list[Row]]:
    """Invitations of owners that can still be accepted: token_hash, email, expires_at."""
    return (
        yield Statement(
            "SELECT token_hash, email, expires_at FROM invitations WHERE purpose = 'owner' "
            "AND used_at IS NULL AND expires_at > $1 ORDER BY created_at, token_hash",
            (now,),
        )
    )


def withdraw(token_hash: str) -> Program[bool]:
    """Make an invitation void that was not accepted yet; False if there is none."""
    gone = yield Statement(
        "DELETE FROM invitations WHERE token_hash = $1 AND purpose = 'owner' AND used_at IS NULL "
        "RETURNING 1 AS one",
        (token_hash,),
    )
    return bool(gone)


def link(token_hash: str, now: int) -> Program[Link | None]:
    """The one-time link with this token, or None if it can't be used (any more)."""
    found = yield Statement(
        "SELECT purpose, email, owner_id, expires_at FROM invitations "
        "WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2",
        (token_hash, now),
    )
    return Link(**dict(found[0])) if found else None


def use_link(token_hash: str, now: int) -> Program[bool]:
    """Use a one-time link up; False if another was quicker, or it has expired."""
    used = yield Statement(
        "UPDATE invitations SET used_at = CAST($2 AS BIGINT) WHERE token_hash = $1 "
        "AND used_at IS NULL AND expires_at > $2 RETURNING token_hash",
        (token_hash, now),
    )
    return bool(used)


def accept(
    token_hash: str, *, name: str, password_hash: str, session_hash: str, now: int
) -> Program[Owner | None]:
    """Become an owner by an invitation; None if it can't be used, Duplicate if one is already."""
    found = yield from link(token_hash, now)
    if found is None or found.purpose != "owner" or not (yield from use_link(token_hash, now)):
        return None
    return (
        yield from create(
            name=name,
            email=found.email,
            password_hash=password_hash,
            first=False,
            session_hash=session_hash,
            now=now,
        )
    )


def reset(token_hash: str, *, password_hash: str, session_hash: str, now: int) -> Program[bool]:
    """Set the password that a link is for, and sign in; False if the link can't be used."""
    found = yield from link(token_hash, now)
    if found is None or found.owner_id is None or not (yield from use_link(token_hash, now)):
        return False
    yield from set_password(found.owner_id, password_hash, session_hash=session_hash, now=now)
    return True
