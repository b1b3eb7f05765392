"""API tokens, kept as hashes."""

from __future__ import annotations

from collections.abc import Collection

from trk.core.access import USUAL, Scope, Token, in_order
from trk.core.campaign import Campaign
from trk.store.program import Row, Transaction

_TOKEN = "id, name, scopes, created_at, expires_at, last_used_at, campaign_key"


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
    [row] = await tx.fetch(
        "INSERT INTO api_tokens (name, token_hash, created_at, scopes, expires_at, campaign_key) "
        "VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
        name,
        token_hash,
        now,
        " ".join(in_order(scopes)),
        expires_at,
        campaign_key,
    )
    made: int = row["id"]
    return made


async def by_hash(tx: Transaction, token_hash: str) -> Token | None:
    """The token with this hash, expired or not; None if none was made here."""
    found = await tx.fetch(f"SELECT {_TOKEN} FROM api_tokens WHERE token_hash = $1", token_hash)
    return _token(found[0]) if found else None


async def by_id(tx: Transaction, token_id: int) -> Token | None:
    """The token with this id, or None."""
    found = await tx.fetch(f"SELECT {_TOKEN} FROM api_tokens WHERE id = $1", token_id)
    return _token(found[0]) if found else None


async def every(tx: Transaction) -> list[Token]:
    """All tokens, oldest first."""
    return [_token(row) for row in (await tx.fetch(f"SELECT {_TOKEN} FROM api_tokens ORDER BY id"))]


async def page(tx: Transaction, after: int, limit: int) -> list[Token]:
    """Up to `limit` tokens with an id above `after`, oldest first."""
    rows = await tx.fetch(
        f"SELECT {_TOKEN} FROM api_tokens WHERE id > $1 ORDER BY id LIMIT $2", after, limit
    )
    return [_token(row) for row in rows]


async def revoke_all(tx: Transaction, campaign: Campaign) -> None:
    """Forget the tokens that are valid in this campaign only: it is deleted, its key is free."""
    await tx.fetch("DELETE FROM api_tokens WHERE campaign_key = $1", campaign.key)


async def revoke(tx: Transaction, token_id: int) -> bool:
    """Forget a token, which opens nothing any more; False if there is none with this id."""
    found = await tx.fetch("DELETE FROM api_tokens WHERE id = $1 RETURNING id", token_id)
    return bool(found)


async def used(tx: Transaction, token_id: int, now: int) -> None:
    """Note that a token was used at `now` (ms)."""
    await tx.fetch("UPDATE api_tokens SET last_used_at = $2 WHERE id = $1", token_id, now)


def _token(row: Row) -> Token:
    return Token(**{**dict(row), "scopes": in_order(row["scopes"].split())})
