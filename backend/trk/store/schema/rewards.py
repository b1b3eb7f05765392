"""Codes of rewards, and who got what."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from trk.store.schema.base import RowId, metadata

# A reward's own codes; `entrant_id` is who has got it, and stays.
reward_codes = Table(
    "reward_codes",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False),
    Column("code", Text, nullable=False),
    Column("entrant_id", BigInteger, unique=True),
    UniqueConstraint("campaign_id", "code"),
)
_free = text("entrant_id IS NULL")
Index(
    "ix_reward_codes_free",
    reward_codes.c.campaign_id,
    reward_codes.c.id,
    sqlite_where=_free,
    postgresql_where=_free,
)

# How many codes a campaign was given. Whoever adds or takes codes locks its row, so that of all who
# take one at once, exactly one sees that few are left, and one that none is.
code_stocks = Table(
    "code_stocks",
    metadata,
    Column(
        "campaign_id", BigInteger, ForeignKey("campaigns.id"), primary_key=True, autoincrement=False
    ),
    Column("total", Integer, nullable=False),
)

# What an entrant got, as it was then: changing the reward changes no claim.
claims = Table(
    "claims",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False),
    Column("entrant_id", BigInteger, ForeignKey("entrants.id"), nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("claimed_at", BigInteger, nullable=False),
)
Index("ix_claims_campaign_id_id", claims.c.campaign_id, claims.c.id)
