"""Owners' passwords, and one-time links: to set the server up, to become an owner, to set a new
password.

A link's token is shown once; only its hash is stored.
"""

from __future__ import annotations

import secrets
from typing import NamedTuple

from trk.clock import now_ms
from trk.core.account import LINK_LIFETIME, Owner, account_mistakes
from trk.core.audit import Done
from trk.core.keys import token_hash
from trk.core.mail import invitation_mail
from trk.core.mailbox import tidy_email
from trk.core.mistakes import DraftError, DraftMistake
from trk.core.names import clean
from trk.core.rejection import shown
from trk.services.audit import acts, note, note_often
from trk.services.passwords import Passwords
from trk.settings import Settings
from trk.store import invitations, mails, owners, second_factors
from trk.store.database import Database
from trk.store.owners import Account, Removal
from trk.store.program import Transaction


async def password_mistake(
    passwords: Passwords, settings: Settings, password: str, *, name: str, email: str
) -> str | None:
    """What is wrong with a new password of an owner with this name and e-mail, or None."""
    known = (name, email, settings.host, settings.global_name)
    return await passwords.mistake(password, known)


async def mistakes_of_account(
    passwords: Passwords, settings: Settings, *, name: str, email: str, password: str
) -> dict[str, str]:
    """What is wrong with a new account's fields, a sentence for each; empty if nothing is."""
    mistakes = account_mistakes(name=name, email=email)
    wrong = await password_mistake(passwords, settings, password, name=name, email=email)
    return {**mistakes, "password": wrong} if wrong else mistakes


async def sign_in(tx: Transaction, owner: Owner, session_hash: str, old: str | None) -> None:
    """Open a session for an owner, who has been recognised; the browser's `old` one (a hash)
    ends."""
    if old is not None:
        await owners.end_session(tx, old)
    await owners.open_session(tx, owner.id, session_hash, now_ms())
    acts(owner)
    await note(tx, "signed_in", "owner", owner.id, about=owner.email)


async def begin_sign_in(tx: Transaction, owner: Owner, session_hash: str, old: str | None) -> bool:
    """Open a session for an owner whose password was right. True: it opens nothing until a code
    was given, since there is a second factor."""
    found = await second_factors.of(tx, owner.id)
    if found is None or found.secret is None:
        await sign_in(tx, owner, session_hash, old)
        return False
    if old is not None:
        await owners.end_session(tx, old)
    await owners.open_session(tx, owner.id, session_hash, now_ms(), code_due=True)
    return True


async def reauthentication_failed(tx: Transaction, owner: Owner) -> None:
    """Note that somebody who is signed in gave a wrong password where it is asked for again."""
    await note_often(tx, Done("sign_in_failed", "password", owner.id, owner.email))


async def sign_in_failed(tx: Transaction, account: Account | None) -> None:
    """Note that somebody tried to sign in to an account, or to one that does not exist."""
    owner = account.owner if account else None
    about, number = (owner.email, owner.id) if owner else ("", None)
    await note_often(tx, Done("sign_in_failed", "owner", number, about))


async def sign_out(tx: Transaction, owner: Owner, session_hash: str | None) -> None:
    """End an owner's session, or all of them (None)."""
    if session_hash is None:
        await owners.end_sessions(tx, owner.id)
    else:
        await owners.end_session(tx, session_hash)
    await note(tx, "signed_out", "owner", owner.id, about=owner.email)


async def add_first_owner(
    tx: Transaction, *, name: str, email: str, password_hash: str, session_hash: str
) -> Owner:
    """Store the first owner, with a session; Duplicate if there is one already."""
    owner = await owners.add(
        tx,
        name=clean(name),
        email=tidy_email(email) or email,
        password_hash=password_hash,
        first=True,
        session_hash=session_hash,
        now=now_ms(),
    )
    acts(owner)
    await note(tx, "made", "owner", owner.id, about=owner.email)
    return owner


async def add_owner(tx: Transaction, *, name: str, email: str, password_hash: str) -> Owner:
    """Store an owner who signs in later, the first or a further one; Duplicate if the e-mail is an
    owner's."""
    owner = await owners.add(
        tx,
        name=clean(name),
        email=tidy_email(email) or email,
        password_hash=password_hash,
        first=not await owners.any_owner(tx),
        session_hash=None,
        now=now_ms(),
    )
    await note(tx, "made", "owner", owner.id, about=owner.email)
    return owner


async def accept_invitation(
    tx: Transaction, link_hash: str, *, name: str, password_hash: str, session_hash: str
) -> Owner | None:
    """Become an owner by an invitation; None if it can't be used. Duplicate if already an owner."""
    owner = await invitations.accept(
        tx,
        link_hash,
        name=clean(name),
        password_hash=password_hash,
        session_hash=session_hash,
        now=now_ms(),
    )
    if owner is not None:
        acts(owner)
        await note(tx, "made", "owner", owner.id, about=owner.email)
    return owner


