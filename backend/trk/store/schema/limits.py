"""Who has done what too often, for all servers on the database."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Table, Text

from trk.store.schema.base import metadata

# The buckets of limits that protect: `name` is a keyed hash of what is limited and for whom,
# `full_at` when the bucket is full again (see core/rate). Rows of full buckets mean nothing.
limits = Table(
    "limits",
    metadata,
    Column("name", Text, primary_key=True),
    Column("full_at", BigInteger, nullable=False, index=True),
)
