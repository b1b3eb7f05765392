"""The fields of a campaign's form, and what entrants answered to them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, Table, Text

from trk.store.schema.base import in_campaign, index_by_id, metadata, numbered_in_campaign

fields = numbered_in_campaign(
    "fields",
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    # It may have links, as in Markdown.
    Column("label", Text, nullable=False),
    Column("required", Integer, nullable=False, server_default="0"),
    # Of a choice, one a line.
    Column("options", Text, nullable=False, server_default=""),
    Column("minimum_age", Integer, nullable=False, server_default="0"),
    # 0: entrants are not asked any more, and what was answered is kept.
    Column("asked", Integer, nullable=False, server_default="1"),
    Column("version", Integer, nullable=False, server_default="1"),
    # From then on nobody finds it, and its answers are erased little by little.
    Column("deleted_at", BigInteger),
)
index_by_id(fields, unique=True)

field_answers = Table(
    "field_answers",
    metadata,
    Column("entrant_id", BigInteger, primary_key=True),
    Column("field_id", BigInteger, primary_key=True, index=True),
    Column("campaign_id", BigInteger, primary_key=True),
    Column("value", Text, nullable=False),
    in_campaign("entrant_id", "entrants"),
    in_campaign("field_id", "fields"),
)
