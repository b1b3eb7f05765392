"""API tokens, kept as hashes."""

from __future__ import annotations

from collections.abc import Collection

from backend.core.access import ALL, Scope, Token, in_order
from backend.store.program import Program, Row, Statement

_TOKEN = "id, name, scopes, created_at, expires_at, last_used_at, campaign_key"


def create(
    name: str,
    token_hash: str,
    now: int,
    *,
    scopes: Collection[Scope] = ALL,
    expires_at: int | None = None,
    campaign_key: str | None = None,
) -> Program[None]:
    """Store a token's hash under a name, with what it may do."""
    yield Statement(
        "INSERT INTO api_tokens (name, token_hash, created_at, scopes, expires_at, campaign_key) "
        "VALUES ($1, $2, $3, $4, $5, $6)",
        (name, token_hash, now, " ".join(in_order(scopes)), expires_at, campaign_key),
    )


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


def revoke(token_id: int) -> Program[bool]:
    """Forget a token: it is good for nothing any more. False if there is none with this id."""
    found = yield Statement("DELETE FROM api_tokens WHERE id = $1 RETURNING id", (token_id,))
    return bool(found)


def used(token_id: int, now: int) -> Program[None]:
    """Note that a token was used at `now` (ms)."""
    yield Statement("UPDATE api_tokens SET last_used_at = $2 WHERE id = $1", (token_id, now))


def _token(row: Row) -> Token:
    return Token(**{**dict(row), "scopes": in_order(row["scopes"].split())})
