"""Tokens of the API, and the answers that are kept for repeated calls."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, Table, Text

from trk.store.schema.base import metadata, numbered

api_tokens = numbered(
    "api_tokens",
    Column("name", Text, nullable=False),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    # Separated by spaces, as in core/access. `campaign_key`: good in that campaign only.
    Column("scopes", Text, nullable=False, server_default="read personal write beacons draw"),
    Column("expires_at", BigInteger),
    Column("last_used_at", BigInteger),
    Column("campaign_key", Text),
)

# What a call of the API with an Idempotency-Key was answered; no status until it is.
idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("token_id", BigInteger, primary_key=True),
    Column("idempotency_key", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False, index=True),
    Column("status", Integer),
    Column("media_type", Text, nullable=False, server_default=""),
    Column("body", Text, nullable=False, server_default=""),
    # The campaign in the call's address, with which its answer is erased.
    Column("campaign_key", Text),
)
