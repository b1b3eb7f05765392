"""Codes of rewards, and who got what."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, Table, Text, UniqueConstraint

from trk.store.schema.base import (
    in_campaign,
    index_by_id,
    index_where,
    metadata,
    numbered_in_campaign,
)

# A list of codes that an owner added: the file's name, or nothing.
code_uploads = numbered_in_campaign(
    "code_uploads",
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("uploaded_at", BigInteger, nullable=False),
)
index_by_id(code_uploads)

# A reward's own codes; `entrant_id` is who has got it, and stays. Older ones are of no upload.
reward_codes = numbered_in_campaign(
    "reward_codes",
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False),
    Column("code", Text, nullable=False),
    Column("entrant_id", BigInteger),
    Column("upload_id", BigInteger),
    UniqueConstraint("campaign_id", "code"),
    UniqueConstraint("entrant_id", "campaign_id"),
)
index_by_id(reward_codes)
index_where("entrant_id IS NULL", "free", reward_codes, "campaign_id", "id")

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

# A list of codes in the making, of which a campaign has one at the most: its codes are those from
# `first_code` on. `worked_at` is 0 once nobody is to finish it any more.
unfinished_uploads = Table(
    "unfinished_uploads",
    metadata,
    Column(
        "campaign_id", BigInteger, ForeignKey("campaigns.id"), primary_key=True, autoincrement=False
    ),
    Column("upload_id", BigInteger, nullable=False),
    Column("first_code", BigInteger, nullable=False),
    Column("worked_at", BigInteger, nullable=False),
)

# What an entrant got, as it was then: changing the reward changes no claim.
claims = numbered_in_campaign(
    "claims",
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False),
    Column("entrant_id", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("claimed_at", BigInteger, nullable=False),
    UniqueConstraint("entrant_id", "campaign_id"),
    in_campaign("entrant_id", "entrants"),
)
index_by_id(claims)
