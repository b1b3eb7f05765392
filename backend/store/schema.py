"""The current schema of both databases, in one readable place; the migrations lead to it.

Instants are milliseconds since 1970-01-01 UTC. Tables that grow with the traffic are laid out for
appending: their keys rise with time.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself only in a column that is declared INTEGER.
RowId = BigInteger().with_variant(Integer, "sqlite")

campaigns = Table(
    "campaigns",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("slug", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("description", Text, nullable=False, server_default=""),
    Column("timezone", Text, nullable=False),
    Column("starts_at", BigInteger),
    Column("ends_at", BigInteger),
    Column("closed_at", BigInteger),
    Column("show_entries", Integer, nullable=False, server_default="1"),
    Column("secret", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

actions = Table(
    "actions",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False, server_default=""),
    Column("url", Text, nullable=False, server_default=""),
    Column("tracking_name", Text, nullable=False),
    Column("name_folded", Text, nullable=False),
    Column("worth", Integer, nullable=False),
    Column("frequency", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    UniqueConstraint("campaign_id", "name_folded"),
)

entrants = Table(
    "entrants",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("email_folded", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    UniqueConstraint("campaign_id", "email_folded"),
)

entrant_sessions = Table(
    "entrant_sessions",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("entrant_id", BigInteger, ForeignKey("entrants.id"), nullable=False, index=True),
    Column("created_at", BigInteger, nullable=False),
)

xrefs = Table(
    "xrefs",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False),
    Column("entrant_id", BigInteger, ForeignKey("entrants.id"), nullable=False, index=True),
    Column("action_id", BigInteger, ForeignKey("actions.id"), nullable=False),
    Column("minted_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("visitor", Text),
    Column("used_at", BigInteger),
)

# A link binds one visitor to one entrant; an entrant may have several visitors (browsers).
links = Table(
    "links",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False),
    Column("visitor", Text, nullable=False),
    Column("entrant_id", BigInteger, ForeignKey("entrants.id"), nullable=False, index=True),
    Column("source", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    UniqueConstraint("campaign_id", "visitor"),
)

# The log: one row per name/value pair of a beacon. `outcome` is what the beacon was answered and
# never changes; `settled` is what became of a waiting tracking when its visitor was linked.
trackings = Table(
    "trackings",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False),
    Column("beacon", Text, nullable=False),
    Column("n", Integer, nullable=False),
    Column("visitor", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("value", Text),
    Column("signature", Text),
    Column("happened_at", BigInteger, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("action_id", BigInteger),
    Column("entrant_id", BigInteger),
    Column("outcome", Text, nullable=False),
    Column("refusal", Text),
    Column("settled", Text),
    UniqueConstraint("campaign_id", "beacon", "n"),
)
Index("ix_trackings_campaign_id_id", trackings.c.campaign_id, trackings.c.id)
_waits = text("outcome = 'waiting' AND settled IS NULL")
Index(
    "ix_trackings_waiting",
    trackings.c.campaign_id,
    trackings.c.visitor,
    sqlite_where=_waits,
    postgresql_where=_waits,
)

# An unlock: an entrant's action marked done. The unique key decides "exactly once" (a day).
completions = Table(
    "completions",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False),
    Column("entrant_id", BigInteger, ForeignKey("entrants.id"), nullable=False),
    Column("action_id", BigInteger, ForeignKey("actions.id"), nullable=False),
    Column("day", Text, nullable=False),
    Column("worth", Integer, nullable=False),
    Column("details", Text),
    Column("source", Text, nullable=False),
    Column("tracking_id", BigInteger),
    Column("happened_at", BigInteger, nullable=False),
    Column("completed_at", BigInteger, nullable=False),
    UniqueConstraint("entrant_id", "action_id", "day"),
)
Index("ix_completions_campaign_id_id", completions.c.campaign_id, completions.c.id)

# What was refused without being a tracking: an xref token that links nobody.
refusals = Table(
    "refusals",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False),
    Column("beacon", Text, nullable=False),
    Column("visitor", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    UniqueConstraint("campaign_id", "beacon"),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("name", Text, nullable=False),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
)
