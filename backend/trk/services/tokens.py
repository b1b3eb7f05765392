"""API tokens. Each is shown once; only its hash is stored."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from typing import NamedTuple

from trk.clock import now_ms
from trk.core.access import USUAL, Scope
from trk.core.keys import token_hash
from trk.core.names import clean
from trk.services.audit import note
from trk.store import tokens
from trk.store.program import Transaction


class NewToken(NamedTuple):
    """A token that was just made, seen this one time; `expires_at` (ms) is its end."""

    id: int
    token: str
    expires_at: int | None


async def make_token(
    tx: Transaction,
    name: str,
    *,
    scopes: Collection[Scope] = USUAL,
    days: int | None = None,
    campaign_key: str | None = None,
) -> NewToken:
    """Store a token that is valid for so many `days` (None: for ever), and only in one campaign if
    that is given."""
    name, token, now = clean(name), "trk_" + secrets.token_urlsafe(32), now_ms()
    ends = None if days is None else now + days * 86_400_000
    number = await tokens.add(
        tx, name, token_hash(token), now, scopes=scopes, expires_at=ends, campaign_key=campaign_key
    )
    await note(tx, "made", "token", number, about=name, campaign=campaign_key)
    return NewToken(number, token, ends)


async def revoke_token(tx: Transaction, token_id: int) -> bool:
    """Revoke a token, which opens nothing any more; False if there is none with this id."""
    found = await tokens.by_id(tx, token_id)
    if found is None or not await tokens.revoke(tx, token_id):
        return False
    await note(tx, "deleted", "token", token_id, about=found.name, campaign=found.campaign_key)
    return True
