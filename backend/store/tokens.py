"""API tokens, kept as hashes."""

from __future__ import annotations

from backend.store.program import Program, Statement


def create(name: str, token_hash: str, now: int) -> Program[None]:
    """Store a token's hash under a name."""
    yield Statement(
        "INSERT INTO api_tokens (name, token_hash, created_at) VALUES ($1, $2, $3)",
        (name, token_hash, now),
    )


def known(token_hash: str) -> Program[bool]:
    """Is this the hash of a token that was made here?"""
    found = yield Statement("SELECT 1 AS one FROM api_tokens WHERE token_hash = $1", (token_hash,))
    return bool(found)
