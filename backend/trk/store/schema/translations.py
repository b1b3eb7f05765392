"""The owner's own texts in a campaign's other languages."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Table, Text

from trk.store.schema.base import metadata

# `thing` is one of core/translation's, `thing_id` its id, `field` what has its own text.
translations = Table(
    "translations",
    metadata,
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), primary_key=True),
    Column("language", Text, primary_key=True),
    Column("thing", Text, primary_key=True),
    Column("thing_id", BigInteger, primary_key=True),
    Column("field", Text, primary_key=True),
    Column("text", Text, nullable=False),
)
