"""Owners' passwords, and one-time links: to set the server up, to become an owner, to set a new
password.

A link's token is shown once; only its hash is stored.
"""

from __future__ import annotations

import secrets
from typing import NamedTuple
from urllib.parse import urlsplit

from trk.clock import now_ms
from trk.core.account import LINK_LIFETIME, Owner, account_mistakes, tidy_email
from trk.core.keys import token_hash
from trk.core.mail import invitation_mail
from trk.core.mistakes import DraftError, DraftMistake
from trk.core.rejection import shown
from trk.services.passwords import Passwords
from trk.settings import Settings
from trk.store import mails, owners
from trk.store.database import Database
from trk.store.program import Transaction


async def password_mistake(
    passwords: Passwords, settings: Settings, password: str, *, name: str, email: str
) -> str | None:
    """What is wrong with a new password of an owner with this name and e-mail, or None."""
    host = urlsplit(settings.public_url).hostname or ""
    return await passwords.mistake(password, (name, email, host, settings.global_name))


async def mistakes_of_account(
    passwords: Passwords, settings: Settings, *, name: str, email: str, password: str
) -> dict[str, str]:
    """What is wrong with a new account's fields, a sentence for each; empty if nothing is."""
    mistakes = account_mistakes(name=name, email=email)
    wrong = await password_mistake(passwords, settings, password, name=name, email=email)
    return {**mistakes, "password": wrong} if wrong else mistakes


async def make_setup_link(database: Database, settings: Settings) -> str | None:
    """A link by which the first owner sets the server up; None if there is an owner already."""
    if await database.read(owners.any_owner):
        return None
    token = secrets.token_urlsafe(24)
    await database.write(owners.make_link, "setup", token_hash(token), now_ms())
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
            "Please give an e-mail address such as name@example.org.",
        )
    if (await owners.by_email(tx, email)) is not None:
        raise _unusable(typed, "one that no owner has", "This person is an owner already.")
    token, now = secrets.token_urlsafe(24), now_ms()
    hashed, url = token_hash(token), f"{settings.public_url}/admin/link/{token}"
    await owners.make_link(tx, "owner", hashed, now, email=email)
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
        await owners.make_link(
            tx, "password", token_hash(token), now, email=owner.email, owner_id=owner.id
        )

    await database.write(store)
    return f"{settings.public_url}/admin/link/{token}"
