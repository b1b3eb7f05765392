"""API tokens, kept as hashes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from trk.core.access import USUAL, Scope, Token, in_order
from trk.core.campaign import Campaign
from trk.store import idempotency, program
from trk.store.columns import insert_row
from trk.store.program import Transaction, first, ids

_TOKENS = (
    "SELECT id, name, scopes, created_at, expires_at, last_used_at, campaign_key FROM api_tokens"
)


async def add(
    tx: Transaction,
    name: str,
    token_hash: str,
    now: int,
    *,
    scopes: Collection[Scope] = USUAL,
    expires_at: int | None = None,
    campaign_key: str | None = None,
) -> int:
    """Store a token's hash under a name, with what it may do; its id."""
    return await insert_row(
        tx,
        "api_tokens",
        name=name,
        token_hash=token_hash,
        created_at=now,
        scopes=" ".join(in_order(scopes)),
        expires_at=expires_at,
        campaign_key=campaign_key,
    )


async def by_hash(tx: Transaction, token_hash: str) -> Token | None:
    """The token with this hash, expired or not; None if none was made here."""
    return await first(tx, _token, f"{_TOKENS} WHERE token_hash = $1", token_hash)


async def by_id(tx: Transaction, token_id: int) -> Token | None:
    """The token with this id, or None."""
    return await first(tx, _token, f"{_TOKENS} WHERE id = $1", token_id)


async def every(tx: Transaction) -> list[Token]:
    """All tokens, oldest first."""
    return await program.every(tx, _token, f"{_TOKENS} ORDER BY id")


async def page(tx: Transaction, after: int, limit: int) -> list[Token]:
    """Up to `limit` tokens with an id above `after`, oldest first."""
    sql = f"{_TOKENS} WHERE id > $1 ORDER BY id LIMIT $2"
    return await program.every(tx, _token, sql, after, limit)


async def revoke_all(tx: Transaction, campaign: Campaign) -> None:
    """Forget the tokens that are valid in this campaign only: it is deleted, its key is free."""
    sql = "DELETE FROM api_tokens WHERE campaign_key = $1 RETURNING id"
    for token_id in await ids(tx, sql, campaign.key):
        await idempotency.forget_token(tx, token_id)


async def revoke(tx: Transaction, token_id: int) -> bool:
    """Forget a token, which opens nothing any more, and what its calls were answered; False if
    there is none with this id."""
    found = await tx.fetch("DELETE FROM api_tokens WHERE id = $1 RETURNING id", token_id)
    await idempotency.forget_token(tx, token_id)
    return bool(found)


async def used(tx: Transaction, token_id: int, now: int) -> None:
    """Note that a token was used at `now` (ms)."""
    await tx.fetch("UPDATE api_tokens SET last_used_at = $2 WHERE id = $1", token_id, now)


def _token(scopes: str, **columns: Any) -> Token:
    return Token(scopes=in_order(scopes.split()), **columns)
