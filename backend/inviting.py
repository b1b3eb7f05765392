"""Makes one-time links, for the pages and the command line; a link's token is seen only once."""

from __future__ import annotations

import secrets

from backend.clock import now_ms
from backend.core.account import Owner
from backend.core.keys import token_hash
from backend.core.mail import invitation_mail
from backend.settings import Settings
from backend.store import mails, owners
from backend.store.database import Database
from backend.store.program import Program


async def setup_link(database: Database, settings: Settings) -> str | None:
    """A link by which the first owner sets the server up; None if that has been done."""
    if await database.read(owners.any_owner()):
        return None
    token = secrets.token_urlsafe(24)
    await database.write(owners.make_link("setup", token_hash(token), now_ms()))
    return f"{settings.public_url}/admin/setup?token={token}"


async def invite(database: Database, settings: Settings, inviter: Owner, email: str) -> str:
    """A link by which `email` becomes an owner; mailed as well where a mail server is set."""
    token = secrets.token_urlsafe(24)
    hashed, url, now = token_hash(token), f"{settings.public_url}/admin/link/{token}", now_ms()

    def store() -> Program[None]:
        yield from owners.make_link("owner", hashed, now, email=email)
        if settings.smtp:
            yield from mails.queue(invitation_mail(inviter.name, email, url, hashed), now)

    await database.write(store())
    return url


async def reset(database: Database, settings: Settings, owner: Owner) -> str:
    """A link that sets the owner's password; until then nobody can sign in to that account."""
    token, now = secrets.token_urlsafe(24), now_ms()

    def store() -> Program[None]:
        yield from owners.set_password(owner.id, "", session_hash=None, now=now)
        yield from owners.make_link(
            "password", token_hash(token), now, email=owner.email, owner_id=owner.id
        )

    await database.write(store())
    return f"{settings.public_url}/admin/link/{token}"