async def rename_owner(tx: Transaction, owner: Owner, name: str) -> None:
    """Give an owner another name."""
    await owners.rename(tx, owner.id, clean(name))
    await note(tx, "changed", "owner", owner.id, about=owner.email)


async def remove_owner(tx: Transaction, owner_id: int) -> Removal:
    """Remove an owner, unless it is the last one."""
    found = await owners.account(tx, owner_id)
    done = await owners.remove(tx, owner_id)
    if done == "removed" and found is not None:
        await note(tx, "deleted", "owner", owner_id, about=found.owner.email)
    return done


async def withdraw_invitation(tx: Transaction, invitation: str) -> bool:
    """Make an open invitation (its link's hash) void; False if there is none."""
    found = await invitations.link(tx, invitation, now_ms())
    if not await invitations.withdraw(tx, invitation):
        return False
    await note(tx, "deleted", "invitation", about=found.email if found else "")
    return True


async def change_password(
    tx: Transaction, owner: Owner, password_hash: str, session_hash: str
) -> None:
    """Set an owner's password; every session but this new one ends."""
    await owners.set_password(tx, owner.id, password_hash, session_hash=session_hash, now=now_ms())
    factor = await second_factors.of(tx, owner.id)
    if factor is not None and factor.secret is not None:
        # Only the password was asked for: what asks again must ask for the code as well.
        await owners.prove(tx, session_hash, 0)
    await note(tx, "changed", "password", owner.id, about=owner.email)


async def set_password_by_link(
    tx: Transaction, link_hash: str, *, password_hash: str, session_hash: str
) -> bool:
    """Set the password that a link is for, and sign in; False if the link can't be used."""
    now = now_ms()
    found = await invitations.link(tx, link_hash, now)
    done = await invitations.reset(
        tx, link_hash, password_hash=password_hash, session_hash=session_hash, now=now
    )
    if done and found is not None and found.owner_id is not None:
        whose = await owners.account(tx, found.owner_id)
        if whose is not None:
            acts(whose.owner)
        await note(tx, "changed", "password", found.owner_id, about=found.email)
    return done


async def make_setup_link(database: Database, settings: Settings) -> str | None:
    """A link by which the first owner sets the server up; None if there is already an owner."""
    if await database.read(owners.any_owner):
        return None
    token = secrets.token_urlsafe(24)
    await database.write(invitations.make, "setup", token_hash(token), now_ms())
    return f"{settings.public_url}/admin/setup?token={token}"


class Invitation(NamedTuple):
    """An open invitation: whom it is for, where it is accepted, and until when (ms).

    `id` is the hash of the link's token, which opens nothing.
    """

    id: str
    email: str
    url: str
    expires_at: int


async def make_invitation(
    tx: Transaction, settings: Settings, inviter: str, typed: str
) -> Invitation:
    """Store a link by which somebody becomes an owner, and mail it where there is a mail server.

    Raises DraftError if `typed` is no e-mail address, or an owner's.
    """
    email = tidy_email(typed)
    if email is None:
        raise _unusable(
            typed,
            "an address such as name@example.org",
            "Enter an e-mail address such as name@example.org.",
        )
    if (await owners.by_email(tx, email)) is not None:
        raise _unusable(typed, "one that no owner has", "This person is already an owner.")
    token, now = secrets.token_urlsafe(24), now_ms()
    hashed, url = token_hash(token), f"{settings.public_url}/admin/link/{token}"
    await invitations.make(tx, "owner", hashed, now, email=email)
    await note(tx, "made", "invitation", about=email)
    if settings.smtp:
        await mails.queue(tx, invitation_mail(inviter, email, url, hashed), now)
    return Invitation(hashed, email, url, now + LINK_LIFETIME["owner"])


def _unusable(email: str, expected: str, advice: str) -> DraftError:
    said = f"email is {shown(email)}; expected {expected}."
    return DraftError(said, (DraftMistake("email", said, advice),))


async def reset_password(database: Database, settings: Settings, owner: Owner) -> str:
    """A link that sets the owner's password. Until then nobody can sign in to the account."""
    token, now = secrets.token_urlsafe(24), now_ms()

    async def store(tx: Transaction) -> None:
        await owners.set_password(tx, owner.id, "", session_hash=None, now=now)
        await invitations.make(
            tx, "password", token_hash(token), now, email=owner.email, owner_id=owner.id
        )
        await note(tx, "deleted", "password", owner.id, about=owner.email)

    await database.write(store)
    return f"{settings.public_url}/admin/link/{token}"
