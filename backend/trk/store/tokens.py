"""API tokens, kept as hashes."""

from __future__ import annotations

from collections.abc import Collection

from trk.core.access import USUAL, Scope, Token, in_order
from trk.core.campaign import Campaign
from trk.store.program import Program, Row, Statement

_TOKEN = "id, name, scopes, created_at, expires_at, last_used_at, campaign_key"


def create(
    name: str,
    token_hash: str,
    now: int,
    *,
    scopes: Collection[Scope] = USUAL,
    expires_at: int | None = None,
    campaign_key: str | None = None,
) -> Program[int]:
    """Store a token's hash under a name, with what it may do; its id."""
    [row] = yield Statement(
        "INSERT INTO api_tokens (name, token_hash, created_at, scopes, expires_at, campaign_key) "
        "VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
        (name, token_hash, now, " ".join(in_order(scopes)), expires_at, campaign_key),
    )
    made: int = row["id"]
    return made


def by_hash(token_hash: str) -> Program[Token | None]:
    """The token with this hash, expired or not; None if none was made here."""
    found = yield Statement(f"SELECT {_TOKEN} FROM api_tokens WHERE token_hash = $1", (token_hash,))
    return _token(found[0]) if found else None


def by_id(token_id: int) -> Program[Token | None]:
    """The token with this id, or None."""
    found = yield Statement(f"SELECT {_TOKEN} FROM api_tokens WHERE id = $1", (token_id,))
    return _token(found[0]) if found else None


def every() -> Program[list[Token]]:
    """All tokens, oldest first."""
    return [
        _token(row) for row in (yield Statement(f"SELECT {_TOKEN} FROM api_tokens ORDER BY id"))
    ]


def page(after: int, limit: int) -> Program[list[Token]]:
    """Up to `limit` tokens with an id above `after`, oldest first."""
    rows = yield Statement(
        f"SELECT {_TOKEN} FROM api_tokens WHERE id > $1 ORDER BY id LIMIT $2", (after, limit)
    )
    return [_token(row) for row in rows]


def revoke_all(campaign: Campaign) -> Program[None]:
    """Forget the tokens that are good in this campaign only: it is deleted, and another one may
    come to have its key."""
    yield Statement("DELETE FROM api_tokens WHERE campaign_key = $1", (campaign.key,))


def revoke(token_id: int) -> Program[bool]:
    """Forget a token: it is good for nothing any more. False if there is none with this id."""
    found = yield Statement("DELETE FROM api_tokens WHERE id = $1 RETURNING id", (token_id,))
    return bool(found)


def used(token_id: int, now: int) -> Program[None]:
    """Note that a token was used at `now` (ms)."""
    yield Statement("UPDATE api_tokens SET last_used_at = $2 WHERE id = $1", (token_id, now))


def _token(row: Row) -> Token:
    return Token(**{**dict(row), "scopes": in_order(row["scopes"].split())})
