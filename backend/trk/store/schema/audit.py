"""Who did what."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, Text

from trk.store.schema.base import numbered

# No foreign keys: what was done to something is known after it is gone. `by_id` is an owner's or a
# token's; `by_name` and `about` are the names of that time, never an entrant's.
audit = numbered(
    "audit",
    Column("noted_at", BigInteger, nullable=False, index=True),
    Column("by_kind", Text, nullable=False),
    Column("by_id", BigInteger),
    Column("by_name", Text, nullable=False),
    Column("deed", Text, nullable=False),
    Column("thing", Text, nullable=False),
    Column("thing_id", BigInteger),
    Column("about", Text, nullable=False),
    Column("campaign_key", Text),
    # How often, for failures to sign in; otherwise 1.
    Column("times", Integer, nullable=False),
)
