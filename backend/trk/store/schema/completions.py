"""What entrants have completed, and what owners have corrected of it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, Table, Text, UniqueConstraint

from trk.store.schema.base import (
    in_campaign,
    index_by_id,
    index_where,
    metadata,
    numbered_in_campaign,
)

# An unlock: an entrant's action marked done. The unique key decides "exactly once" (a day).
completions = numbered_in_campaign(
    "completions",
    Column("campaign_id", BigInteger, nullable=False),
    Column("entrant_id", BigInteger, nullable=False),
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
    UniqueConstraint("entrant_id", "action_id", "day", "campaign_id"),
    in_campaign("entrant_id", "entrants"),
)
index_by_id(completions)
index_where("invalidated_at IS NOT NULL", "invalidated", completions, "campaign_id")
index_where("source = 'referral'", "friends", completions, "campaign_id", "entrant_id")

# What an owner took back or gave back, and why; of a completion or of an entrant. `step` names what
# was done together on a page, to be undone together; `was_at` and `was_reason` are since when it
# was so and why, of what a correction ended.
corrections = numbered_in_campaign(
    "corrections",
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("completion_id", BigInteger),
    Column("entrant_id", BigInteger),
    Column("reason", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("step", Text),
    Column("was_at", BigInteger),
    Column("was_reason", Text),
)
index_by_id(corrections)
index_where("step IS NOT NULL", "step", corrections, "campaign_id", "step")
index_where("entrant_id IS NOT NULL", "entrant", corrections, "campaign_id", "entrant_id")
index_where("completion_id IS NOT NULL", "completion", corrections, "campaign_id", "completion_id")

# Values that count for one entrant only. A value may be long: its hash is kept (core/unlock).
unique_values = Table(
    "unique_values",
    metadata,
    Column("action_id", BigInteger, primary_key=True),
    Column("value_hash", Text, primary_key=True),
    Column("campaign_id", BigInteger, primary_key=True),
    # Indexed for the foreign key: otherwise deleting an entrant would search the whole table.
    Column("entrant_id", BigInteger, nullable=False, index=True),
    Column("used_at", BigInteger, nullable=False),
    in_campaign("action_id", "actions"),
    in_campaign("entrant_id", "entrants"),
)
