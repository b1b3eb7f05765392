"""What entrants have completed, and what owners have corrected of it."""

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

# An unlock: an entrant's action marked done. The unique key decides "exactly once" (a day).
completions = Table(
    "completions",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("campaign_id", BigInteger, nullable=False),
    Column("entrant_id", BigInteger, ForeignKey("entrants.id"), nullable=False),
    Column("action_id", BigInteger, nullable=False),
    Column("day", Text, nullable=False),
    Column("worth", Integer, nullable=False),
    Column("details", Text),
    Column("source", Text, nullable=False),
    Column("tracking_id", BigInteger),
    Column("happened_at", BigInteger, nullable=False),
    Column("completed_at", BigInteger, nullable=False),
    Column("invalidated_at", BigInteger),
    Column("invalidated_reason", Text),
    UniqueConstraint("entrant_id", "action_id", "day"),
)
Index("ix_completions_campaign_id_id", completions.c.campaign_id, completions.c.id)
_invalidated = text("invalidated_at IS NOT NULL")
Index(
    "ix_completions_invalidated",
    completions.c.campaign_id,
    sqlite_where=_invalidated,
    postgresql_where=_invalidated,
)

# What an owner took back or gave back, and why; of a completion or of an entrant.
corrections = Table(
    "corrections",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("completion_id", BigInteger),
    Column("entrant_id", BigInteger),
    Column("reason", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
)
Index("ix_corrections_campaign_id_id", corrections.c.campaign_id, corrections.c.id)

# Values that count for one entrant only. A value may be long: its hash is kept (core/unlock).
unique_values = Table(
    "unique_values",
    metadata,
    Column("action_id", BigInteger, ForeignKey("actions.id"), primary_key=True),
    Column("value_hash", Text, primary_key=True),
    # Indexed for the foreign key: otherwise deleting an entrant would search the whole table.
    Column("entrant_id", BigInteger, ForeignKey("entrants.id"), nullable=False, index=True),
    Column("used_at", BigInteger, nullable=False),
)
